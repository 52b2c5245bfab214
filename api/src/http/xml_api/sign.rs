//! The signature of a call: all parameters but the signature, sorted by name, `name=value` without anything between, URL-encoded as a
//! whole, the token behind it, MD5. The token is derived from an API token's id under the office's key, so that nothing more is kept.

use std::fmt::Write;

use jiff::Timestamp;
use md5::{Digest, Md5};
use sha2::Sha256;
use store::{TokenId, token};

use super::Parameters;
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::problem::{Code, Problem};

/// Who signed.
pub async fn verify(app: &App, parameters: &Parameters) -> Result<Caller, Problem> {
    let no = || Problem::with(Code::Unauthorized, "The signature does not fit: username, req_id and req_sig are needed.");
    let given = |name: &str| parameters.get(name).filter(|value| !value.is_empty()).ok_or_else(no);
    let (username, signature) = (given("username")?, given("req_sig")?.to_lowercase());
    given("req_id")?;
    let id: TokenId = username.parse().map_err(|_| no())?;
    let (scope, secret) = token::signed_by(app.store(), id, Timestamp::now()).await?.ok_or_else(no)?;
    let base = base(parameters);
    // Programs differ in whether they encode the tilde and the asterisk.
    let fits = ["*-._", "-._~", "*-._~", "-._"].iter().any(|kept| same(&md5(&encode(&base, kept), &secret), &signature));
    if fits { Ok(Caller { scope, secret: format!("xml {username}") }) } else { Err(no()) }
}

fn base(parameters: &Parameters) -> String {
    parameters.iter().filter(|(name, _)| *name != "req_sig").map(|(name, value)| format!("{name}={value}")).collect()
}

fn encode(text: &str, kept: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut out, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other if kept.as_bytes().contains(&other) => out.push(char::from(other)),
            other => _ = write!(out, "%{other:02X}"),
        }
        out
    })
}

fn md5(encoded: &str, token: &str) -> String {
    Md5::digest(format!("{encoded}{token}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compared by their hashes, so that the time it takes says nothing.
fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted by Python: hashlib.md5((quote_plus("req_id=20151007username=bk policy") + "t0ken").encode()).hexdigest().
    #[test]
    fn the_signature_is_what_other_programs_count() {
        let parameters: Parameters = [("username", "bk policy"), ("req_id", "20151007"), ("req_sig", "x")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
        assert_eq!(base(&parameters), "req_id=20151007username=bk policy");
        assert_eq!(encode(&base(&parameters), "-._~"), "req_id%3D20151007username%3Dbk+policy");
        assert_eq!(md5(&encode(&base(&parameters), "-._~"), "t0ken"), "f0d9d64d0b844c18968240764b2c132b");
    }
}
