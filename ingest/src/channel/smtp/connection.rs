//! Drives one session over a stream: reads with deadlines, looks recipients up, has mails admitted, writes replies.

use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures::FutureExt;
use store::accept::Channel;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::guard::SLOW;
use super::listener::Server;
use super::reply::Reply;
use super::session::{Mail, Session, Step};
use super::spool::Spool;
use crate::admission::{Answer, Answering, Delivery, To};
use crate::gate::{Authentication, Envelope};

/// Room for a command; for the bytes of a mail.
const COMMAND_BUFFER: usize = 1 << 10;
const MAIL_BUFFER: usize = 32 << 10;
/// Replies gathered before they are sent although more input is at hand.
const MAX_PENDING: usize = 16 << 10;
/// After an abrupt end, time for the client to read why.
const LINGER: Duration = Duration::from_secs(2);

/// Serves one client to the end. A panic costs this session only.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(server: &Server, mut stream: S, peer: IpAddr) {
    let talk = Connection::new(server, &mut stream, peer).talk();
    if let Err(last) = survive(talk, peer).await {
        let mut line = Vec::new();
        last.write(&mut line);
        // The client may have gone; there is nothing left to save here.
        let _ = timeout(LINGER, stream.write_all(&line)).await;
    }
    let _ = timeout(LINGER, stream.shutdown()).await;
}

/// Runs a session to its end; gives the last reply to send where it panicked.
async fn survive(talk: impl Future<Output = io::Result<()>>, peer: IpAddr) -> Result<(), Reply> {
    match AssertUnwindSafe(talk).catch_unwind().await {
        Ok(ended) => {
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "SMTP connection ended");
            }
            Ok(())
        }
        Err(_) => {
            tracing::error!(%peer, "an SMTP session panicked");
            Err(Reply::new(421, "4.3.0", "internal error, try again later"))
        }
    }
}

