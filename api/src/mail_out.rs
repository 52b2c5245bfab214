//! Mail that the service sends itself, through the server in `[relay]`: at once, or from the queue of `store::outgoing`.

use std::time::Duration;

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use store::Store;
use store::outgoing::{self, Mail};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Encryption};

/// Why a mail was not taken.
#[derive(Debug)]
pub struct Refused {
    /// What the server said, or what is wrong with the mail.
    pub problem: String,
    /// Trying again is no use.
    pub lasting: bool,
}

/// True where a server is configured; else nothing is sent.
pub fn can_send(config: &Config) -> bool {
    !config.relay.host.is_empty()
}

/// Sends a text to one person. False where no server is configured: the caller shows what it would have sent.
pub async fn send(config: &Config, to: &str, subject: &str, text: String) -> Result<bool, String> {
    post(config, &Mail { to: to.to_owned(), reply_to: None, answers: None, subject: subject.to_owned(), text }).await
}

/// Sends a mail. False where no server is configured.
pub async fn post(config: &Config, mail: &Mail) -> Result<bool, String> {
    if !can_send(config) {
        return Ok(false);
    }
    let transport = transport(config)?;
    deliver(config, &transport, mail, &uuid::Uuid::now_v7().to_string()).await.map(|()| true).map_err(|refused| refused.problem)
}

/// Looks for mails that are due this often.
const LOOK: Duration = Duration::from_secs(2);
/// Mails claimed at once: one connection to the server takes them one after the other.
const BATCH: u32 = 20;

/// Sends what waits, until `stop`. Several processes may do the same at once. Without a server everything waits.
pub async fn run(store: Store, config: Config, stop: CancellationToken) {
    if !can_send(&config) {
        return;
    }
    let transport = match transport(&config) {
        Ok(transport) => transport,
        Err(error) => {
            tracing::error!(%error, "no mail is sent: see [relay]");
            return;
        }
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Err(error) = send_due(&store, &config, &transport, &stop).await {
            tracing::warn!(%error, "mail waits; it is tried again");
        }
    }
}

async fn send_due(store: &Store, config: &Config, transport: &Transport, stop: &CancellationToken) -> store::Result<()> {
    loop {
        let due = outgoing::claim(store, BATCH, Timestamp::now()).await?;
        for one in &due {
            match deliver(config, transport, &one.mail, &one.id.to_string()).await {
                Ok(()) => outgoing::sent(store, one, Timestamp::now()).await?,
                Err(refused) => {
                    tracing::warn!(id = %one.id, problem = %refused.problem, "a mail was not taken");
                    outgoing::failed(store, one, &refused.problem, refused.lasting, Timestamp::now()).await?;
                }
            }
        }
        if due.len() < BATCH as usize || stop.is_cancelled() {
            return Ok(());
        }
    }
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

fn transport(config: &Config) -> Result<Transport, String> {
    let relay = &config.relay;
    let tls = || TlsParameters::new(relay.host.clone()).map_err(|error| error.to_string());
    let tls = match relay.encryption {
        Encryption::None => Tls::None,
        Encryption::Starttls => Tls::Required(tls()?),
        Encryption::Tls => Tls::Wrapper(tls()?),
    };
    let mut server = Transport::builder_dangerous(&relay.host).port(relay.port).tls(tls);
    if !relay.user.is_empty() {
        server = server.credentials(Credentials::new(relay.user.clone(), relay.password.expose().to_owned()));
    }
    Ok(server.timeout(Some(Duration::from_secs(20))).build())
}

async fn deliver(config: &Config, transport: &Transport, mail: &Mail, id: &str) -> Result<(), Refused> {
    let message = message(config, mail, id).map_err(|problem| Refused { problem, lasting: true })?;
    match transport.send(message).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Refused { lasting: error.is_permanent(), problem: error.to_string() }),
    }
}

fn message(config: &Config, mail: &Mail, id: &str) -> Result<Message, String> {
    let from: Mailbox = config.relay.from.parse().map_err(|error| format!("[relay] from: {error}"))?;
    let to: Mailbox = mail.to.parse().map_err(|error| format!("recipient: {error}"))?;
    let recipient = to.email.clone();
    let automatic = if mail.answers.is_some() { "auto-replied" } else { "auto-generated" };
    let mut message = Message::builder()
        .from(from)
        .to(to)
        .subject(&mail.subject)
        // Programs must not answer it (RFC 3834 section 5); it is known as ours by its Message-ID when it comes back.
        .raw_header(header::HeaderValue::new(header::HeaderName::new_from_ascii_str("Auto-Submitted"), automatic.to_owned()))
        .message_id(Some(format!("<{id}@{}>", config.smtp.hostname)))
        .header(header::ContentType::TEXT_PLAIN);
    if let Some(reply_to) = &mail.reply_to {
        message = message.reply_to(reply_to.parse().map_err(|error| format!("reply to: {error}"))?);
    }
    if let Some(answered) = &mail.answers {
        // The null sender: a bounce of it goes nowhere (RFC 3834 section 3).
        message = message.envelope(Envelope::new(None, vec![recipient]).map_err(|error| error.to_string())?);
        if is_message_id(answered) {
            message = message.in_reply_to(format!("<{answered}>")).references(format!("<{answered}>"));
        }
    }
    message.body(mail.text.clone()).map_err(|error| error.to_string())
}

/// One id without brackets and blanks: it came from outside.
fn is_message_id(id: &str) -> bool {
    id.len() < 500 && id.contains('@') && id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'))
}
