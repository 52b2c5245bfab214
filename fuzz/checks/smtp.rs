//! The SMTP dialogue: however the bytes are cut, the same mails arrive and the same replies are given, one for each end of a mail.

use std::sync::Arc;

use ingest::channel::smtp::{Limits, Reply, Session, Step};

/// Checks one input: what a client sends.
pub fn run(data: &[u8]) {
    let whole = talk(data, data.len().max(1));
    for size in [1, 7] {
        assert_eq!(talk(data, size), whole, "cut into pieces of {size}");
    }
}

/// The replies' codes and the mails, in order.
fn talk(data: &[u8], size: usize) -> (Vec<u16>, Vec<Vec<u8>>) {
    let mut session: Session<String> = Session::new(Arc::new(Limits::default()), "mx.example".into());
    let (mut codes, mut mails) = (Vec::new(), Vec::new());
    for piece in data.chunks(size) {
        session.input().extend_from_slice(piece);
        let mut step = session.step();
        loop {
            step = match step {
                Step::Read => break,
                Step::Say(reply) => {
                    codes.push(reply.code);
                    session.step()
                }
                Step::Ask(path) => session.recipient(Ok(path)),
                Step::Deliver(mail) => {
                    assert!(!mail.recipients.is_empty(), "a mail for nobody");
                    mails.push(mail.body);
                    session.delivered(Reply::new(250, "2.0.0", "kept"))
                }
                Step::Close(reply) => {
                    codes.push(reply.code);
                    return (codes, mails);
                }
            };
        }
    }
    (codes, mails)
}
