//! Values as they stand on invoices: normalising, checking, printing. Each is a newtype with `parse`.

pub mod access_key;
pub mod amount;
pub mod country;
pub mod currency;
pub mod date;
pub mod ettn;
pub mod iban;
pub mod ksef_number;
pub mod tax_id;
