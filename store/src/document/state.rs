//! The one table of what may follow what.

use crate::error::{Error, Result};
use crate::word::words;

words! {
    /// Where a document is on its way.
    pub enum DocumentState {
        /// Nobody has looked.
        New = "new",
        /// A reader has it, or will soon.
        Reading = "reading",
        /// A person is to look.
        ToReview = "to_review",
        /// A person confirmed it.
        Approved = "approved",
        /// It is in a file that was handed over.
        Exported = "exported",
        /// Kept without booking: letters, contracts.
        Filed = "filed",
        /// Not to be booked.
        Rejected = "rejected",
    }
}

words! {
    /// What happens to a document.
    pub enum Action {
        /// A person or a rule wants it read.
        Read = "read",
        /// The reader is done with it, whatever came out.
        ReadingDone = "reading_done",
        /// A person corrects values.
        Correct = "correct",
        /// A person confirms it.
        Approve = "approve",
        /// A person takes a decision back.
        Reopen = "reopen",
        /// A person decides that it is not to be booked.
        Reject = "reject",
        /// A person files it.
        File = "file",
        /// It was handed over.
        Export = "export",
        /// The batch that handed it over was undone.
        TakeBack = "take_back",
    }
}

use Action::{Approve, Correct, Export, File, Read, ReadingDone, Reject, Reopen, TakeBack};
use DocumentState::{Approved, Exported, Filed, New, Reading, Rejected, ToReview};

/// State, action, next state. What is not here is not possible: a machine never changes what a person decided.
const TABLE: &[(DocumentState, Action, DocumentState)] = &[
    (New, Read, Reading),
    (New, Correct, ToReview),
    (New, Approve, Approved),
    (New, Reject, Rejected),
    (New, File, Filed),
    (Reading, ReadingDone, ToReview),
    (Reading, Reject, Rejected),
    (Reading, File, Filed),
    (ToReview, Read, Reading),
    (ToReview, Correct, ToReview),
    (ToReview, Approve, Approved),
    (ToReview, Reject, Rejected),
    (ToReview, File, Filed),
    (Approved, Reopen, ToReview),
    (Approved, Export, Exported),
    (Exported, Reopen, ToReview),
    (Exported, TakeBack, Approved),
    (Filed, Reopen, ToReview),
    (Rejected, Reopen, ToReview),
];

impl DocumentState {
    /// The state after `action`.
    pub fn after(self, action: Action) -> Result<DocumentState> {
        let row = TABLE.iter().find(|(from, by, _)| *from == self && *by == action);
        row.map(|(_, _, to)| *to).ok_or_else(|| {
            Error::conflict("state", format!("This document is {}; {} is not possible now.", self.as_str(), action.as_str()))
        })
    }

    /// What the client reads instead. What the accounting program said of an exported one comes before this word
    /// ([`BooksState::client_word`](super::BooksState::client_word)).
    pub fn client_word(self) -> &'static str {
        match self {
            New | Reading => "received",
            ToReview => "being_checked",
            Approved => "accepted",
            Exported => "handed_over",
            Filed => "filed",
            Rejected => "rejected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_cannot_touch_what_a_person_decided() {
        for state in [Approved, Exported, Filed, Rejected] {
            assert!(state.after(Read).is_err(), "{state}");
            assert!(state.after(ReadingDone).is_err(), "{state}");
            assert!(state.after(Correct).is_err(), "{state}");
            assert_eq!(state.after(Reopen).unwrap(), ToReview);
        }
    }

    #[test]
    fn each_pair_stands_once_and_every_state_can_be_left_and_reached() {
        for (i, (from, by, _)) in TABLE.iter().enumerate() {
            assert!(!TABLE[i + 1..].iter().any(|(f, b, _)| f == from && b == by), "{from} {by}");
        }
        for state in DocumentState::ALL {
            assert!(TABLE.iter().any(|(from, _, _)| from == state), "{state} is a dead end");
            assert!(*state == New || TABLE.iter().any(|(_, _, to)| to == state), "{state} cannot be reached");
        }
    }
}
