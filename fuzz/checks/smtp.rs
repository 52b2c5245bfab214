//! The SMTP dialogue: however the bytes are cut, the same mails arrive and the same replies are given, one for each end of a mail.

use std::sync::Arc;

use ingest::channel::smtp::{Door, Encryption, Facing, Limits, Reply, Session, Step};

/// Checks one input: what a client sends.
pub fn run(data: &[u8]) {
    for door in [Door::Smtp, Door::Submission, Door::Lmtp] {
        let whole = talk(data, data.len().max(1), door);
        for size in [1, 7] {
            assert_eq!(talk(data, size, door), whole, "{door:?} cut into pieces of {size}");
        }
    }
}

/// The replies' codes and the mails, in order.
fn talk(data: &[u8], size: usize, door: Door) -> (Vec<u16>, Vec<Vec<u8>>) {
    let facing = Facing { door, encryption: Encryption::On };
    let mut session: Session<String> = Session::new(Arc::new(Limits::default()), "mx.example".into(), facing);
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
                Step::SayEach(replies) => {
                    assert!(!replies.is_empty(), "a mail without an answer");
                    codes.extend(replies.iter().map(|reply| reply.code));
                    session.step()
                }
                Step::Forwarded(_, reply) => {
                    codes.push(reply.code);
                    session.step()
                }
                Step::Authenticate(_) => session.authenticated(Reply::new(235, "2.7.0", "signed in")),
                Step::StartTls(_) => unreachable!("encryption is on"),
                Step::Ask(path) => session.recipient(Ok(path)),
                Step::Deliver(mail) => {
                    assert!(!mail.recipients.is_empty(), "a mail for nobody");
                    mails.push(mail.body);
                    session.delivered(vec![Reply::new(250, "2.0.0", "kept"); mail.recipients.len()])
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
