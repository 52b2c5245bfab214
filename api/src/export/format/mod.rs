//! The writers: one module a form of file. Each names the documentation it was made from, and who checks its files.

mod columns;
mod csv;
mod dominio;
mod epp;
mod extf;
mod jpk;
mod ledger;
mod optima;
mod originals;
mod saga;
mod structured;
#[cfg(test)]
mod tests;
mod xlsx;
mod xml;

pub use extf::{automatic_rate, year_start};
pub use xml::Xml;

use super::facts::Facts;
use super::profile::{Profile, Writer};
use super::{Ground, Original, Originals, Problem};

/// Whether a document with these originals has something in the file: a profile of e-invoices takes those of its formats alone.
pub fn takes_any(profile: &Profile, originals: &[Original]) -> bool {
    profile.writer != Writer::Structured || originals.iter().any(|file| structured::is(profile, file))
}

/// The bytes of a file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>], originals: &Originals) -> Result<Vec<u8>, Problem> {
    match ground.profile.writer {
        Writer::Csv => csv::write(papers),
        Writer::Xlsx => xlsx::write(papers),
        Writer::Originals => originals::write(papers, originals, &|_| true),
        Writer::Structured => originals::write(papers, originals, &|file| structured::is(ground.profile, file)),
        Writer::Epp => epp::write(ground, papers),
        Writer::Optima => optima::write(ground, papers),
        Writer::Jpk => jpk::write(ground, papers),
        Writer::Extf => extf::write(ground, papers),
        Writer::Ledger => ledger::write(ground, papers, originals),
        Writer::Saga => saga::write(ground, papers),
        Writer::Dominio => dominio::write(ground, papers),
    }
}