struct Connection<'a, S> {
    server: &'a Server,
    stream: &'a mut S,
    peer: IpAddr,
    session: Session<To>,
    spool: Option<Spool>,
    pending: Vec<u8>,
    deadline: Instant,
    in_mail: bool,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Connection<'a, S> {
    fn new(server: &'a Server, stream: &'a mut S, peer: IpAddr) -> Self {
        let session = Session::new(server.limits.clone(), server.host.clone());
        Connection { server, stream, peer, session, spool: None, pending: Vec::new(), deadline: Instant::now(), in_mail: false }
    }

    async fn talk(mut self) -> io::Result<()> {
        self.session.greeting().write(&mut self.pending);
        self.command_deadline();
        loop {
            let mut step = self.session.step();
            loop {
                self.watch_mail();
                step = match step {
                    Step::Read => {
                        if let Some(last) = self.read().await? {
                            return Box::pin(self.close(&last)).await;
                        }
                        break;
                    }
                    Step::Say(reply) => {
                        reply.write(&mut self.pending);
                        if !self.in_mail {
                            self.command_deadline();
                        }
                        if self.pending.len() > MAX_PENDING {
                            self.flush().await?;
                        }
                        break;
                    }
                    // Boxed: what an idle session does not do costs it no memory.
                    Step::Ask(forward_path) => Box::pin(self.ask(&forward_path)).await,
                    Step::Deliver(mail) => Box::pin(self.deliver(mail)).await,
                    Step::Close(reply) => return Box::pin(self.close(&reply)).await,
                };
            }
        }
    }

    /// A mail has one deadline from its first byte to its last.
    fn watch_mail(&mut self) {
        let in_mail = self.session.in_mail();
        if in_mail && !self.in_mail {
            self.deadline = Instant::now() + self.server.limits.message_time();
        }
        if !in_mail {
            self.spool = self.spool.take().filter(|_| self.in_mail);
        }
        self.in_mail = in_mail;
    }

    fn command_deadline(&mut self) {
        let busy = self.server.guard.is_busy(&self.server.limits);
        self.deadline = Instant::now() + self.server.limits.command_time(busy);
    }

    /// Reads more input. Gives the last reply where the session is over.
    async fn read(&mut self) -> io::Result<Option<Reply>> {
        self.flush().await?;
        if self.session.body().len() >= self.server.limits.memory_bytes
            && let Err(error) = Box::pin(self.spill()).await
        {
            tracing::error!(%error, "a mail cannot be buffered on disk");
            return Ok(Some(Reply::new(421, "4.3.1", "insufficient storage, try again later")));
        }
        let input = self.session.input();
        if !self.in_mail && input.is_empty() && input.capacity() > 4 * COMMAND_BUFFER {
            // An idle client holds no mail's buffer.
            *input = BytesMut::new();
        }
        input.reserve(if self.in_mail { MAIL_BUFFER } else { COMMAND_BUFFER });
        let read = timeout_at(self.deadline, self.stream.read_buf(input));
        let read = tokio::select! {
            biased;
            () = self.server.stop.cancelled(), if !self.in_mail => return Ok(Some(stopping())),
            () = self.server.abort.cancelled() => return Ok(Some(stopping())),
            read = read => read,
        };
        match read {
            Ok(Ok(0)) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Ok(_)) => Ok(None),
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(Some(Reply::new(421, "4.4.2", "timeout"))),
        }
    }

    async fn spill(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(self.session.body());
        self.spool = Some(Spool::append(self.spool.take(), &self.server.spool, bytes).await?);
        Ok(())
    }

    async fn ask(&mut self, forward_path: &str) -> Step<To> {
        if self.server.guard.is_slowed(self.peer, std::time::Instant::now()) {
            tokio::time::sleep(SLOW).await;
        }
        let found = match self.server.admission.recipient(forward_path).await {
            Ok(Some(to)) => Ok(to),
            Ok(None) => {
                self.server.guard.unknown(self.peer, std::time::Instant::now());
                Err(Reply::new(550, "5.1.1", "no such mailbox here"))
            }
            Err(error) => {
                tracing::error!(%error, "a recipient cannot be looked up");
                Err(later())
            }
        };
        self.session.recipient(found)
    }

    async fn deliver(&mut self, mail: Mail<To>) -> Step<To> {
        let reply = self.admit(mail).await;
        self.session.delivered(reply)
    }

    async fn admit(&mut self, mail: Mail<To>) -> Reply {
        // Only so many long mails are whole in memory at once; they have been received, so nobody slow is waited for.
        let (raw, _permit) = match self.spool.take() {
            None => (mail.body, None),
            Some(spool) => {
                let permit = Arc::clone(&self.server.large).acquire_owned().await;
                match spool.join(mail.body).await {
                    Ok(raw) => (raw, Some(permit)),
                    Err(error) => {
                        tracing::error!(%error, "a mail buffered on disk cannot be read");
                        return later();
                    }
                }
            }
        };
        let delivery = Delivery {
            channel: Channel::Smtp,
            peer: self.peer,
            envelope: Envelope { reverse_path: mail.reverse_path, authentication: Authentication::default() },
            recipients: mail.recipients,
            raw: raw.into(),
        };
        reply(&self.server.admission.admit(delivery, Answering::Once).await)
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let time = Duration::from_secs(self.server.limits.write_seconds);
        timeout(time, self.stream.write_all(&self.pending)).await.map_err(io::Error::from)??;
        self.pending.clear();
        Ok(())
    }

    /// Sends the last reply and reads what the client still sends, so that the reply is not lost to a reset of the connection.
    async fn close(mut self, last: &Reply) -> io::Result<()> {
        last.write(&mut self.pending);
        self.flush().await?;
        timeout(LINGER, self.stream.shutdown()).await??;
        if last.is_error() {
            let mut rest = [0; 1 << 10];
            let drain = async { while self.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {} };
            let _ = timeout(LINGER, drain).await;
        }
        Ok(())
    }
}

/// One reply for all recipients. If one of them could not be kept, all come again: the others are then known as retries.
fn reply(answers: &[Answer]) -> Reply {
    if answers.iter().any(|answer| matches!(answer, Answer::Later)) {
        return later();
    }
    let kept = answers.iter().find_map(|answer| match answer {
        Answer::Kept(accepted) => Some(accepted.submission),
        _ => None,
    });
    match (kept, answers.first()) {
        (Some(submission), _) => Reply::new(250, "2.0.0", format!("kept as {submission}")),
        (None, Some(Answer::Loop)) => Reply::new(554, "5.4.6", "mail loop: too many Received headers"),
        _ => Reply::new(550, "5.7.1", "not accepted: the subject must hold a valid code; ask whoever gave you this address"),
    }
}

fn later() -> Reply {
    Reply::new(451, "4.3.0", "temporary failure, try again later")
}

fn stopping() -> Reply {
    Reply::new(421, "4.3.2", "service is stopping")
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::survive;

    #[tokio::test]
    async fn a_panic_costs_one_session_only() {
        let peer = IpAddr::from([192, 0, 2, 1]);
        let mail: Vec<u8> = Vec::new();
        let last = survive(async { mail.first().map(|_| ()).ok_or("no mail").map_err(std::io::Error::other) }, peer).await;
        assert_eq!(last, Ok(()), "an error is no panic");
        let last = survive(async { std::hint::black_box(&mail)[0..1].iter().try_for_each(|_| Ok(())) }, peer).await;
        assert_eq!(last.unwrap_err().code, 421);
    }
}
