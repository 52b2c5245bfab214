//! What is kept, and for how long.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use store::{audit, blob, company, event, submission, upkeep};

use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

pub async fn unused_blobs_go_a_day_after_the_mark(w: &World) {
    let (s, now) = (&w.store, Timestamp::now());
    let kept = w.accept(w.mlyn, "kept").await.submission;
    let large = |letter: &str| Bytes::from(letter.repeat(blob::SMALL + 1));
    // Put, but their rows never came.
    let orphan = blob::stage(s, w.office, large("o")).await.unwrap();
    let late = blob::stage(s, w.office, large("l")).await.unwrap();
    let there = |staged: &blob::Staged| {
        let sha256 = staged.sha256().clone();
        async move { blob::exists(s, w.office, &sha256).await.unwrap() }
    };
    let sweep = |at| async move { blob::sweep(s, at).await.unwrap() };
    assert_eq!(sweep(now).await, blob::Swept::default(), "a fresh one may still get its rows");
    assert_eq!(sweep(now + DAY * 2).await, blob::Swept { marked: 2, deleted: 0 });
    assert!(there(&orphan).await && there(&late).await);
    // One comes again before the day is over.
    blob::stage(s, w.office, large("l")).await.unwrap();
    let swept = sweep(now + DAY * 4).await;
    assert_eq!(swept.deleted, 1);
    assert!(!there(&orphan).await && there(&late).await);
    let raw = submission::raw(s, &w.owner, kept).await.unwrap();
    assert_eq!(raw, "kept");
    // What was deleted can come again.
    let again = blob::stage(s, w.office, large("o")).await.unwrap();
    assert!(there(&again).await);
}

pub async fn the_audit_chain_holds(w: &World) {
    let (s, later) = (&w.store, Timestamp::now() + DAY);
    let before = audit::list(s, &w.owner, None, None, 100).await.unwrap().len() as u64;
    assert!(before >= 3, "an office and two companies were made");
    assert_eq!(audit::seal(s, later).await.unwrap(), before);
    assert_eq!(audit::seal(s, later).await.unwrap(), 0);
    company::close(s, &w.owner, w.mlyn, Timestamp::now()).await.unwrap();
    assert_eq!(audit::seal(s, later).await.unwrap(), 1);
    assert_eq!(audit::verify(s, w.office).await.unwrap(), None);
    let newest = &audit::list(s, &w.owner, None, None, 1).await.unwrap()[0];
    assert_eq!((newest.action.as_str(), newest.actor.as_str()), ("company.closed", "operator"));
}

pub async fn a_changed_audit_row_is_found(w: &World) {
    let (s, later) = (&w.store, Timestamp::now() + DAY);
    audit::seal(s, later).await.unwrap();
    let rows = audit::list(s, &w.owner, None, None, 100).await.unwrap();
    let whole = async || audit::verify(s, w.office).await.unwrap();
    assert_eq!(whole().await, None);
    let second = rows[rows.len() - 2].id.to_string();
    for (change, back) in [
        ("UPDATE audit SET action = 'x' || action", "UPDATE audit SET action = substr(action, 2)"),
        ("UPDATE audit SET subject_id = 'x' || subject_id", "UPDATE audit SET subject_id = substr(subject_id, 2)"),
        ("UPDATE audit SET at = at + 1", "UPDATE audit SET at = at - 1"),
    ] {
        w.tamper(&format!("{change} WHERE id = '{second}'")).await;
        let broken = whole().await.unwrap_or_else(|| panic!("not found: {change}"));
        assert_eq!((broken.seq, &broken.audit), (2, &second), "{change}");
        w.tamper(&format!("{back} WHERE id = '{second}'")).await;
        assert_eq!(whole().await, None, "{back}");
    }
    w.tamper(&format!("DELETE FROM audit WHERE id = '{second}'")).await;
    assert_eq!(whole().await.map(|broken| broken.seq), Some(2), "one that is gone");
}

pub async fn events_rise_without_gaps(w: &World) {
    let s = &w.store;
    let start = event::newest(s, &w.owner).await.unwrap();
    for i in 0..3 {
        w.document(w.mlyn, &format!("paper {i}")).await;
    }
    let events = event::after(s, &w.owner, start, 100).await.unwrap();
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), (start + 1..=start + 6).collect::<Vec<_>>());
    assert_eq!(events[1].kind, "document.created");
    assert_eq!(event::newest(s, &w.owner).await.unwrap(), start + 6);
    assert_eq!(upkeep::tidy(s, Timestamp::now()).await.unwrap(), 0);
    assert!(upkeep::tidy(s, Timestamp::now() + DAY * 8).await.unwrap() > 0);
    assert_eq!(event::after(s, &w.owner, start, 100).await.unwrap(), []);
    assert_eq!(event::newest(s, &w.owner).await.unwrap(), start + 6, "numbers are not given again");
}
