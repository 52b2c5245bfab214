//! Certificates of the tests' own, and the verifier of what is signed with them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What an independent reader of XML signatures finds in a document; `{"error": …}` where the signature does not hold. It may be asked to change the
/// document first.
pub fn verify_xades(document: &[u8], change: Option<(&str, &str)>) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var_os("POSTROOM_TEST_PYTHON").unwrap_or_else(|| root.join("../target/venv/bin/python").into());
    let changed = change.map(|(from, to)| {
        let text = String::from_utf8_lossy(document).into_owned();
        assert!(text.contains(from), "{from} is not in {text}");
        text.replace(from, to).into_bytes()
    });
    let mut child = Command::new(python)
        .arg(root.join("tools/verify_xades.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs (tests/tools/requirements.txt)");
    child.stdin.take().expect("piped").write_all(changed.as_deref().unwrap_or(document)).expect("writes");
    let output = child.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// SHA-256 of a certificate's DER, in hex.
pub fn fingerprint(pem: &str) -> String {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    Sha256::digest(STANDARD.decode(body).expect("base64")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A certificate of OpenSSL's making for this subject, and its key locked with the passphrase "hasło maślane", as KSeF's application gives them; `kind`
/// is `rsa:2048` or a curve.
pub fn certificate(subject: &str, kind: &str, days: u32) -> (String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (key, locked, own) = (folder.path().join("key"), folder.path().join("locked"), folder.path().join("own"));
    let curve = format!("ec_paramgen_curve:{kind}");
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-nodes", "-utf8", "-subj", subject, "-days", &days.to_string(), "-newkey"]);
    match kind.starts_with("rsa") {
        true => command.arg(kind),
        false => command.args(["ec", "-pkeyopt", &curve]),
    };
    super::run(command.arg("-keyout").arg(&key).arg("-out").arg(&own));
    let mut command = Command::new("openssl");
    command.args(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:hasło maślane", "-in"]);
    super::run(command.arg(&key).arg("-out").arg(&locked));
    let text = |file| std::fs::read_to_string(file).expect("written");
    (text(&own), text(&locked))
}

/// The passphrase of those keys.
pub const PASSPHRASE: &str = "hasło maślane";
