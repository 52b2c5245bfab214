//! Signatures by Standard Webhooks 1.0 ("Signature scheme"): HMAC-SHA256 of `id.timestamp.body` under the secret's bytes.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The `webhook-signature` header: one signature a secret.
pub fn header(secrets: &[String], id: &str, timestamp: i64, body: &str) -> String {
    let signatures = secrets.iter().map(|secret| format!("v1,{}", signature(secret, id, timestamp, body)));
    signatures.collect::<Vec<_>>().join(" ")
}

fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
    let text = secret.strip_prefix("whsec_").unwrap_or(secret);
    // Secrets are ours, so this is base64; whatever else it were, nothing signs with less than what there is.
    let key = STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    STANDARD.encode(hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes()))
}

#[cfg(test)]
mod tests {
    /// The example that the specification's libraries are tested with.
    #[test]
    fn the_published_example_is_signed_alike() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let (id, time, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        let one = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(super::header(std::slice::from_ref(&secret), id, time, body), one);
        let both = super::header(&["whsec_AAAA".to_owned(), secret], id, time, body);
        assert!(both.starts_with("v1,") && both.ends_with(&format!(" {one}")), "{both}");
    }
}
