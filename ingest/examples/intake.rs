//! The intake alone, for measuring: SMTP listener, gate and store in a folder, with one company `mlyn@in.example` whose PIN
//! is 483920. Arguments: folder, port. Serves until its standard input ends.

use ingest::admission::{Admission, Settings};
use ingest::channel::smtp::{Doors, Entrance, Limits, SmtpConfig};
use jiff::SignedDuration;
use store::company::CompanyFacts;
use store::office::NewOffice;
use store::pin::PinOwner;
use store::{Config, Scope, Store};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = std::path::PathBuf::from(args.next().ok_or("first argument: a folder")?);
    let port: u16 = args.next().ok_or("second argument: a port")?.parse()?;
    let store = Store::open(&Config::in_folder(&folder)).await?;
    store.migrate().await?;
    let office = store::office::create(&store, NewOffice { name: "Biuro".into(), ..NewOffice::default() }).await?;
    let scope = Scope::operator(office);
    let facts = CompanyFacts { name: "Młyn".into(), ..CompanyFacts::default() };
    let company = store::company::create(&store, &scope, facts).await?;
    store::address::create(&store, &scope, company, "mlyn", "in.example").await?;
    store::pin::set(&store, &scope, PinOwner::Company(company), Some("483920"), SignedDuration::ZERO).await?;
    let settings = Settings { mails_per_hour: u64::MAX, ..Settings::of("mx.in.example") };
    let config = SmtpConfig { host: "mx.in.example".into(), spool: folder.join("spool"), limits: Limits::default() };
    let listener =
        Doors::new(config, Admission::new(store, settings))?.listen(([127, 0, 0, 1], port).into(), Entrance::default())?;
    let stop = CancellationToken::new();
    let served = tokio::spawn(listener.serve(stop.clone()));
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    stop.cancel();
    served.await?;
    Ok(())
}
