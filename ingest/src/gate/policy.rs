//! What a company wants done with mails.

use std::collections::BTreeMap;

use super::vocab::Paper;

/// What becomes of a mail that nothing vouches for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Without {
    /// It waits for the bookkeeper.
    #[default]
    Hold,
    /// The sending server is told at once.
    Refuse,
}

/// A company's rules for its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// For mails that nothing vouches for.
    pub without: Without,
    /// Mailboxes and `@domains` that need no PIN, once proved.
    pub senders: Vec<String>,
    /// The same for whoever forwards.
    pub forwarders: Vec<String>,
    /// Types beside the shipped ones, by code.
    pub types: BTreeMap<String, Paper>,
    /// Shortest PIN of the office.
    pub shortest_pin: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { without: Without::Hold, senders: Vec::new(), forwarders: Vec::new(), types: BTreeMap::new(), shortest_pin: 4 }
    }
}
