//! Other people's programs at the doors: Postfix in front, swaks as a scanner, both as they come with Debian.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Api, Service, eventually, free_port, run};

/// A Postfix with a configuration and a queue of its own.
struct Postfix {
    folder: tempfile::TempDir,
    port: u16,
}

impl Postfix {
    /// With the lines of `docker/postfix.main.cf`, which are what an operator adds.
    fn start(lmtp: &str) -> Postfix {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (root, port) = (folder.path().display(), free_port().port());
        run(Command::new("chmod").arg("755").arg(folder.path()));
        for name in ["etc", "queue", "lib"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let shipped =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker/postfix.main.cf")).expect("the lines");
        assert!(shipped.contains("127.0.0.1:2424"));
        // What differs from an operator's: where everything is, and that a test does not wait for minutes.
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {root}/queue\ndata_directory = {root}/lib\ninet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\nmyhostname = mx.in.example\nmydestination =\nmynetworks =\nmaillog_file =\nsyslog_facility = local7\n\
             queue_run_delay = 1s\nminimal_backoff_time = 1s\nmaximal_backoff_time = 2s\n\
             smtpd_client_connection_count_limit = 0\n{}",
            shipped.replace("127.0.0.1:2424", lmtp)
        );
        std::fs::write(folder.path().join("etc/main.cf"), main).expect("writes");
        let master = std::fs::read_to_string("/usr/share/postfix/master.cf.dist").expect("Debian's master.cf");
        let master: Vec<String> = master.lines().map(|line| service(line, port)).collect();
        std::fs::write(folder.path().join("etc/master.cf"), master.join("\n") + "\n").expect("writes");
        run(as_root("chown").arg("postfix").arg(folder.path().join("lib")));
        run(as_root("postfix").arg("-c").arg(folder.path().join("etc")).arg("start"));
        Postfix { folder, port }
    }

    fn is_empty(&self) -> bool {
        let output =
            as_root("postqueue").arg("-c").arg(self.folder.path().join("etc")).arg("-p").output().expect("postqueue runs");
        String::from_utf8_lossy(&output.stdout).contains("Mail queue is empty")
    }

    /// Sends a mail by swaks; its exit status and what was said.
    fn swaks(&self, to: &str, subject: &str) -> (bool, String) {
        swaks(&["--server", &format!("127.0.0.1:{}", self.port), "--to", to, "--header", &format!("Subject: {subject}")])
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = as_root("postfix").arg("-c").arg(self.folder.path().join("etc")).arg("stop").output();
        let _ = as_root("rm").arg("-rf").arg(self.folder.path()).output();
    }
}

/// A line of master.cf without chroot, its SMTP service on our port.
fn service(line: &str, port: u16) -> String {
    let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    if line.starts_with(['#', ' ']) || words.len() < 8 {
        return line.to_owned();
    }
    if words[0] == "smtp" && words[1] == "inet" {
        words[0] = format!("127.0.0.1:{port}");
    }
    "n".clone_into(&mut words[4]);
    words.join(" ")
}

