//! `postroom-reader`: opens untrusted bytes for the service, one job at a time, over the socket that is its standard input.

use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;

use ocr::protocol::{Reply, Sandbox, VERSION};
use postroom_reader::args::Args;
use postroom_reader::failure::Failure;
use postroom_reader::verb::{self, Tools};
use postroom_reader::wire::{Channel, Out};

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse(std::env::args_os().skip(1))?;
    let socket: OwnedFd = std::io::stdin().as_fd().try_clone_to_owned()?;
    let mut channel = Channel::new(socket)?;
    let mut tools = match Tools::open(args.native, args.kind) {
        Ok(tools) => tools,
        Err(Failure { code, message }) => return Ok(channel.send(&Reply::Error { code, message }, &[])?),
    };
    let reader_version = tools.version.clone();
    channel.send(&Reply::Ready { version: VERSION, reader_version, sandbox: Sandbox::default() }, &[])?;
    while let Some((request, bytes)) = channel.receive()? {
        verb::run(&mut tools, &request, &bytes, &mut channel)?;
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "standard error is the reader's only log")]
fn complain(error: &dyn std::error::Error) {
    eprintln!("postroom-reader: {error}");
}
