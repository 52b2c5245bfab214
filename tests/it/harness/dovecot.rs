//! A Dovecot of our own in a folder: any login with the password `secret`, mails as files of a Maildir.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{eventually, free_port, run};

/// A running Dovecot.
pub struct Dovecot {
    folder: tempfile::TempDir,
    /// Without TLS.
    pub plain: SocketAddr,
    /// With TLS from the first byte.
    pub tls: SocketAddr,
}

impl Dovecot {
    /// Starts one; `more` is added to its configuration.
    pub fn start(more: &str) -> Dovecot {
        let folder = tempfile::tempdir().expect("a temporary folder");
        run(Command::new("chmod").arg("755").arg(folder.path()));
        let [plain, tls] = [free_port(), free_port()];
        certificates(folder.path());
        let root = folder.path().display();
        // As root, mails belong to nobody; else everything is the user's own.
        let (users, owner) = match is_root() {
            true => ("first_valid_uid = 1\n".to_owned(), "uid=nobody gid=nogroup".to_owned()),
            false => {
                let name = output("id", &["-un"]);
                let own = format!(
                    "default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group = {}\n",
                    output("id", &["-gn"])
                );
                let unchained = "service anvil {\n chroot =\n}\nservice imap-login {\n chroot =\n}\n";
                (own + unchained, format!("uid={name} gid={}", output("id", &["-g"])))
            }
        };
        let passwords = if more.contains("passdb") { "" } else { "passdb {\n driver = static\n args = password=secret\n}\n" };
        let config = format!(
            "base_dir = {root}/run\nstate_dir = {root}/state\nlog_path = {root}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
             ssl = yes\nssl_cert = <{root}/leaf.pem\nssl_key = <{root}/leaf.key\ndisable_plaintext_auth = no\n\
             mail_max_userip_connections = 100\nmail_location = maildir:{root}/mail/%u\n{users}\
             service imap-login {{\n inet_listener imap {{\n  port = {}\n }}\n inet_listener imaps {{\n  port = {}\n  ssl = yes\n }}\n}}\n\
             userdb {{\n driver = static\n args = {owner} home={root}/home/%u\n}}\n{passwords}{more}\n",
            plain.port(),
            tls.port()
        );
        std::fs::write(folder.path().join("dovecot.conf"), config).expect("writes");
        for name in ["mail", "home", "run", "state"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let dovecot = Dovecot { folder, plain, tls };
        dovecot.own(&dovecot.folder.path().join("mail"));
        dovecot.own(&dovecot.folder.path().join("home"));
        dovecot.up();
        dovecot
    }

    fn up(&self) {
        run(Command::new("dovecot").arg("-c").arg(self.folder.path().join("dovecot.conf")));
        eventually("Dovecot to answer", || std::net::TcpStream::connect(self.plain).ok());
    }

    fn down(&self) {
        if let Ok(pid) = std::fs::read_to_string(self.folder.path().join("run/master.pid")) {
            let _ = Command::new("kill").arg(pid.trim()).status();
            for _ in 0..100 {
                if !self.folder.path().join("run/master.pid").exists() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// PEM file of the authority that gave it its certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Puts a mail into the inbox, as a delivery would.
    pub fn deliver(&self, login: &str, mail: &[u8]) {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let inbox = self.folder.path().join("mail").join(login);
        for name in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(inbox.join(name)).expect("a folder");
        }
        let name = format!("17{:08}.M{}.test", NEXT.fetch_add(1, Ordering::Relaxed), std::process::id());
        let file = inbox.join("tmp").join(&name);
        std::fs::write(&file, mail).expect("writes");
        self.own(&inbox);
        std::fs::rename(file, inbox.join("new").join(name)).expect("moves");
    }

    fn own(&self, path: &Path) {
        if is_root() {
            run(Command::new("chown").args(["-R", "nobody:nogroup"]).arg(path));
        }
    }

    /// Mails in a folder (`""` for the inbox) that are marked as read, and those that are not.
    pub fn mails(&self, login: &str, folder: &str) -> (usize, usize) {
        let inbox = self.folder.path().join("mail").join(login).join(if folder.is_empty() {
            ".".to_owned()
        } else {
            format!(".{folder}")
        });
        let names = |name: &str| -> Vec<String> {
            let entries = std::fs::read_dir(inbox.join(name)).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        };
        let all: Vec<String> = names("new").into_iter().chain(names("cur")).collect();
        let seen = all.iter().filter(|name| name.rsplit_once(",").is_some_and(|(_, flags)| flags.contains('S'))).count();
        (seen, all.len() - seen)
    }

    /// Makes a folder.
    pub fn folder(&self, login: &str, name: &str) {
        let inbox = self.folder.path().join("mail").join(login);
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(inbox.join(format!(".{name}")).join(part)).expect("a folder");
        }
        self.own(&inbox);
    }

    /// Forgets all numbers: the next who looks sees another UIDVALIDITY.
    pub fn number_anew(&self, login: &str) {
        self.down();
        let inbox = self.folder.path().join("mail").join(login);
        for entry in std::fs::read_dir(&inbox).expect("an inbox").flatten() {
            if entry.file_name().to_string_lossy().starts_with("dovecot") {
                std::fs::remove_file(entry.path()).expect("removes");
            }
        }
        self.up();
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.down();
    }
}

fn certificates(folder: &Path) {
    let at = |name: &str| folder.join(name).display().to_string();
    let openssl = |arguments: &[&str]| run(Command::new("openssl").args(arguments));
    let (ca, ca_key, request, leaf, key, names) =
        (at("ca.pem"), at("ca.key"), at("leaf.csr"), at("leaf.pem"), at("leaf.key"), at("names"));
    std::fs::write(&names, "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n").expect("writes");
    let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl(&[&["req", "-x509", "-days", "2", "-subj", "/CN=Test authority", "-keyout", &ca_key, "-out", &ca][..], &ec].concat());
    openssl(&[&["req", "-subj", "/CN=localhost", "-keyout", &key, "-out", &request][..], &ec].concat());
    openssl(&[
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        &request,
        "-CA",
        &ca,
        "-CAkey",
        &ca_key,
        "-CAcreateserial",
        "-extfile",
        &names,
        "-out",
        &leaf,
    ]);
}

fn is_root() -> bool {
    output("id", &["-u"]) == "0"
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("a program");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
