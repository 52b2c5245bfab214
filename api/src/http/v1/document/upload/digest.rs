//! Hashes that a client gives with its files: what arrived otherwise is refused, not kept.

use aws_lc_rs::digest;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use store::blob::Sha256;

use super::NewFile;
use crate::http::problem::{Answer, Code, Problem};

/// Compares each file with the hash given for it; none need be given, but then all must.
pub fn check(given: &[String], files: &[NewFile]) -> Answer<()> {
    if given.is_empty() {
        return Ok(());
    }
    // The header and the query may both name the one file.
    let of = |index: usize| if files.len() == 1 { given } else { given.get(index..=index).unwrap_or_default() };
    if files.len() > 1 && given.len() != files.len() {
        let message = format!("{} hashes came with {} files; give one for each.", given.len(), files.len());
        return Err(Problem::field(Code::BadRequest, "sha256", message));
    }
    for (index, file) in files.iter().enumerate() {
        let arrived = Sha256::of(&file.bytes);
        for hash in of(index) {
            check_one(hash, &arrived, file.name.as_deref())?;
        }
    }
    Ok(())
}

/// Compares a file with the hash given for it.
pub fn check_one(given: &str, arrived: &Sha256, name: Option<&str>) -> Answer<()> {
    let given = parse(given)?;
    if given == *arrived {
        return Ok(());
    }
    let name = name.unwrap_or("The file");
    Err(Problem::with(Code::Changed, format!("{name} arrived with the hash {arrived}, {given} was said; send it again.")))
}

/// A hash in hex.
pub fn parse(text: &str) -> Answer<Sha256> {
    let lower = text.trim().to_ascii_lowercase();
    lower.parse().map_err(|_| Problem::field(Code::BadRequest, "sha256", "A SHA-256 has 64 hex digits."))
}

/// All files of a request as one word.
pub fn of_all(files: &[NewFile]) -> String {
    files.iter().map(|file| Sha256::of(&file.bytes).as_str().to_owned()).collect::<Vec<_>>().join(" ")
}

/// The sha-256 of Content-Digest or Repr-Digest (RFC 9530 section 2: `sha-256=:…:`), in hex. Other algorithms are passed over.
pub fn of_headers(headers: &HeaderMap) -> Answer<Option<String>> {
    let fields = ["content-digest", "repr-digest"].iter().flat_map(|name| headers.get_all(*name));
    for item in fields.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let Some((name, value)) = item.trim().split_once('=') else { continue };
        if !name.eq_ignore_ascii_case("sha-256") {
            continue;
        }
        let wrong = || Problem::field(Code::BadRequest, "content-digest", "A digest is written sha-256=:base64:.");
        let text = value.trim().strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or_else(wrong)?;
        let bytes = STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 32).ok_or_else(wrong)?;
        return Ok(Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()));
    }
    Ok(None)
}

/// Algorithms of tus checksums, the first one as the protocol demands.
pub const ALGORITHMS: &str = "sha1,sha256";

/// Whether bytes fit an Upload-Checksum (`sha1 base64`).
pub fn fits(given: &str, bytes: &[u8]) -> Answer<bool> {
    let wrong =
        || Problem::field(Code::BadRequest, "upload-checksum", format!("Give one of {ALGORITHMS} and its value in base64."));
    let (name, value) = given.trim().split_once(' ').ok_or_else(wrong)?;
    let algorithm = match name.to_ascii_lowercase().as_str() {
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &digest::SHA256,
        _ => return Err(wrong()),
    };
    let value = STANDARD.decode(value.trim()).map_err(|_| wrong())?;
    Ok(digest::digest(algorithm, bytes).as_ref() == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_headers() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("content-digest", value.parse().unwrap());
            of_headers(&headers)
        };
        // RFC 9530 appendix A: the digest of {"hello": "world"} and a line feed.
        let hex = of("sha-512=:AAAA:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:").unwrap().unwrap();
        assert_eq!(hex, Sha256::of(b"{\"hello\": \"world\"}\n").as_str());
        assert_eq!(of("md5=:AAAA:").unwrap(), None);
        assert!(of("sha-256=RK/0").is_err() && of("sha-256=:AAAA:").is_err());
        assert!(fits("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", b"abc").unwrap() && !fits("sha1 AAAA", b"abc").unwrap());
        assert!(fits("crc32 AAAA", b"abc").is_err());
    }
}
