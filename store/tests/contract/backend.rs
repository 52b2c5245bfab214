//! The two pairs. PostgreSQL and the S3 server are started by the suite, on memory, and end with it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use store::{BlobConfig, Config};

/// Debian's place for the programs of PostgreSQL; the newest version is taken.
const POSTGRES: &str = "/usr/lib/postgresql";

pub enum Pair {
    Sqlite,
    Postgres(Postgres, S3),
}

/// The data of one story; ends with it.
pub struct Place(#[allow(dead_code)] tempfile::TempDir);

impl Pair {
    pub fn sqlite() -> Pair {
        Pair::Sqlite
    }

    pub fn postgres() -> Pair {
        Pair::Postgres(Postgres::start(), S3::start())
    }

    /// An empty database and blob store.
    pub async fn place(&self, name: &str) -> (Config, Place) {
        let folder = tempfile::tempdir_in(memory()).unwrap();
        let mut config = Config::in_folder(folder.path());
        if let Pair::Postgres(postgres, s3) = self {
            config.database_url = postgres.database(name);
            config.connections = 8;
            config.blobs = s3.bucket(&name.replace('_', "-"));
        }
        (config, Place(folder))
    }
}

/// A file system that forgets: quick to sync.
fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// A server of the suite's own: no TCP, data in memory, gone with the test.
pub struct Postgres {
    server: Child,
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Postgres {
    fn start() -> Postgres {
        let mut versions: Vec<PathBuf> = std::fs::read_dir(POSTGRES)
            .unwrap_or_else(|_| panic!("PostgreSQL is needed in {POSTGRES} (Debian package postgresql)"))
            .map(|entry| entry.unwrap().path().join("bin"))
            .collect();
        versions.sort();
        let programs = versions.pop().expect("a version of PostgreSQL");
        let folder = tempfile::tempdir_in(memory()).unwrap();
        // PostgreSQL refuses to run as root: then everything of it runs as its own user.
        if is_root() {
            assert!(Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap().success());
        }
        let data = folder.path().join("data");
        let mut init = unprivileged(&programs.join("initdb"));
        init.args(["--no-sync", "--auth=trust", "--username=owner", "--encoding=UTF8", "--locale=C.UTF-8", "-D"]).arg(&data);
        assert!(init.stdout(Stdio::null()).status().unwrap().success(), "initdb");
        let mut server = unprivileged(&programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(folder.path());
        server.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100"]);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let postgres = Postgres { server, folder, programs };
        wait_for(|| postgres.sql("postgres", "SELECT 1").is_ok(), "PostgreSQL");
        // The login of the service: no superuser, not the owner of anything.
        postgres
            .sql(
                "postgres",
                "CREATE ROLE service LOGIN; CREATE ROLE postroom_service; CREATE ROLE postroom_internal;
                                  GRANT postroom_service, postroom_internal TO service",
            )
            .unwrap();
        postgres
    }

    /// URL of a new database.
    fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}")).unwrap();
        self.url(name, "owner")
    }

    /// URL of a database for a login.
    pub fn url(&self, name: &str, user: &str) -> String {
        format!("postgres:///{name}?host={}&user={user}", self.folder.path().display())
    }

    /// Runs SQL as the owner of everything.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "owner", "-d", database, "-c", sql]);
        let output = psql.arg("-h").arg(self.folder.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// moto's S3 server, as another process.
pub struct S3 {
    server: Child,
    port: u16,
}

impl S3 {
    fn start() -> S3 {
        let program = std::env::var_os("POSTROOM_TEST_MOTO")
            .map(PathBuf::from)
            .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/moto_server"));
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error} (PyPI moto[server]; POSTROOM_TEST_MOTO names another place)", program.display())
            });
        let s3 = S3 { server, port };
        wait_for(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "moto_server");
        s3
    }

    /// A new bucket.
    fn bucket(&self, name: &str) -> BlobConfig {
        use std::io::{Read, Write};
        let mut connection = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request = format!("PUT /{name} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let options = [
            ("aws_endpoint", format!("http://127.0.0.1:{}", self.port)),
            ("aws_allow_http", "true".to_owned()),
            ("aws_access_key_id", "test".to_owned()),
            ("aws_secret_access_key", "test".to_owned()),
            ("aws_region", "us-east-1".to_owned()),
        ];
        BlobConfig::Url {
            url: format!("s3://{name}/papers"),
            options: options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        }
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

fn unprivileged(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.process_group(0);
    command
}

fn wait_for(ready: impl Fn() -> bool, what: &str) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
}
