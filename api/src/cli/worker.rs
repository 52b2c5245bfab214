//! `postroom worker`

use std::process::ExitCode;

use super::Outcome;
use super::serve::stop_signal;
use crate::config::Config;
use crate::pool::{Pool, Settings};
use crate::worker::{self, Tools};

/// Arguments of `postroom worker`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Works until the first SIGTERM or Ctrl-C; jobs that are not done soon go back to the queue.
pub async fn run(_args: Args, config: Config) -> Outcome {
    super::alone::shared(&config, "postroom worker")?;
    super::start_log(&config.log)?;
    let pool = Pool::new(Settings::find(&config.reader)?);
    let stop = stop_signal()?;
    let store = super::open::open(&config).await?;
    let tools = Tools::new(store.clone(), pool, &config.reader);
    tracing::info!(name = %tools.name, "working");
    tokio::join!(worker::run(tools, stop.clone()), worker::letters(store.clone(), config, stop));
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
