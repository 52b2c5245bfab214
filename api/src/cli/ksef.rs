//! `postroom ksef`

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use ingest::channel::ksef::{self as channel, certificate};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::ksef::{self, Certificate, CertificateFacts, Credential, Inbox, NewAccess, NewInbox};
use store::{Scope, Store};

use super::mailbox::secret;
use super::open::OfficeChoice;
use super::{Outcome, doors, open, output};
use crate::config::Config;

/// Arguments of `postroom ksef`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set a company's inbox at KSeF up, or change how it is entered
    Set {
        /// The company
        company: String,
        #[command(flatten)]
        secrets: Secrets,
        /// Enter it with the office's certificate
        #[arg(long, conflicts_with_all = ["token_file", "certificate"])]
        office_certificate: bool,
        /// Its NIP [default: the company's own]
        #[arg(long)]
        nip: Option<String>,
        /// Fetch invoices from this day on, like 2026-07-01 [default: the first day of the month before]
        #[arg(long)]
        since: Option<Date>,
    },
    /// List the inboxes and how fetching goes
    List,
    /// Sign in and list, without keeping anything
    Test {
        /// The company
        company: String,
        #[command(flatten)]
        secrets: Secrets,
        /// Its NIP [default: the company's own]
        #[arg(long)]
        nip: Option<String>,
    },
    /// Stop fetching; what was fetched stays
    Remove {
        /// The company
        company: String,
    },
    /// The office's own certificate, for companies that granted the office the right to read
    #[command(subcommand)]
    Certificate(OfficeAction),
}

#[derive(Debug, Subcommand)]
enum OfficeAction {
    /// Give the office its certificate, or a newer one
    Set {
        #[command(flatten)]
        files: Files,
    },
    /// Say whose it is and when it ends
    Show,
    /// Take it away
    Remove,
}

/// What KSeF is to be asked with.
#[derive(Debug, clap::Args)]
struct Secrets {
    /// File with a KSeF token that may read invoices; - for standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// File with a certificate for KSeF, PEM or DER
    #[arg(long, value_name = "FILE", conflicts_with = "token_file")]
    certificate: Option<PathBuf>,
    /// File with its private key [default: it stands in the certificate's file]
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// File with the passphrase of the key; - for standard input
    #[arg(long, value_name = "FILE", requires = "certificate")]
    passphrase_file: Option<PathBuf>,
}

impl Secrets {
    async fn read(self) -> Result<Option<NewAccess>, Box<dyn Error + Send + Sync>> {
        let Secrets { token_file, certificate, key, passphrase_file } = self;
        if let Some(certificate) = certificate {
            return Ok(Some(NewAccess::Certificate(Files { certificate, key, passphrase_file }.read().await?)));
        }
        token_file.as_ref().map(|file| secret(file).map(NewAccess::Token)).transpose()
    }
}

#[derive(Debug, clap::Args)]
struct Files {
    /// File with the certificate, PEM or DER
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// File with its private key [default: it stands in the certificate's file]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File with the passphrase of the key; - for standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Files {
    async fn read(self) -> Result<Certificate, Box<dyn Error + Send + Sync>> {
        let bytes = |file: &PathBuf| std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()));
        let (certificate, key) = (bytes(&self.certificate)?, self.key.as_ref().map(bytes).transpose()?);
        let passphrase = self.passphrase_file.as_ref().map(secret).transpose()?;
        let read = certificate::read_aside(certificate, key.unwrap_or_default(), passphrase.unwrap_or_default()).await;
        Ok(read.map_err(|unfit| unfit.to_string())?)
    }
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    let now = Timestamp::now();
    match args.action {
        Action::Set { company, secrets, office_certificate, nip, since } => {
            let company = open::find_company(&store, &scope, &company).await?;
            let access = if office_certificate { Some(NewAccess::Office) } else { secrets.read().await? };
            let since = since.map(|day| day.to_zoned(TimeZone::UTC)).transpose()?.map(|day| day.timestamp());
            let inbox = ksef::put(&store, &scope, company.id, NewInbox { nip, access, since }, now).await?;
            let entered = inbox.certificate.as_ref().map_or_else(|| "a token".to_owned(), described);
            let (name, nip, point) = (company.facts.name, &inbox.nip, inbox.point);
            output::line(format_args!("{name}: NIP {nip}, with {entered}, invoices from {point} on"));
        }
        Action::List => list(&store, &scope).await?,
        Action::Test { company, secrets, nip } => {
            let company = open::find_company(&store, &scope, &company).await?;
            let nip = ksef::nip(nip.as_deref(), &company.facts.tax_ids)?;
            let credential = match secrets.read().await? {
                Some(NewAccess::Token(token)) => Credential::Token(token),
                Some(NewAccess::Certificate(one)) => Credential::Certificate { der: one.der, key: one.key },
                _ => return Err("say what to try: --token-file or --certificate".into()),
            };
            let seen = channel::try_out(&doors::ksef_settings(config), &nip, &credential).await;
            let seen = seen.map_err(|trouble| format!("{}: {trouble}", company.facts.name))?;
            output::line(format_args!(
                "{}: signed in; {seen} invoices of the last 30 days on the first page",
                company.facts.name
            ));
        }
        Action::Remove { company } => {
            let company = open::find_company(&store, &scope, &company).await?;
            ksef::remove(&store, &scope, company.id).await?;
        }
        Action::Certificate(OfficeAction::Set { files }) => {
            let facts = ksef::office::put(&store, &scope, files.read().await?, now).await?;
            output::line(format_args!("{}", described(&facts)));
        }
        Action::Certificate(OfficeAction::Show) => match ksef::office::get(&store, &scope).await? {
            Some(facts) => output::line(format_args!("{}", described(&facts))),
            None => output::line(format_args!("the office has no certificate for KSeF")),
        },
        Action::Certificate(OfficeAction::Remove) => ksef::office::remove(&store, &scope).await?,
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn described(facts: &CertificateFacts) -> String {
    format!("the certificate of {}, which ends on {}", facts.subject, facts.valid_until.strftime("%Y-%m-%d"))
}

async fn list(store: &Store, scope: &Scope) -> store::Result<()> {
    let companies = store::company::list(store, scope).await?;
    let row = |inbox: Inbox| {
        let company = companies.iter().find(|company| company.id == inbox.company);
        let ends = inbox.certificate.map(|one| format!(", ends {}", one.valid_until.strftime("%Y-%m-%d")));
        [
            company.map(|company| company.facts.name.clone()).unwrap_or_default(),
            inbox.nip,
            format!("{}{}", inbox.access.as_str(), ends.unwrap_or_default()),
            inbox.fetched.to_string(),
            inbox.waiting.to_string(),
            inbox.checked_at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
            inbox.message.or(inbox.stuck).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = ksef::list(store, scope).await?.into_iter().map(row).collect();
    output::table(["COMPANY", "NIP", "ENTERED WITH", "FETCHED", "WAITING", "CHECKED", "PROBLEM"], &rows);
    Ok(())
}
