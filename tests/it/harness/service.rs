//! The service as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use super::{Api, SmtpClient};

/// `postroom serve` with a folder of its own on ports the system chose.
pub struct Service {
    child: Child,
    folder: tempfile::TempDir,
    doors: Doors,
    environment: Vec<(String, String)>,
}

/// Where it listens.
struct Doors {
    http: SocketAddr,
    smtp: Option<SocketAddr>,
    /// The line of the log that says where all doors are.
    said: Value,
}

impl Service {
    /// A service on an empty folder.
    pub fn start() -> Service {
        Service::with(&[])
    }

    /// The same with settings, as environment variables.
    pub fn with(settings: &[(&str, &str)]) -> Service {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut environment: Vec<(String, String)> = [
            ("POSTROOM_STORAGE__FOLDER", folder.path().to_str().expect("a plain path")),
            ("POSTROOM_HTTP__LISTEN", "127.0.0.1:0"),
            ("POSTROOM_SMTP__LISTEN", "127.0.0.1:0"),
            ("POSTROOM_LOG__FORMAT", "json"),
        ]
        .iter()
        .chain(settings)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
        environment.dedup_by(|later, earlier| later.0 == earlier.0);
        let (child, doors) = spawn(&[], &environment, folder.path());
        Service { child, folder, doors: doors.expect("postroom serve came up"), environment }
    }

    /// Starts on a copy of its folder, by way of another program (strace), under which it may die before it is up.
    pub fn copy_under(&self, wrapper: &[&str]) -> Service {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(self.folder(), folder.path());
        let mut environment = self.environment.clone();
        environment[0].1 = folder.path().to_str().expect("a plain path").to_owned();
        let (child, doors) = spawn(wrapper, &environment, folder.path());
        let nowhere = Doors { http: SocketAddr::from(([127, 0, 0, 1], 1)), smtp: None, said: Value::Null };
        Service { child, folder, doors: doors.unwrap_or(nowhere), environment }
    }

    /// True once the process has ended.
    pub fn is_dead(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Where the API is.
    pub fn url(&self) -> String {
        format!("http://{}", self.doors.http)
    }

    /// Where mail goes in.
    pub fn smtp(&self) -> SmtpClient {
        SmtpClient::connect(self.doors.smtp.expect("this service takes no mail"))
    }

    /// The address mail goes in at.
    pub fn smtp_address(&self) -> Option<SocketAddr> {
        self.doors.smtp
    }

    /// The address of another door, by its name in the log.
    pub fn door(&self, name: &str) -> SocketAddr {
        let address = self.doors.said[name].as_str().and_then(|text| text.parse().ok());
        address.unwrap_or_else(|| panic!("{name} is shut: {}", self.doors.said))
    }

    /// The API with a token; an empty one for nobody.
    pub fn api(&self, token: &str) -> Api {
        Api::new(&self.url(), token)
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a `postroom` command on the same data.
    pub fn command(&self, arguments: &[&str]) -> Output {
        command(&self.environment, self.folder()).args(arguments).output().expect("postroom runs")
    }

    /// Starts a `postroom` command on the same data, to be killed.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = command(&self.environment, self.folder());
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("postroom runs")
    }

    /// The same, for commands that must work; answers what was printed.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert!(output.status.success(), "postroom {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same with something to read from standard input.
    pub fn cli_with(&self, arguments: &[&str], input: &str) -> String {
        let output = self.command_with(arguments, input);
        assert!(output.status.success(), "postroom {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs a `postroom` command on the same data with something to read from standard input.
    pub fn command_with(&self, arguments: &[&str], input: &str) -> Output {
        use std::io::Write;
        let mut command = command(&self.environment, self.folder());
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("postroom runs");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("writes");
        child.wait_with_output().expect("it ends")
    }

    /// Starts a `postroom` command on the same data that does not end by itself.
    pub fn start_cli(&self, arguments: &[&str]) -> Child {
        let mut command = command(&self.environment, self.folder());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("postroom runs")
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills it as a power cut would, and starts it again on the same folder (the ports may change).
    pub fn kill_and_restart(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let (child, doors) = spawn(&[], &self.environment, self.folder.path());
        (self.child, self.doors) = (child, doors.expect("postroom serve came up again"));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the demo to its end in a folder.
pub fn demo(folder: &Path) -> Output {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let mut command = Command::new(programs().join("postroom"));
    command.args(["demo", "--exit", "--folder"]).arg(folder.join("demo")).arg("--samples").arg(samples).current_dir(folder);
    command.output().expect("postroom runs")
}

/// What `postroom read --json` says about files, a line each.
pub fn read(files: &[PathBuf]) -> Vec<Value> {
    let output = Command::new(programs().join("postroom")).args(["read", "--json"]).args(files).output().expect("postroom runs");
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The bytes of a sample of the project.
pub fn sample(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(path)).expect("a sample")
}

/// The folder with the built programs: that of this test, one up from `deps`.
fn programs() -> PathBuf {
    let this = std::env::current_exe().expect("a path");
    let folder = this.ancestors().nth(2).expect("target/release").to_owned();
    assert!(folder.join("postroom").is_file(), "build first: cargo build --release");
    folder
}

fn command(environment: &[(String, String)], folder: &Path) -> Command {
    let mut command = Command::new(programs().join("postroom"));
    command.envs(environment.iter().map(|(name, value)| (name, value))).current_dir(folder);
    command
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copies");
        }
    }
}

fn spawn(wrapper: &[&str], environment: &[(String, String)], folder: &Path) -> (Child, Option<Doors>) {
    let mut program = command(environment, folder);
    if let [first, rest @ ..] = wrapper {
        let inner = program.get_program().to_owned();
        program = Command::new(first);
        program.args(rest).arg(inner).envs(environment.iter().map(|(name, value)| (name, value))).current_dir(folder);
    }
    let mut child =
        program.arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("postroom starts");
    let lines = follow(child.stderr.take().expect("piped"));
    let mut seen = String::new();
    loop {
        let Ok(line) = lines.recv_timeout(Duration::from_secs(30)) else {
            let _ = child.kill();
            eprintln!("postroom serve did not come up:\n{seen}");
            return (child, None);
        };
        if let Ok(event) = serde_json::from_str::<Value>(&line)
            && event["message"] == "serving"
        {
            let address = |name: &str| event[name].as_str().and_then(|text| text.parse().ok());
            let (http, smtp) = (address("http").expect("an address"), address("smtp"));
            return (child, Some(Doors { http, smtp, said: event }));
        }
        seen += &line;
        seen += "\n";
    }
}

/// Hands the log on line by line; after the start it goes to this test's own output, which is shown when the test fails.
fn follow(stderr: std::process::ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Err(unsent) = sender.send(line) {
                eprintln!("{}", unsent.0);
            }
        }
    });
    receiver
}
