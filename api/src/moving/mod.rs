//! Moving in: an office brings its clients as a table. One implementation for the page, the API and the command line: bytes become a
//! table, the table becomes a plan in which each bad row says what to do, and the plan is carried out row by row.

pub mod archive;
mod columns;
mod invite;
mod plan;
mod run;
mod table;

pub use invite::{Which, send as send_invitations};
pub use plan::{Finding, Outcome, Plan, Row};
pub use run::{carry_out, make};
pub use table::Charset;
