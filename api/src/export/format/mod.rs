//! The writers: one module a form of file. Each names the documentation it was made from, and who checks its files.

mod columns;
mod csv;
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

pub use extf::year_start;
pub use xml::Xml;

use super::facts::Facts;
use super::profile::Writer;
use super::{Ground, Originals, Problem};

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
    }
}
