//! Money for filters and sorting: an integer of 1/10000 beside the text as printed.

/// `"1234.56"` gives 12345600. More than four decimals are rounded half away from zero; what is no plain decimal or does not
/// fit gives `None`.
pub fn ten_thousandths(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i64 = whole.parse().ok()?;
    for i in 0..4 {
        let digit = fraction.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    if fraction.as_bytes().get(4).is_some_and(|b| *b >= b'5') {
        value = value.checked_add(1)?;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ten_thousandths;

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any::<i64>().prop_filter("its negation must fit", |v| *v != i64::MIN)) {
            let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
            let text = format!("{sign}{}.{:04}", size / 10_000, size % 10_000);
            prop_assert_eq!(ten_thousandths(&text), Some(value));
        }

        #[test]
        fn nothing_makes_it_panic(text in ".*") {
            let _ = ten_thousandths(&text);
        }
    }

    #[test]
    fn reads_decimals_and_nothing_else() {
        for (text, want) in [
            ("0", Some(0)),
            ("1234.56", Some(12_345_600)),
            ("-0.5", Some(-5_000)),
            ("1.00005", Some(10_001)),
            ("-1.00005", Some(-10_001)),
            ("922337203685477.5807", Some(i64::MAX)),
            ("922337203685477.5808", None),
            ("99999999999999999999", None),
            ("1,5", None),
            ("", None),
            ("-", None),
            (".5", None),
            ("1e3", None),
        ] {
            assert_eq!(ten_thousandths(text), want, "{text}");
        }
    }
}
