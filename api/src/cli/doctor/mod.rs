//! `postroom doctor`: is everything there that the service needs, and is it what it should be?

mod inboxes;
mod native;
mod spv;

use std::process::ExitCode;

use ocr::protocol::Sandbox;

use super::{Outcome, open, output};
use crate::config::Config;
use crate::pool::{Kind, Pool, Settings};

/// Where Debian's Tesseract 5 keeps its languages.
const TESSDATA: &str = "/usr/share/tesseract-ocr/5/tessdata";
/// Languages of the papers that are read.
const LANGUAGES: [&str; 6] = ["deu", "eng", "pol", "por", "ron", "tur"];

/// Arguments of `postroom doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// One thing that was looked at.
struct Check {
    good: bool,
    what: String,
    finding: String,
}

impl Check {
    fn good(what: &str, finding: impl Into<String>) -> Check {
        Check { good: true, what: what.to_owned(), finding: finding.into() }
    }

    fn bad(what: &str, finding: impl Into<String>) -> Check {
        Check { good: false, what: what.to_owned(), finding: finding.into() }
    }

    fn of(what: &str, result: Result<String, String>) -> Check {
        match result {
            Ok(finding) => Check::good(what, finding),
            Err(finding) => Check::bad(what, finding),
        }
    }
}

/// Looks at everything; exit status 1 if something is wrong.
pub async fn run(_args: Args, config: &Config) -> Outcome {
    let mut checks = vec![Check::of("database and blobs", storage(config).await)];
    checks.extend(inboxes::check(config).await);
    checks.extend(spv::check(config).await);
    match Settings::find(&config.reader) {
        Err(failure) => checks.push(Check::bad("reader", failure.message)),
        Ok(settings) => {
            checks.extend(native::check(&settings.native));
            let pool = Pool::new(settings);
            for (kind, name) in [(Kind::Light, "reader, light"), (Kind::Heavy, "reader, heavy")] {
                checks.push(match pool.about(kind).await {
                    Err(failure) => Check::bad(name, failure.message),
                    Ok(about) => sandbox(name, &about.reader_version, &about.sandbox),
                });
            }
        }
    }
    checks.extend(LANGUAGES.iter().map(|code| language(code)));
    let rows: Vec<_> = checks
        .iter()
        .map(|check| [if check.good { "ok" } else { "BAD" }.to_owned(), check.what.clone(), check.finding.clone()])
        .collect();
    output::table(["", "WHAT", "FINDING"], &rows);
    let all_good = checks.iter().all(|check| check.good);
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn storage(config: &Config) -> Result<String, String> {
    let looked = async {
        let store = open::open_as_is(config).await?;
        store.ping().await?;
        store.close().await;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    };
    looked.await.map_err(|error| error.to_string())?;
    let kept = config.storage.for_store();
    Ok(format!("{} and {:?} answer", kept.database_url.split(':').next().unwrap_or_default(), kept.blobs))
}

/// Without a network of its own and a system-call filter a reader is not to be trusted with papers; the rest is depth.
fn sandbox(name: &str, version: &str, sandbox: &Sandbox) -> Check {
    let finding = format!(
        "{version}; namespaces {}, landlock {}, seccomp {}, memory {} MB",
        if sandbox.namespaces { "own" } else { "shared (not allowed here)" },
        sandbox.landlock,
        if sandbox.seccomp { "on" } else { "OFF" },
        sandbox.memory_limit >> 20
    );
    Check { good: sandbox.seccomp && sandbox.memory_limit > 0, what: name.to_owned(), finding }
}

fn language(code: &str) -> Check {
    let file = std::path::Path::new(TESSDATA).join(format!("{code}.traineddata"));
    let what = format!("OCR language {code}");
    match file.is_file() {
        true => Check::good(&what, file.display().to_string()),
        false => Check::bad(&what, format!("{} is missing; apt install tesseract-ocr-{code}", file.display())),
    }
}
