//! What people type, as the program keeps it: days, months and amounts are written one way in one country and another way in the
//! next. What is none of these stays as it was typed, for the check behind to name it. `plain` in review.js says the same.

use jiff::civil::Date;

/// `3.7.2026`, `3/7/26` and `3-7` as `2026-07-03`; a day without a year is one of this year.
pub fn day(text: &str, today: Date) -> String {
    let parts: Vec<&str> =
        text.trim().trim_end_matches('.').split(['.', '/', '-', ' ']).filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.parse::<i16>().ok().filter(|_| part.len() <= 4);
    let year = match parts.as_slice() {
        [_, _] => Some(today.year()),
        [_, _, year] if year.len() == 4 => number(year),
        [_, _, year] if year.len() == 2 => number(year).map(|year| 2000 + year),
        _ => None,
    };
    let short = |part: Option<&&str>| part.filter(|part| part.len() <= 2).and_then(|part| part.parse::<i8>().ok());
    let made = || Date::new(year?, short(parts.get(1))?, short(parts.first())?).ok();
    made().map_or_else(|| text.trim().to_owned(), |day| day.to_string())
}

/// `7/2026`, `07.2026` and `2026-7` as `2026-07`.
pub fn month(text: &str) -> String {
    let parts: Vec<&str> = text.trim().split(['.', '/', '-', ' ']).collect();
    let (year, month) = match parts.as_slice() {
        [month, year] | [year, month] if year.len() == 4 && (1..=2).contains(&month.len()) => (year, month),
        _ => return text.trim().to_owned(),
    };
    let digits = year.chars().chain(month.chars()).all(|c| c.is_ascii_digit());
    if digits { format!("{year}-{month:0>2}") } else { text.trim().to_owned() }
}

/// `1 234,50`, `1.234,50` and `1,234.50` as `1234.50`: the later of the two marks is the decimal one, and one alone with three digits
/// behind it parts thousands.
pub fn amount(text: &str) -> String {
    let bare: String = text.trim().replace('−', "-").chars().filter(|c| !c.is_whitespace() && !['\'', '’'].contains(c)).collect();
    let digits = bare.strip_prefix('-').unwrap_or(&bare);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') {
        return text.trim().to_owned();
    }
    let whole = |part: &str| part.replace(['.', ','], "");
    match bare.rfind(['.', ',']) {
        Some(mark) if bare.len() - mark - 1 != 3 => format!("{}.{}", whole(&bare[..mark]), &bare[mark + 1..]),
        _ => whole(&bare),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_every_land() {
        let today = Date::constant(2026, 11, 23);
        for (typed, want) in [
            ("3.7.2026", "2026-07-03"),
            ("03/07/2026", "2026-07-03"),
            ("3-7-26", "2026-07-03"),
            ("6.11", "2026-11-06"),
            ("6.11.", "2026-11-06"),
            (" 2026-07-03 ", "2026-07-03"),
            ("31.02.2026", "31.02.2026"),
            ("abc", "abc"),
            ("", ""),
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.20266", "1.2.20266"),
        ] {
            assert_eq!(day(typed, today), want, "{typed}");
        }
    }

    #[test]
    fn months_of_every_land() {
        for (typed, want) in [
            ("7/2026", "2026-07"),
            ("07.2026", "2026-07"),
            ("2026-7", "2026-07"),
            ("2026-07", "2026-07"),
            ("lipiec", "lipiec"),
            ("", ""),
        ] {
            assert_eq!(month(typed), want, "{typed}");
        }
    }

    #[test]
    fn amounts_of_every_land() {
        for (typed, want) in [
            ("1 234,50", "1234.50"),
            ("1\u{a0}234,50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1'234.5", "1234.5"),
            ("−90,41", "-90.41"),
            ("1.234", "1234"),
            ("1234", "1234"),
            ("12,5", "12.5"),
            ("zł", "zł"),
            ("", ""),
            ("-", "-"),
        ] {
            assert_eq!(amount(typed), want, "{typed}");
        }
    }
}
