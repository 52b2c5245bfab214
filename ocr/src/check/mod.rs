//! What can be said about a reading without asking anyone: sums, checksums, dates, addressee, rates.

pub(crate) mod rules;
