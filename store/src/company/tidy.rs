//! What is said of a company, in the one form in which it is kept: tax ids and accounts are compared with what papers say.

use ocr::value::country::Country;
use ocr::value::iban::Iban;
use ocr::value::tax_id::{TaxId, TaxIdError, compact};

use super::CompanyFacts;
use crate::error::{Error, Result};
use crate::id::CompanyId;
use crate::office::{check_country, check_language};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::user;

/// Characters of a name, at most.
const NAME: usize = 200;

/// The facts as they are kept, or what is wrong with them.
pub(crate) fn tidy(mut facts: CompanyFacts) -> Result<CompanyFacts> {
    facts.name = facts.name.trim().to_owned();
    if facts.name.is_empty() {
        return Err(Error::invalid("name", "A company needs a name."));
    }
    if facts.name.chars().count() > NAME || facts.name.contains(char::is_control) {
        return Err(Error::invalid("name", format!("A name has {NAME} characters at most, on one line.")));
    }
    check_country(&facts.country)?;
    if let Some(language) = &facts.language {
        check_language(language)?;
    }
    if let Some(contact) = &facts.contact {
        user::acceptable(contact).map_err(|_| Error::invalid("contact", format!("{contact:?} is no mail address.")))?;
    }
    facts.tax_ids = facts.tax_ids.iter().map(|said| tax_id(said, &facts.country)).collect::<Result<_>>()?;
    facts.bank_accounts = facts.bank_accounts.iter().map(|said| account(said)).collect::<Result<_>>()?;
    Ok(facts)
}

/// Country code and characters. Numbers of countries whose rules are not known here are taken as they are written.
fn tax_id(said: &str, country: &str) -> Result<String> {
    match TaxId::parse(said, Country::parse(country)) {
        Ok(id) => Ok(id.to_string()),
        Err(TaxIdError::Unknown) if !compact(said).is_empty() => {
            let plain = compact(said);
            Ok(if plain.starts_with(country) { plain } else { format!("{country}{plain}") })
        }
        Err(error) => Err(Error::invalid("tax_ids", format!("{said:?} is no tax id of {country}: {error}."))),
    }
}

fn account(said: &str) -> Result<String> {
    let iban = Iban::parse(said).map_err(|error| Error::invalid("bank_accounts", format!("{said:?} is no IBAN: {error}.")))?;
    Ok(iban.as_str().to_owned())
}

/// A conflict where the office works for this company already, by name and tax id: its papers would be looked for in two places.
/// Another name is another company: the schools of a Polish commune all have the commune's number.
pub(crate) async fn none_has(tx: &mut Tx, scope: &Scope, facts: &CompanyFacts) -> Result<()> {
    let sql = "SELECT id, name, tax_ids FROM company WHERE office_id = $1 AND closed_at IS NULL AND tax_ids <> '[]'";
    for row in tx.fetch_all(sql, params![scope.office()]).await? {
        let mut c = row.columns();
        let (_, name, theirs): (CompanyId, String, Vec<String>) = (c.parse()?, c.text()?, c.json()?);
        let id = facts.tax_ids.iter().find(|id| theirs.contains(id));
        if let Some(id) = id.filter(|_| name.to_lowercase() == facts.name.to_lowercase()) {
            return Err(Error::conflict("exists", format!("A company with the tax id {id} is there already: {name}.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(tax_id: &str) -> CompanyFacts {
        CompanyFacts { name: " Młyn ".to_owned(), tax_ids: vec![tax_id.to_owned()], ..CompanyFacts::default() }
    }

    #[test]
    fn numbers_are_kept_in_one_form() {
        for said in ["526-025-09-95", "PL 526 025 09 95", "pl5260250995", "5260250995"] {
            let kept = tidy(facts(said)).unwrap();
            assert_eq!((kept.name.as_str(), kept.tax_ids), ("Młyn", vec!["PL5260250995".to_owned()]), "{said}");
        }
        let abroad = tidy(CompanyFacts { country: "JP".to_owned(), ..facts("T12-34") }).unwrap();
        assert_eq!(abroad.tax_ids, ["JPT1234"]);
        let accounts = vec!["61 1090 1014 0000 0712 1981 2874".to_owned()];
        let kept = tidy(CompanyFacts { bank_accounts: accounts, ..facts("5260250995") }).unwrap();
        assert_eq!(kept.bank_accounts, ["PL61109010140000071219812874"]);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let text = |text: &str| Some(text.to_owned());
        for (wrong, field) in [
            (facts("526-025-09-96"), "tax_ids"),
            (facts("526"), "tax_ids"),
            (facts(" - "), "tax_ids"),
            (CompanyFacts { name: "a\0b".to_owned(), ..facts("5260250995") }, "name"),
            (CompanyFacts { name: "ż".repeat(201), ..facts("5260250995") }, "name"),
            (CompanyFacts { contact: text("biuro@x.example\r\nBcc: y@x.example"), ..facts("5260250995") }, "contact"),
            (CompanyFacts { language: text("klingon"), ..facts("5260250995") }, "language"),
            (CompanyFacts { bank_accounts: vec!["123".to_owned()], ..facts("5260250995") }, "bank_accounts"),
        ] {
            match tidy(wrong) {
                Err(Error::Invalid { code, .. }) => assert_eq!(code, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    }
}
