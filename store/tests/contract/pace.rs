//! Figures, run by `make bench` and not with the tests.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use ocr::reading::FieldName;
use store::document::{self, DocumentState, Filter, Sort, SortKey};
use store::queue::JobKind;
use store::token::{self, NewToken};
use store::{Role, Scope, Store, accept, blob, reading};

use crate::backend::Pair;
use crate::world::{World, reading as read};

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

/// A page of 50 of 100,000 documents, through the public call, the token's check included.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, minutes long: `make bench` runs it"]
async fn lists() {
    let w = World::new(&Pair::sqlite(), "lists").await;
    let id = w.document(w.mlyn, "paper").await;
    document::request_reading(&w.store, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    let fields = [
        (FieldName::InvoiceNumber, "FV/07/2026"),
        (FieldName::SellerName, "Zażółć Sp. z o.o."),
        (FieldName::IssueDate, "2026-07-01"),
        (FieldName::AmountPayable, "123.45"),
    ];
    reading::record(&w.store, &lease, vec![read(&fields)], &[]).await.unwrap();
    multiply(&w, 100_000).await;
    let new = NewToken { name: "list".to_owned(), role: Role::Bookkeeper, company: None, expires_at: None };
    let (_, secret) = token::create(&w.store, &w.owner, new).await.unwrap();
    let filters = [
        ("all", Filter::default(), SortKey::Created),
        (
            "company, state",
            Filter { company: Some(w.mlyn), state: vec![DocumentState::New], ..Filter::default() },
            SortKey::Created,
        ),
        (
            "two states",
            Filter { state: vec![DocumentState::New, DocumentState::ToReview], ..Filter::default() },
            SortKey::Created,
        ),
        ("by amount", Filter::default(), SortKey::Amount),
        ("issued since June", Filter { issued_from: "2026-06-01".parse().ok(), ..Filter::default() }, SortKey::Issued),
        (
            "amount from to",
            Filter { amount_from: Some("100".into()), amount_to: Some("200".into()), ..Filter::default() },
            SortKey::Created,
        ),
        ("rare word", Filter { text: Some("nr4711".into()), ..Filter::default() }, SortKey::Created),
        ("common word", Filter { text: Some("faktura".into()), ..Filter::default() }, SortKey::Created),
        ("seller", Filter { seller: Some("firma 77".into()), ..Filter::default() }, SortKey::Created),
        ("period", Filter { company: Some(w.mlyn), period: Some("2026-03".into()), ..Filter::default() }, SortKey::Created),
    ];
    for (name, filter, key) in filters {
        let mut times = vec![];
        for _ in 0..200 {
            let start = Instant::now();
            let scope: Scope = token::verify(&w.store, &secret, Timestamp::now()).await.unwrap().unwrap();
            let page = list(&w.store, &scope, &filter, key).await;
            times.push(start.elapsed());
            assert!(page > 0, "{name}");
        }
        times.sort();
        let ms = |d: Duration| d.as_secs_f64() * 1e3;
        println!("{name}: p50 {:.2} ms, p99 {:.2} ms", ms(times[100]), ms(times[198]));
    }
    let start = Instant::now();
    document::counts(&w.store, &w.owner, None).await.unwrap();
    println!("counts: {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
}

async fn list(store: &Store, scope: &Scope, filter: &Filter, key: SortKey) -> usize {
    document::list(store, scope, filter, Sort { key, descending: true }, None, 50).await.unwrap().documents.len()
}

/// Copies the one document, with other values, straight in the database: the way through the intake would take minutes.
async fn multiply(w: &World, count: u32) {
    use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
    let mut db = SqliteConnection::connect(&w.database_url).await.unwrap();
    let (mlyn, piekarnia) = (w.mlyn, w.piekarnia);
    let sql = format!(
        "PRAGMA foreign_keys = off; BEGIN;
         CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i,
             printf('019a0000-0000-7000-8000-%012x', i) AS id, abs(random()) AS r FROM n;
         INSERT INTO document (id, office_id, company_id, submission_id, state, version, name, subject, media_type, size, document_type,
             direction, type_given, period, payment_state, number_printed, seller_name, seller_tax_id, currency, amount_printed,
             issue_date, due_date, number, seller, amount, findings, created_at)
         SELECT n.id, office_id, CASE WHEN r % 50 = 0 THEN '{mlyn}' ELSE '{piekarnia}' END, submission_id,
             CASE r % 7 WHEN 0 THEN 'new' WHEN 1 THEN 'to_review' WHEN 2 THEN 'approved' ELSE 'exported' END, 1, name, subject,
             media_type, size, document_type, direction, 0, printf('2026-%02d', 1 + i % 12), 'unknown', 'FV/' || i, 'Firma ' || (i % 500),
             'PL' || (5260000000 + i % 500), 'PLN', printf('%d.00', r % 5000), printf('2026-%02d-%02d', 1 + r % 12, 1 + r % 28),
             '', 'fv' || i, 'firma ' || (i % 500), (r % 5000) * 10000, 0, created_at FROM n, document;
         INSERT INTO document_term SELECT office_id, company_id, id, 'faktura' FROM document WHERE number <> 'fv072026';
         INSERT INTO document_term SELECT office_id, company_id, id, 'nr' || rowid FROM document WHERE number <> 'fv072026';
         INSERT INTO document_term SELECT office_id, company_id, id, 'firma' FROM document WHERE number <> 'fv072026';
         INSERT INTO document_term SELECT office_id, company_id, id, substr(seller, 7) FROM document WHERE number <> 'fv072026';
         COMMIT;"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
}
