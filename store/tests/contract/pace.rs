//! Figures, run by `make bench` and not with the tests.

use std::time::Instant;

use store::{accept, blob};

use crate::world::World;

/// Durable arrivals of 10 KB a second, beside the disk's own pace of writing 10 KB and syncing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, minutes long: `make bench` runs it"]
async fn arrivals() {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let start = Instant::now();
    let mut file = std::fs::File::create(folder.path().join("floor")).unwrap();
    for _ in 0..300 {
        std::io::Write::write_all(&mut file, &[0; 10240]).unwrap();
        file.sync_data().unwrap();
    }
    println!("append + fdatasync, 1 writer: {:.0}/s", 300.0 / start.elapsed().as_secs_f64());
    let w = World::on_disk(folder.path()).await;
    for connections in [1usize, 10, 100] {
        let (total, start) = (3000 / connections * connections, Instant::now());
        let mut tasks = vec![];
        for c in 0..connections {
            let mails: Vec<_> =
                (0..total / connections).map(|i| w.arrival(w.mlyn, &mail(c * 100_000 + i + connections))).collect();
            let store = w.store.clone();
            tasks.push(tokio::spawn(async move {
                for mail in mails {
                    accept::arrival(&store, mail).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        println!("{connections} connections: {:.0} arrivals/s", total as f64 / start.elapsed().as_secs_f64());
    }
    let start = Instant::now();
    let mut moved = 0;
    while let n @ 1.. = blob::move_pending(&w.store, 200).await.unwrap() {
        moved += n;
    }
    println!("mover: {:.0} blobs/s", moved as f64 / start.elapsed().as_secs_f64());
}

fn mail(n: usize) -> String {
    let line = format!("{n:078}\r\n");
    line.repeat(128)
}
