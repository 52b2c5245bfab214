//! Time-based one-time codes (RFC 6238) as authenticator apps make them: SHA-1, six digits, steps of 30 seconds.

use aws_lc_rs::{constant_time, hmac, rand};
use jiff::Timestamp;

/// Seconds of a step.
const STEP: i64 = 30;
/// Steps before and after the present one that are taken: clocks differ.
const AROUND: [i64; 3] = [0, -1, 1];
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret of 160 bits, in base32.
pub fn secret() -> Result<String, String> {
    let mut bytes = [0u8; 20];
    rand::fill(&mut bytes).map_err(|_| "no randomness".to_owned())?;
    Ok(base32(&bytes))
}

/// The step whose code this is, if it is one of now.
pub fn step_of(secret: &str, code: &str, now: Timestamp) -> Option<i64> {
    let key = unbase32(secret)?;
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let present = now.as_second() / STEP;
    AROUND.into_iter().map(|by| present + by).find(|step| {
        let right = code_of(&key, *step);
        constant_time::verify_slices_are_equal(right.as_bytes(), digits.as_bytes()).is_ok()
    })
}

/// The address that an app reads from a QR code.
pub fn address(secret: &str, account: &str) -> String {
    let escape = |text: &str| -> String {
        text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    format!("otpauth://totp/Postroom:{}?secret={secret}&issuer=Postroom", escape(account))
}

fn code_of(key: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    // Dynamic truncation (RFC 4226 §5.3): the last four bits say where the number is.
    let at = usize::from(bytes[bytes.len() - 1] & 0x0f);
    let number = bytes[at..at + 4].iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
        bits &= (1 << held) - 1;
    }
    out
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for c in text.bytes() {
        bits = bits << 5 | u32::try_from(ALPHABET.iter().position(|one| *one == c)?).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 255) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_rfc() {
        // RFC 6238 appendix B, SHA-1, the last six of its eight digits.
        let secret = base32(b"12345678901234567890");
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            let now = Timestamp::from_second(time).unwrap();
            assert_eq!(step_of(&secret, code, now), Some(time / 30), "{time}");
            assert_eq!(step_of(&secret, code, now + std::time::Duration::from_secs(90)), None);
        }
        assert_eq!(step_of(&secret, "", Timestamp::from_second(59).unwrap()), None);
        assert_eq!(unbase32(&super::secret().unwrap()).unwrap().len(), 20);
    }
}
