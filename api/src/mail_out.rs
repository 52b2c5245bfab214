//! Mail that the service sends itself, through the server in `[relay]`.

use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{Config, Encryption};

/// A text to one person.
pub struct Letter {
    /// Mail address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Where an answer goes, if not to the sender of our mails.
    pub reply_to: Option<String>,
}

/// Sends a text to one person. False where no server is configured: the caller shows what it would have sent.
pub async fn send(config: &Config, to: &str, subject: &str, text: String) -> Result<bool, String> {
    post(config, &Letter { to: to.to_owned(), subject: subject.to_owned(), text, reply_to: None }).await
}

/// The same for a letter.
pub async fn post(config: &Config, letter: &Letter) -> Result<bool, String> {
    let mail = &config.relay;
    if mail.host.is_empty() {
        return Ok(false);
    }
    let from: Mailbox = mail.from.parse().map_err(|error| format!("[relay] from: {error}"))?;
    let to: Mailbox = letter.to.parse().map_err(|error| format!("recipient: {error}"))?;
    let mut message = Message::builder().from(from).to(to).subject(&letter.subject);
    if let Some(reply_to) = &letter.reply_to {
        message = message.reply_to(reply_to.parse().map_err(|error| format!("reply to: {error}"))?);
    }
    let message = message
        // Programs must not answer it (RFC 3834 section 5); it is known as ours by its Message-ID when it comes back.
        .raw_header(header::HeaderValue::new(
            header::HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .message_id(Some(format!("<{}@{}>", uuid::Uuid::now_v7(), config.smtp.hostname)))
        .header(header::ContentType::TEXT_PLAIN)
        .body(letter.text.clone())
        .map_err(|error| error.to_string())?;
    let tls = || TlsParameters::new(mail.host.clone()).map_err(|error| error.to_string());
    let tls = match mail.encryption {
        Encryption::None => Tls::None,
        Encryption::Starttls => Tls::Required(tls()?),
        Encryption::Tls => Tls::Wrapper(tls()?),
    };
    let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host).port(mail.port).tls(tls);
    if !mail.user.is_empty() {
        server = server.credentials(Credentials::new(mail.user.clone(), mail.password.expose().to_owned()));
    }
    let timeout = Some(std::time::Duration::from_secs(20));
    server.timeout(timeout).build().send(message).await.map(|_| true).map_err(|error| error.to_string())
}
