//! `postroom mailbox`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use ingest::channel::imap::{self, oauth};
use store::mailbox::{self, Afterwards, NewMailbox, Security, SignIn};
use store::{MailboxId, Scope, Store};

use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom mailbox`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a mailbox to fetch mail from, or change the one of that name
    Add(Box<New>),
    /// List the mailboxes and how fetching goes
    List,
    /// Sign in and look into the folder, without changing anything
    Test {
        /// Its name
        name: String,
    },
    /// Stop fetching from a mailbox; what was fetched stays
    Remove {
        /// Its name
        name: String,
    },
}

/// A mailbox.
#[derive(Debug, clap::Args)]
struct New {
    /// What to call it
    name: String,
    /// The IMAP server
    #[arg(long)]
    host: String,
    /// Its port [default: 993, or 143 without TLS from the first byte]
    #[arg(long)]
    port: Option<u16>,
    /// tls, starttls or plain (only within one machine)
    #[arg(long, default_value = "tls")]
    security: Security,
    /// Who signs in
    #[arg(long)]
    login: String,
    /// File with the password; - for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "oauth")]
    password_file: Option<PathBuf>,
    /// Sign in by OAuth 2: google, microsoft, or the address of another provider's token server
    #[arg(long, requires_all = ["client_id", "refresh_token_file"], conflicts_with = "password_file")]
    oauth: Option<String>,
    /// OAuth: what the provider calls this program
    #[arg(long)]
    client_id: Option<String>,
    /// OAuth: file with the program's secret, if the provider gave one
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// OAuth: file with the refresh token
    #[arg(long, value_name = "FILE")]
    refresh_token_file: Option<PathBuf>,
    /// The folder to fetch from
    #[arg(long, default_value = "INBOX")]
    folder: String,
    /// Every mail in it is for this company [default: its headers say whose it is]
    #[arg(long)]
    company: Option<String>,
    /// What happens to a mail there once it is kept here: keep, seen or move
    #[arg(long, default_value = "seen")]
    afterwards: Afterwards,
    /// The folder to move to
    #[arg(long, required_if_eq("afterwards", "move"))]
    move_to: Option<String>,
    /// Name (authserv-id) of a server whose Authentication-Results are believed; may be given several times
    #[arg(long = "trust", value_name = "SERVER")]
    trusted_servers: Vec<String>,
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    match args.action {
        Action::Add(new) => {
            let name = new.name.clone();
            mailbox::put(&store, &scope, new.mailbox(&store, &scope).await?).await?;
            output::line(format_args!("{name}: set up; try it with: postroom mailbox test {name:?}"));
        }
        Action::List => list(&store, &scope).await?,
        Action::Test { name } => {
            let facts = find(&store, &scope, &name).await?.1;
            let seen = imap::try_out(&facts, &settings(config)).await.map_err(|trouble| format!("{name}: {trouble}"))?;
            let told = if seen.idle { "new ones are told at once (IDLE)" } else { "new ones are looked for (no IDLE)" };
            output::line(format_args!("{name}: signed in; {} mails in {}; {told}", seen.mails, facts.folder));
        }
        Action::Remove { name } => mailbox::remove(&store, &scope, find(&store, &scope, &name).await?.0).await?,
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Settings of fetching, as configured.
pub(super) fn settings(config: &Config) -> imap::Settings {
    let authorities = &config.imap.ca_file;
    imap::Settings {
        message_bytes: config.smtp.max_message_bytes,
        poll: Duration::from_secs(config.imap.poll_seconds.max(1)),
        wait: Duration::from_secs(config.imap.retry_seconds.max(1)),
        authorities: (!authorities.as_os_str().is_empty()).then(|| authorities.clone()),
        spool: config.storage.folder.join("spool"),
    }
}

async fn find(
    store: &Store,
    scope: &Scope,
    name: &str,
) -> Result<(MailboxId, NewMailbox), Box<dyn std::error::Error + Send + Sync>> {
    let found = mailbox::list(store, scope).await?.into_iter().find(|mailbox| mailbox.facts.name == name);
    let found = found.ok_or_else(|| format!("there is no mailbox {name:?}; see `postroom mailbox list`"))?;
    Ok((found.id, found.facts))
}

async fn list(store: &Store, scope: &Scope) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let companies = store::company::list(store, scope).await?;
    let rows: Vec<_> = mailbox::list(store, scope)
        .await?
        .into_iter()
        .map(|mailbox| {
            let facts = mailbox.facts;
            let company = companies.iter().find(|company| Some(company.id) == facts.company);
            let checked = mailbox.checked_at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
            [
                facts.name,
                format!("{}:{}", facts.host, facts.port),
                facts.login,
                facts.folder,
                company.map_or("by headers".to_owned(), |company| company.facts.name.clone()),
                mailbox.fetched.to_string(),
                checked.unwrap_or_default(),
                mailbox.problem.unwrap_or_default(),
            ]
        })
        .collect();
    output::table(["NAME", "SERVER", "LOGIN", "FOLDER", "COMPANY", "FETCHED", "CHECKED", "PROBLEM"], &rows);
    Ok(())
}

impl New {
    async fn mailbox(self, store: &Store, scope: &Scope) -> Result<NewMailbox, Box<dyn std::error::Error + Send + Sync>> {
        let company = match &self.company {
            Some(wanted) => Some(open::find_company(store, scope, wanted).await?.id),
            None => None,
        };
        let sign_in = self.sign_in()?;
        let usual = if self.security == Security::Tls { 993 } else { 143 };
        Ok(NewMailbox {
            name: self.name,
            company,
            host: self.host,
            port: self.port.unwrap_or(usual),
            security: self.security,
            login: self.login,
            sign_in,
            folder: self.folder,
            afterwards: self.afterwards,
            move_to: self.move_to,
            trusted_servers: self.trusted_servers,
        })
    }

    fn sign_in(&self) -> Result<SignIn, Box<dyn std::error::Error + Send + Sync>> {
        if let Some(file) = &self.password_file {
            return Ok(SignIn::Password { password: secret(file)? });
        }
        let provider = self.oauth.as_deref().unwrap_or_default();
        let (token_url, scope) = match oauth::provider(provider) {
            Some(known) => known,
            None if provider.starts_with("https://") || provider.starts_with("http://127.0.0.1") => (provider, ""),
            None => return Err("--oauth takes google, microsoft, or the https:// address of a token server".into()),
        };
        let read = |file: &Option<PathBuf>| file.as_ref().map(secret).transpose().map(Option::unwrap_or_default);
        Ok(SignIn::OAuth {
            token_url: token_url.to_owned(),
            client_id: self.client_id.clone().unwrap_or_default(),
            client_secret: read(&self.client_secret_file)?,
            refresh_token: read(&self.refresh_token_file)?,
            scope: scope.to_owned(),
        })
    }
}

/// The content of a file, or of standard input, without its line end. Secrets on a command line would be seen by everybody.
pub(super) fn secret(file: &PathBuf) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let text = match file.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin())?,
        _ => std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?,
    };
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    if text.is_empty() { Err(format!("{} is empty", file.display()).into()) } else { Ok(text) }
}
