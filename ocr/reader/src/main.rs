//! `postroom-reader`: opens untrusted bytes for the service, one job at a time, over the socket that is its standard input.

use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;

use ocr::protocol::{Reply, Sandbox, VERSION};
use postroom_reader::args::Args;
use postroom_reader::failure::Failure;
use postroom_reader::sandbox;
use postroom_reader::verb::{self, Tools};
use postroom_reader::wire::{Channel, Out};

type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        complain(&*error);
        ExitCode::FAILURE
    })
}

fn run() -> Outcome {
    let args = Args::parse(std::env::args_os().skip(1))?;
    if args.self_test {
        return self_test(sandbox::enter(&args.native, args.memory)?);
    }
    let socket: OwnedFd = std::io::stdin().as_fd().try_clone_to_owned()?;
    let channel = Channel::new(socket)?;
    let sandbox = sandbox::enter(&args.native, args.memory)?;
    serve(channel, args, sandbox)
}

/// Jobs until the service closes its end.
fn serve(mut channel: Channel, args: Args, sandbox: Sandbox) -> Outcome {
    let mut tools = match Tools::open(args.native, args.kind, args.tier) {
        Ok(tools) => tools,
        Err(Failure { code, message }) => {
            channel.send(&Reply::Error { code, message }, &[])?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let reader_version = tools.version.clone();
    channel.send(&Reply::Ready { version: VERSION, reader_version, sandbox }, &[])?;
    while let Some((request, bytes)) = channel.receive()? {
        sandbox::cpu_time(Duration::from_millis(request.deadline_ms))?;
        verb::run(&mut tools, &request, &bytes, &mut channel)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the report is what --self-test is for")]
fn self_test(sandbox: Sandbox) -> Outcome {
    let report = sandbox::self_test::run(sandbox);
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(if report.held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stderr, reason = "standard error is the reader's only log")]
fn complain(error: &dyn std::error::Error) {
    eprintln!("postroom-reader: {error}");
}
