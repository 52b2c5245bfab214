//! Moving in and out. An office brings its clients as a table: one implementation for the page, the API and the command line, in which
//! bytes become a table, the table a plan in which each bad row says what to do, and the plan is carried out row by row. An old archive
//! comes as a folder with a table; a whole company goes as a pack and comes in from one.

pub mod archive;
mod columns;
mod invite;
pub mod pack;
mod plan;
mod run;
mod table;
pub mod target;
pub mod unpack;

pub use invite::{Which, send as send_invitations};
pub use plan::{Finding, Outcome, Plan, Row};
pub use run::{carry_out, make};
pub use table::Charset;
