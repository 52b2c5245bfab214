//! What is asked of a password, and what one lacks, in the language of the page.

use store::office::PasswordRule;

use super::lang::Lang;
use crate::password::{Weak, shortest};

/// What is asked, as the form says it.
pub fn rule(l: &Lang, rules: &[PasswordRule]) -> String {
    let least = shortest(rules) as u64;
    if rules.contains(&PasswordRule::Classic) { l.n("password.rule_classic", least) } else { l.n("password.rule_long", least) }
}

/// What one lacks.
pub fn lack(l: &Lang, weak: &Weak) -> String {
    match weak {
        Weak::Short(least) => l.n("password.short", *least as u64),
        Weak::Long(most) => l.n("password.long", *most as u64),
        Weak::Common => l.t("password.common").to_owned(),
        Weak::Kinds(kinds) => {
            let word = |kind: &&str| match *kind {
                "digit" => l.t("password.digit"),
                "upper" => l.t("password.upper"),
                "lower" => l.t("password.lower"),
                _ => l.t("password.sign"),
            };
            l.with("password.lacks", kinds.iter().map(word).collect::<Vec<_>>().join(", "))
        }
    }
}