/// Postfix starts as root alone; whoever could install it has sudo.
fn as_root(program: &str) -> Command {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    if output.stdout == b"0\n" {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

fn swaks(arguments: &[&str]) -> (bool, String) {
    let output =
        Command::new("swaks").args(["--from", "jan@klient.example", "--helo", "client.example"]).args(arguments).output();
    let output = output.expect("swaks runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn log(api: &Api) -> Vec<Value> {
    api.get("/v1/submissions?limit=200").expect(200).json()["submissions"].as_array().expect("a list").clone()
}

fn office(settings: &[(&str, &str)]) -> (Service, String) {
    let service = Service::with(settings);
    service.cli(&["office", "add", "Biuro"]);
    service.cli(&["company", "add", "Młyn", "--address", "mlyn@in.example", "--pin", "483920"]);
    let token = service.cli(&["token", "add", "tests", "--role", "owner"]).trim().to_owned();
    (service, token)
}

#[test]
fn postfix_queues_while_postroom_restarts() {
    let lmtp = free_port().to_string();
    let (mut service, token) = office(&[("POSTROOM_LMTP__LISTEN", &lmtp)]);
    let postfix = Postfix::start(&lmtp);
    let (sent, said) = eventually("Postfix to answer", || {
        let (sent, said) = postfix.swaks("mlyn@in.example", "1 (483920)");
        (!said.contains("Error connecting")).then_some((sent, said))
    });
    assert!(sent, "{said}");
    let (refused, said) = postfix.swaks("nobody@in.example", "x");
    assert!(!refused && said.contains(" 550 5.1.1 "), "asked at RCPT: {said}");
    let (refused, said) = postfix.swaks("x@elsewhere.example", "x");
    assert!(!refused && said.contains("Relay access denied"), "no relay: {said}");

    // Mails go on coming while Postroom dies and comes back, again and again.
    for n in 2..14 {
        if n % 4 == 0 {
            service.kill();
        }
        let (sent, said) = postfix.swaks("mlyn@in.example", &format!("{n} (483920)"));
        assert!(sent, "{said}");
        if n % 4 == 2 {
            service.kill_and_restart();
        }
    }
    service.kill_and_restart();
    let api = service.api(&token);
    eventually("the queue to empty", || (postfix.is_empty() && log(&api).len() >= 13).then_some(()));
    let mut subjects: Vec<String> = log(&api).iter().map(|arrival| arrival["subject"].to_string()).collect();
    subjects.sort();
    let all = subjects.len();
    subjects.dedup();
    assert_eq!((subjects.len(), all), (13, 13), "each once: {subjects:?}");
    assert!(log(&api).iter().all(|arrival| arrival["channel"] == "lmtp" && arrival["peer"] == "127.0.0.1"));
}

#[test]
fn a_scanner_signs_in_and_the_certificate_is_renewed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let issue = || {
        run(Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=mx.in.example", "-keyout", &at("key.pem"), "-out", &at("chain.pem")]));
        fingerprint(&std::fs::read(folder.path().join("chain.pem")).expect("a certificate"))
    };
    let first = issue();
    let (chain, key) = (at("chain.pem"), at("key.pem"));
    let (service, token) = office(&[
        ("POSTROOM_TLS__CERTIFICATE", &chain),
        ("POSTROOM_TLS__KEY", &key),
        ("POSTROOM_SUBMISSION__LISTEN", "127.0.0.1:0"),
        ("POSTROOM_SUBMISSION__TLS_LISTEN", "127.0.0.1:0"),
    ]);
    let made = service.cli(&["device", "add", "mlyn@in.example", "Kyocera"]);
    let (login, secret) = made.trim().split_once("  ").expect("login and secret");
    for (door, tls, mechanism) in [("submission", "-tls", "PLAIN"), ("submission_tls", "--tls-on-connect", "LOGIN")] {
        let server = service.door(door).to_string();
        let (sent, said) = swaks(&[
            "--server",
            &server,
            tls,
            "--auth",
            mechanism,
            "--auth-user",
            login,
            "--auth-password",
            secret,
            "--to",
            "mlyn@in.example",
            "--header",
            &format!("Subject: Scan {mechanism}"),
        ]);
        assert!(sent, "{said}");
    }
    let server = service.door("submission").to_string();
    let (sent, said) = swaks(&[
        "--server",
        &server,
        "--auth",
        "PLAIN",
        "--auth-user",
        login,
        "--auth-password",
        secret,
        "--to",
        "mlyn@in.example",
    ]);
    assert!(!sent && !said.contains("AUTH PLAIN"), "no login in clear: {said}");
    let arrivals = log(&service.api(&token));
    assert_eq!(arrivals.len(), 2);
    assert!(arrivals.iter().all(|arrival| arrival["channel"] == "submission" && arrival["state"] != "held"), "{arrivals:?}");

    let smtp = service.smtp_address().expect("SMTP").to_string();
    let shown = || fingerprint(&openssl_client(&smtp));
    assert_eq!(shown(), first);
    let second = issue();
    run(Command::new("kill").args(["-HUP", &service.pid().to_string()]));
    eventually("the new certificate to be shown", || (shown() == second).then_some(()));
    assert!(
        !Command::new("openssl")
            .args(["s_client", "-connect", &smtp, "-starttls", "smtp", "-tls1_1"])
            .output()
            .expect("openssl runs")
            .status
            .success()
    );
}

fn openssl_client(server: &str) -> Vec<u8> {
    let client = Command::new("openssl")
        .args(["s_client", "-connect", server, "-starttls", "smtp"])
        .stdin(std::process::Stdio::null())
        .output();
    client.expect("openssl runs").stdout
}

fn fingerprint(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let begin = text.find("-----BEGIN CERTIFICATE-----").expect("a certificate");
    let end = text[begin..].find("-----END").expect("its end") + begin;
    text[begin..end].to_owned()
}
