//! Which form a whole number asks for (Unicode CLDR, cardinal rules; only their part for whole numbers).

/// The rule of a language, named in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// English, German, Turkish: one, other.
    One,
    /// Portuguese of Brazil: zero counts as one.
    ZeroOne,
    /// Polish: one, few (2–4, 22–24, not 12–14), many.
    Polish,
    /// Romanian: one, few (0, 2–19, 102–119), other.
    Romanian,
}

impl Rule {
    /// The rule of that name.
    pub fn named(name: &str) -> Rule {
        match name {
            "zero_one" => Rule::ZeroOne,
            "polish" => Rule::Polish,
            "romanian" => Rule::Romanian,
            _ => Rule::One,
        }
    }

    /// Forms that a text must have.
    #[cfg(test)]
    pub fn forms(self) -> &'static [&'static str] {
        match self {
            Rule::One | Rule::ZeroOne => &["one", "other"],
            Rule::Polish => &["one", "few", "many", "other"],
            Rule::Romanian => &["one", "few", "other"],
        }
    }

    /// The form of a number.
    pub fn form(self, n: u64) -> &'static str {
        let (ten, hundred) = (n % 10, n % 100);
        match self {
            Rule::One if n == 1 => "one",
            Rule::ZeroOne if n <= 1 => "one",
            Rule::Polish | Rule::Romanian if n == 1 => "one",
            Rule::Polish if (2..=4).contains(&ten) && !(12..=14).contains(&hundred) => "few",
            Rule::Polish => "many",
            Rule::Romanian if n == 0 || (1..=19).contains(&hundred) => "few",
            _ => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn forms_of_numbers() {
        let of = |rule: Rule| [0, 1, 2, 5, 12, 19, 20, 22, 101, 112].map(|n| rule.form(n));
        assert_eq!(of(Rule::One), ["other", "one", "other", "other", "other", "other", "other", "other", "other", "other"]);
        assert_eq!(of(Rule::ZeroOne)[..3], ["one", "one", "other"]);
        assert_eq!(of(Rule::Polish), ["many", "one", "few", "many", "many", "many", "many", "few", "many", "many"]);
        assert_eq!(of(Rule::Romanian), ["few", "one", "few", "few", "few", "few", "other", "other", "few", "few"]);
    }
}
