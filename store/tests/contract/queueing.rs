//! Jobs: fair, fenced, counted before the start.

use std::time::Duration;

use jiff::Timestamp;
use store::Error;
use store::queue::{self, Failure, JobKind, JobState};
use store::submission::{self, Learnt};

use crate::world::{LEASE, World};

pub async fn a_busy_company_does_not_starve_another(w: &World) {
    for i in 0..30 {
        w.accept(w.mlyn, &format!("busy {i}")).await;
    }
    w.accept(w.piekarnia, "quiet").await;
    let mut order = vec![];
    while let Some(lease) = w.claim(JobKind::Unpack).await {
        order.push(lease.company);
    }
    assert_eq!(order.len(), 31);
    let place = order.iter().position(|company| *company == w.piekarnia).unwrap();
    assert!(place <= 2, "the quiet company came at place {place}");
}

pub async fn a_late_worker_is_refused(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    w.accept(w.mlyn, "mail").await;
    let slow = queue::claim(s, &[JobKind::Unpack], "slow", now, LEASE).await.unwrap().unwrap();
    assert_eq!(queue::revive(s, now).await.unwrap(), 0, "its lease holds");
    queue::extend(s, &slow, now, LEASE * 2).await.unwrap();
    assert_eq!(queue::revive(s, now + LEASE).await.unwrap(), 0, "it was extended");
    assert_eq!(queue::revive(s, now + LEASE * 3).await.unwrap(), 1);
    let later = now + LEASE * 4;
    let quick = queue::claim(s, &[JobKind::Unpack], "quick", later, LEASE).await.unwrap().unwrap();
    assert_eq!((quick.job, quick.attempt), (slow.job, 2));

    assert!(matches!(queue::extend(s, &slow, later, LEASE).await, Err(Error::LeaseLost)));
    assert!(matches!(queue::release(s, &slow).await, Err(Error::LeaseLost)));
    let failure = Failure { problem: "x".to_owned(), message: String::new(), retry: true };
    assert!(matches!(queue::fail(s, &slow, failure, later).await, Err(Error::LeaseLost)));
    let blobless = store::part::record_unpacked(s, &slow, vec![], vec![], Learnt::default()).await;
    assert!(matches!(blobless, Err(Error::LeaseLost)), "{blobless:?}");

    // Given back, the attempt is not counted; done, it cannot be done again.
    queue::release(s, &quick).await.unwrap();
    let again = queue::claim(s, &[JobKind::Unpack], "again", later, LEASE).await.unwrap().unwrap();
    assert_eq!(again.attempt, 2);
    assert_eq!(w.unpack(&again, "paper").await.documents.len(), 1);
    assert!(matches!(store::part::record_unpacked(s, &again, vec![], vec![], Learnt::default()).await, Err(Error::LeaseLost)));
    assert_eq!(queue::get(s, &w.owner, again.job).await.unwrap().state, JobState::Done);
}

pub async fn a_poisonous_job_dies_after_its_attempts(w: &World) {
    let s = &w.store;
    let poisonous = w.accept(w.mlyn, "poison").await.submission;
    let mut now = Timestamp::now();
    let mut starts = 0;
    // Each time the worker dies with it.
    while let Some(lease) = queue::claim(s, &[JobKind::Unpack], "dies", now, LEASE).await.unwrap() {
        starts += 1;
        assert_eq!((lease.attempt, lease.last), (starts, starts == 3));
        let soon = now + LEASE * 2;
        queue::revive(s, soon).await.unwrap();
        assert!(
            queue::claim(s, &[JobKind::Unpack], "dies", soon, LEASE).await.unwrap().is_none(),
            "it rests before it comes again"
        );
        now = soon + Duration::from_secs(3600);
    }
    assert_eq!(starts, 3);
    let job = &queue::list(s, &w.owner, Some(JobState::Dead), None, 10).await.unwrap()[0];
    assert_eq!((job.problem.as_deref(), job.attempts), (Some("crashed"), 3));
    assert_eq!(submission::get(s, &w.owner, poisonous).await.unwrap().reason.as_deref(), Some("crashed"));
    // The queue behind it moves.
    let good = w.accept(w.mlyn, "good").await.submission;
    assert_eq!(w.unpack_next("paper").await.documents.len(), 1);
    // Someone wants it tried again; what was taken apart is not taken apart twice.
    submission::unpack_again(s, &w.owner, poisonous).await.unwrap();
    assert_eq!(w.unpack_next("paper after all").await.documents.len(), 1);
    for id in [good, poisonous] {
        let again = submission::unpack_again(s, &w.owner, id).await;
        assert!(matches!(again, Err(Error::Conflict { code: "state", .. })), "{again:?}");
    }
}
