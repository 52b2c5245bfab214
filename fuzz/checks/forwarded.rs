//! Who wrote what is forwarded: bounded, the same each time, a mailbox is one.

/// Checks one input.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for subject in ["", "Fwd: x"] {
        let found = ingest::forwarded::find(subject, &text);
        assert!(found.len() <= 10);
        for one in &found {
            assert!(one.mailbox.as_deref().is_none_or(|mailbox| mailbox.contains('@') && !mailbox.contains(' ')), "{one:?}");
        }
        assert_eq!(found, ingest::forwarded::find(subject, &text));
    }
}
