//! Byte ranges (RFC 9110 §14): one range is served; several, or a form we do not know, give the whole file, as the RFC allows.

use std::ops::Range;

/// What a Range header asks of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Nothing that the file has: 416.
    Outside,
}

/// Reads a Range header against a file of `size` bytes.
pub fn asked(header: Option<&str>, size: u64) -> Asked {
    let Some(spec) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else { return Asked::Whole };
    let Some((first, last)) = spec.split_once('-') else { return Asked::Whole };
    let number = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.parse::<u64>().ok(),
        false => None,
    };
    match (number(first.trim()), number(last.trim()), first.trim().is_empty(), last.trim().is_empty()) {
        (_, Some(0), true, _) => Asked::Outside,
        (_, Some(length), true, _) if size > 0 => Asked::Part(size.saturating_sub(length)..size),
        (Some(from), _, _, true) if from < size => Asked::Part(from..size),
        (Some(from), Some(to), _, _) if from <= to && from < size => Asked::Part(from..to.saturating_add(1).min(size)),
        (Some(from), Some(to), _, _) if from > to => Asked::Whole,
        (Some(_), Some(_), _, _) | (Some(_), _, _, true) | (_, Some(_), true, _) => Asked::Outside,
        _ => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, want) in [
            (None, Asked::Whole),
            (Some("bytes=0-0"), Asked::Part(0..1)),
            (Some("bytes=2-5"), Asked::Part(2..6)),
            (Some("bytes=2-"), Asked::Part(2..10)),
            (Some("bytes=-3"), Asked::Part(7..10)),
            (Some("bytes=-30"), Asked::Part(0..10)),
            (Some("bytes=5-18446744073709551615"), Asked::Part(5..10)),
            (Some("bytes=-0"), Asked::Outside),
            (Some("bytes=10-"), Asked::Outside),
            (Some("bytes=10-20"), Asked::Outside),
            (Some("bytes=5-2"), Asked::Whole),
            (Some("bytes=0-1,3-4"), Asked::Whole),
            (Some("lines=0-1"), Asked::Whole),
            (Some("bytes=a-b"), Asked::Whole),
            (Some("bytes=-"), Asked::Whole),
        ] {
            assert_eq!(asked(header, 10), want, "{header:?}");
        }
        assert_eq!(asked(Some("bytes=-3"), 0), Asked::Outside);
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Outside);
    }
}
