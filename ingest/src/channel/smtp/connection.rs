//! Drives one session over a stream: reads with deadlines, looks recipients up, has mails admitted, writes replies.

use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use store::accept::Channel;
use store::device::Device;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::auth::Credentials;
use super::door::{Door, Encryption, Facing};
use super::guard::SLOW;
use super::listener::Server;
use super::reply::Reply;
use super::session::{Mail, Origin, Session, Step};
use super::spool::Spool;
use crate::admission::{Answer, Answering, Delivery, To};
use crate::gate::{Authentication, Envelope};
use crate::reasons;

/// Room for a command; for the bytes of a mail.
const COMMAND_BUFFER: usize = 1 << 10;
const MAIL_BUFFER: usize = 32 << 10;
/// Replies gathered before they are sent although more input is at hand.
const MAX_PENDING: usize = 16 << 10;
/// After an abrupt end, time for the client to read why.
const LINGER: Duration = Duration::from_secs(2);

/// How a dialogue ended.
pub enum Ended {
    /// The connection is over.
    Over,
    /// The client was told to begin TLS.
    StartTls,
}

/// Serves one client until it leaves or wants TLS. A panic costs this session only.
pub async fn serve<S>(server: &Server, stream: &mut S, peer: IpAddr, encryption: Encryption, greet: bool) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let talk = Connection::new(server, stream, peer, encryption).talk(greet);
    match survive(talk, peer).await {
        Ok(Ended::StartTls) => return Ended::StartTls,
        Ok(Ended::Over) => {}
        Err(last) => {
            let mut line = Vec::new();
            last.write(&mut line);
            // The client may have gone; there is nothing left to save here.
            let _ = timeout(LINGER, stream.write_all(&line)).await;
        }
    }
    let _ = timeout(LINGER, stream.shutdown()).await;
    Ended::Over
}

