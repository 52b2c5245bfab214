//! What the office keeps: offices and companies, submissions and documents, readings and reviews, jobs, people, audit rows and
//! blobs. The only SQL of the service is here.
//!
//! [`Store`] is the handle, cheap to clone. Each noun has a module whose functions take the store, then a [`Scope`] where
//! rows belong to a tenant. A state change is one function and one transaction; it writes its audit row and its event itself.
//! SQLite with local files and PostgreSQL with an object store behave the same: `tests/contract` runs on both pairs.
//!
//! Two rules for callers: a change that answers `Ok` is durable, and [`Error::Unavailable`] means that nobody knows or that
//! it did not happen; try again later, every operation bears that.

mod config;
mod door;
mod error;
mod id;
mod keys;
mod money;
mod scope;
mod sql;
mod store;
mod word;

pub mod accept;
pub mod address;
pub mod alarm;
pub mod archive;
pub mod audit;
pub mod backup;
pub mod batch;
pub mod blob;
pub mod booking;
pub mod chase;
pub mod comment;
pub mod company;
pub mod country;
pub mod cover;
pub mod desk;
pub mod device;
pub mod document;
pub mod ending;
pub mod event;
pub mod history;
pub mod invitation;
pub mod ksef;
pub mod lookup;
pub mod mailbox;
pub mod measure;
pub mod memory;
pub mod month;
pub mod move_in;
pub mod notice;
pub mod number;
pub mod office;
pub mod outgoing;
pub mod pack;
pub mod pairing;
pub mod part;
pub mod partial;
pub mod passkey;
pub mod period;
pub mod pin;
pub mod queue;
pub mod reading;
pub mod restriction;
pub mod review;
pub mod search;
pub mod sender;
pub mod session;
pub mod setting;
pub mod spv;
pub mod submission;
pub mod talk;
pub mod token;
pub mod trash;
pub mod upkeep;
pub mod upload_link;
pub mod used_key;
pub mod user;
pub mod view;
pub mod webhook;

pub use config::{BlobConfig, Config};
pub use error::{Error, Result};
pub use id::*;
pub use keys::Keys;
pub use scope::{Actor, Companies, Role, Scope};
pub use store::Store;
