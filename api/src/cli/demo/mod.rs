//! `postroom demo`: a whole office on this machine. The service runs as `postroom serve` would; the samples' mails go in over SMTP,
//! their papers are read over the API, and what came out is held against what the samples say.

mod client;
mod compare;
mod report;
mod samples;
mod smtp;
mod story;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use store::office::{self, NewOffice};
use store::token::{self, NewToken};
use store::user::{self, NewMember};
use store::{Role, Scope, Store};

use super::company::add;
use super::serve::{Service, stop_signal};
use super::{Outcome, output};
use crate::config::Config;
use client::Client;
use samples::{Office, Samples};

/// Someone of the first company, to see what a client sees.
const CLIENT: (&str, &str) = ("jan@mlyn.example", "postroom-demo");

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Who signs in to look around. The demo listens on this machine only, and its folder is made anew each time.
const OWNER: (&str, &str) = ("anna@cztery-wiatry.example", "postroom-demo");

/// Arguments of `postroom demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// End after printing; the exit status is 0 if all went as the samples say
    #[arg(long)]
    exit: bool,
    /// The samples folder [default: ./samples, or that of the source tree or installation]
    #[arg(long, value_name = "FOLDER")]
    samples: Option<PathBuf>,
    /// Where the demo keeps its data; what an earlier demo left there is deleted
    #[arg(long, value_name = "FOLDER", default_value = "tmp/demo")]
    folder: PathBuf,
}

/// Runs it.
pub async fn run(args: Args, mut config: Config) -> Outcome {
    let samples = Samples::find(args.samples.as_deref())?;
    let office = samples.office()?;
    fresh(&args.folder)?;
    config.storage.folder = args.folder.clone();
    config.smtp.hostname.clone_from(&office.domain);
    config.log.level = "warn".to_owned();
    super::start_log(&config.log)?;
    free_ports(&mut config);
    let service = Service::start(config.clone(), true).await?;
    let doors = Doors { http: service.http_address()?, smtp: service.smtp_address().ok_or("the demo needs [smtp] enabled")? };
    let client = Client::new(format!("http://{}", doors.http), set_up(service.store(), &config, &office).await?);
    let stop = stop_signal()?;
    let serving = tokio::spawn(service.run(stop.clone()));
    let differences = tokio::task::spawn_blocking(move || story::run(&samples, doors.smtp, &client)).await??;
    for difference in &differences {
        output::line(format_args!("✗ {difference}"));
    }
    if !args.exit {
        invite(&office, doors);
        stop.cancelled().await;
    }
    stop.cancel();
    serving.await?;
    Ok(if differences.is_empty() || !args.exit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where the service listens.
#[derive(Clone, Copy)]
struct Doors {
    http: SocketAddr,
    smtp: SocketAddr,
}

/// Other ports where the usual ones are taken.
fn free_ports(config: &mut Config) {
    for listen in [&mut config.http.listen, &mut config.smtp.listen] {
        if std::net::TcpListener::bind(*listen).is_err() {
            listen.set_port(0);
        }
    }
}

/// An empty folder. Only what a demo made is deleted: it leaves a file that says so.
fn fresh(folder: &std::path::Path) -> Result<()> {
    let mark = folder.join("postroom-demo");
    if folder.exists() && !mark.is_file() && std::fs::read_dir(folder)?.next().is_some() {
        return Err(format!("{} is not empty and no demo made it: name another --folder", folder.display()).into());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(mark, "Made by `postroom demo`, which deletes this folder when it starts again.\n")?;
    Ok(())
}

/// The office with its companies and its owner; answers a token of the owner's.
async fn set_up(store: &Store, config: &Config, wanted: &Office) -> Result<String> {
    let new = NewOffice {
        name: wanted.name.clone(),
        country: "PL".to_owned(),
        time_zone: wanted.time_zone.clone(),
        language: "pl".to_owned(),
        pin_length: 6,
    };
    let scope = Scope::operator(office::create(store, new).await?);
    for company in &wanted.companies {
        let arguments = add::Args {
            name: company.name.clone(),
            country: company.country.clone(),
            tax_ids: vec![company.tax_id.clone()],
            address: Some(format!("{}@{}", company.address, wanted.domain)),
            pin: Some(company.pin.clone()),
            auto_read: false,
            refuse: false,
        };
        add::add(store, &scope, config, arguments).await?;
    }
    let owner = NewMember {
        email: OWNER.0.to_owned(),
        name: "Anna Kowal".to_owned(),
        password_hash: Some(crate::password::hash(OWNER.1.to_owned(), &[], &[]).await?),
        company: None,
        role: Role::Owner,
        own_only: false,
    };
    user::add(store, &scope, owner).await?;
    if let Some(first) = store::company::list(store, &scope)
        .await?
        .into_iter()
        .find(|one| wanted.companies.first().is_some_and(|w| w.name == one.facts.name))
    {
        let client = NewMember {
            email: CLIENT.0.to_owned(),
            name: "Jan Młynarz".to_owned(),
            password_hash: Some(crate::password::hash(CLIENT.1.to_owned(), &[], &[]).await?),
            company: Some(first.id),
            role: Role::CompanyAdmin,
            own_only: false,
        };
        user::add(store, &scope, client).await?;
    }
    let new = NewToken { name: "demo".to_owned(), role: Role::Owner, company: None, expires_at: None };
    Ok(token::create(store, &scope, new).await?.1)
}

/// Where to look, and how to send one's own.
fn invite(office: &Office, doors: Doors) {
    let Some(company) = office.companies.first() else { return };
    let Doors { http, smtp } = doors;
    let address = format!("{}@{}", company.address, office.domain);
    output::line(format_args!(
        "\nLook around:     http://{http}   sign in as {} with the password {}\n\
         As a client:     {} with the same password, in a private window\n\
         Send your own:   swaks --server {smtp} --to {address} --header 'Subject: ({})' --attach @invoice.pdf\n\
         or from a mail program: SMTP server {} port {}, no encryption, to {address}, with ({}) in the subject\n\
         Ctrl-C ends it.",
        OWNER.0,
        OWNER.1,
        CLIENT.0,
        company.pin,
        smtp.ip(),
        smtp.port(),
        company.pin,
    ));
}