/// Runs a session to its end; gives the last reply to send where it panicked.
async fn survive(talk: impl Future<Output = io::Result<Ended>>, peer: IpAddr) -> Result<Ended, Reply> {
    match AssertUnwindSafe(talk).catch_unwind().await {
        Ok(Ok(ended)) => Ok(ended),
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "mail connection ended");
            Ok(Ended::Over)
        }
        Err(_) => {
            tracing::error!(%peer, "a mail session panicked");
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
    origin: Option<Box<Origin>>,
    device: Option<Box<Device>>,
    pending: Vec<u8>,
    deadline: Instant,
    in_mail: bool,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Connection<'a, S> {
    fn new(server: &'a Server, stream: &'a mut S, peer: IpAddr, encryption: Encryption) -> Self {
        let facing = Facing { door: server.entrance.door, encryption };
        Connection {
            server,
            stream,
            peer,
            session: Session::new(server.limits.clone(), server.host.clone(), facing),
            spool: None,
            origin: None,
            device: None,
            pending: Vec::new(),
            deadline: Instant::now(),
            in_mail: false,
        }
    }

    async fn talk(mut self, greet: bool) -> io::Result<Ended> {
        if greet {
            self.session.greeting().write(&mut self.pending);
        }
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
                        self.say(&[reply]).await?;
                        break;
                    }
                    Step::SayEach(replies) => {
                        self.say(&replies).await?;
                        break;
                    }
                    Step::Forwarded(origin, reply) => {
                        self.origin = Some(Box::new(origin));
                        self.say(&[reply]).await?;
                        break;
                    }
                    Step::StartTls(reply) => {
                        reply.write(&mut self.pending);
                        self.flush().await?;
                        return Ok(Ended::StartTls);
                    }
                    Step::Authenticate(credentials) => Box::pin(self.sign_in(credentials)).await,
                    // Boxed: what an idle session does not do costs it no memory.
                    Step::Ask(forward_path) => Box::pin(self.ask(&forward_path)).await,
                    Step::Deliver(mail) => Box::pin(self.deliver(mail)).await,
                    Step::Close(reply) => return Box::pin(self.close(&reply)).await,
                };
            }
        }
    }

    async fn say(&mut self, replies: &[Reply]) -> io::Result<()> {
        for reply in replies {
            reply.write(&mut self.pending);
        }
        if !self.in_mail {
            self.command_deadline();
        }
        if self.pending.len() > MAX_PENDING { self.flush().await } else { Ok(()) }
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
            Ok(Some(to)) if self.device.is_none() && self.server.admission.is_full(&to).await => {
                Err(Reply::new(452, "4.2.2", reasons::reply("quota")))
            }
            Ok(Some(to)) => self.may_send_to(to),
            Ok(None) => {
                // The server next door knows which recipients are ours as soon as it has asked once: it is no stranger.
                if self.server.entrance.door != Door::Lmtp {
                    self.server.guard.unknown(self.peer, std::time::Instant::now());
                }
                Err(Reply::new(550, "5.1.1", reasons::reply("unknown_recipient")))
            }
            Err(error) => {
                tracing::error!(%error, "a recipient cannot be looked up");
                Err(later())
            }
        };
        self.session.recipient(found)
    }

    fn may_send_to(&self, to: To) -> Result<To, Reply> {
        match &self.device {
            // A device gets no 4xx for what can be kept: many never try again.
            Some(device) if device.company == to.company() => Ok(to),
            Some(_) => Err(Reply::new(550, "5.7.1", "this login is for the mailbox of another company")),
            None if self.server.admission.has_room(&to) => Ok(to),
            None => Err(Reply::new(452, "4.2.2", reasons::reply("too_many_mails"))),
        }
    }

    async fn sign_in(&mut self, credentials: Credentials) -> Step<To> {
        if self.server.guard.is_slowed(self.peer, std::time::Instant::now()) {
            tokio::time::sleep(SLOW).await;
        }
        let reply = match self.server.admission.device(&credentials.login, &credentials.secret).await {
            Ok(Some(device)) => {
                self.device = Some(Box::new(device));
                Reply::new(235, "2.7.0", "signed in")
            }
            Ok(None) => {
                self.server.guard.unknown(self.peer, std::time::Instant::now());
                tracing::warn!(peer = %self.peer, "a wrong login");
                Reply::new(535, "5.7.8", "login or secret is wrong")
            }
            Err(error) => {
                tracing::error!(%error, "a login cannot be checked");
                Reply::new(454, "4.7.0", "temporary failure, try again later")
            }
        };
        self.session.authenticated(reply)
    }

    async fn deliver(&mut self, mail: Mail<To>) -> Step<To> {
        let replies = self.admit(mail).await;
        self.session.delivered(replies)
    }

    async fn admit(&mut self, mail: Mail<To>) -> Vec<Reply> {
        // Only so many long mails are whole in memory at once; they have been received, so nobody slow is waited for.
        let (raw, _permit) = match self.spool.take() {
            None => (Bytes::from(mail.body), None),
            Some(spool) => {
                let permit = Arc::clone(&self.server.large).acquire_owned().await;
                match spool.join(mail.body).await {
                    Ok(raw) => (raw, Some(permit)),
                    Err(error) => {
                        tracing::error!(%error, "a mail buffered on disk cannot be read");
                        return vec![later(); mail.recipients.len()];
                    }
                }
            }
        };
        let (channel, answering) = match self.server.entrance.door {
            Door::Smtp => (Channel::Smtp, Answering::Once),
            Door::Submission => (Channel::Submission, Answering::Once),
            Door::Lmtp => (Channel::Lmtp, Answering::Each),
        };
        let origin = self.origin.as_deref();
        let delivery = Delivery {
            channel,
            peer: origin.and_then(|origin| origin.address).unwrap_or(self.peer),
            helo: origin.and_then(|origin| origin.helo.clone()).unwrap_or(mail.helo),
            envelope: Envelope {
                reverse_path: mail.reverse_path,
                device: self.device.is_some(),
                authentication: Authentication::default(),
            },
            trusted_servers: Vec::new(),
            recipients: mail.recipients,
            raw,
        };
        let answers = self.server.admission.admit(delivery, answering).await;
        match answering {
            Answering::Each => answers.iter().map(|answer| reply(std::slice::from_ref(answer))).collect(),
            Answering::Once | Answering::Never => vec![reply(&answers)],
        }
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
    async fn close(mut self, last: &Reply) -> io::Result<Ended> {
        last.write(&mut self.pending);
        self.flush().await?;
        timeout(LINGER, self.stream.shutdown()).await??;
        if last.is_error() {
            let mut rest = [0; 1 << 10];
            let drain = async { while self.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {} };
            let _ = timeout(LINGER, drain).await;
        }
        Ok(Ended::Over)
    }
}

/// One reply for all recipients. If one of them could not be kept, all come again: the others are then known as retries.
fn reply(answers: &[Answer]) -> Reply {
    if answers.iter().any(|answer| matches!(answer, Answer::Later)) {
        return later();
    }
    if answers.iter().any(|answer| matches!(answer, Answer::Full)) {
        return Reply::new(452, "4.3.1", "insufficient system storage, try again later");
    }
    let kept = answers.iter().find_map(|answer| match answer {
        Answer::Kept(accepted) => Some(accepted.submission),
        _ => None,
    });
    match (kept, answers.first()) {
        (Some(submission), _) => Reply::new(250, "2.0.0", format!("kept as {submission}")),
        (None, Some(Answer::Loop)) => Reply::new(554, "5.4.6", reasons::reply("mail_loop")),
        _ => Reply::new(550, "5.7.1", reasons::reply("refused")),
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

    use super::{Ended, survive};

    #[tokio::test]
    async fn a_panic_costs_one_session_only() {
        let peer = IpAddr::from([192, 0, 2, 1]);
        let mail: Vec<u8> = Vec::new();
        let last =
            survive(async { mail.first().map(|_| Ended::Over).ok_or("no mail").map_err(std::io::Error::other) }, peer).await;
        assert!(last.is_ok(), "an error is no panic");
        let last =
            survive(async { Ok(std::hint::black_box(&mail)[0..1].first().map_or(Ended::Over, |_| Ended::StartTls)) }, peer);
        assert_eq!(last.await.err().map(|reply| reply.code), Some(421));
    }
}
