//! Ids: UUIDv7, one type a noun, so that they cannot be mixed up. Their order is the order of creation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = "uuid"))]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, later in order than those made before on this machine.
            #[allow(clippy::new_without_default)] // each call gives another value
            pub fn new() -> Self {
                $name(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::try_parse(text).map($name).map_err(|_| Error::invalid("id", "This is not an id."))
            }
        }

        impl From<$name> for crate::sql::Value {
            fn from(id: $name) -> Self {
                crate::sql::Value::Text(Some(id.to_string()))
            }
        }

        impl From<Option<$name>> for crate::sql::Value {
            fn from(id: Option<$name>) -> Self {
                crate::sql::Value::Text(id.map(|id| id.to_string()))
            }
        }
    )+};
}

ids! {
    /// An accounting office.
    OfficeId,
    /// A company, the office's client.
    CompanyId,
    /// An inbound address.
    AddressId,
    /// A secret alias.
    AliasId,
    /// A PIN.
    PinId,
    /// An authorised sender or forwarder.
    SenderId,
    /// A mailbox that is fetched from.
    MailboxId,
    /// A person who can sign in.
    UserId,
    /// A person's place in an office or company.
    MembershipId,
    /// A time in which somebody looks after another's companies.
    CoverId,
    /// An API token.
    TokenId,
    /// The login of a scanner or printer.
    DeviceId,
    /// A code for pairing an app.
    PairingId,
    /// A secret link for sending files.
    LinkId,
    /// A file that arrives in pieces.
    PartialId,
    /// A mail of ours.
    NoticeId,
    /// One arrival: a mail, an upload, a fetch.
    SubmissionId,
    /// A part of a submission.
    PartId,
    /// One paper.
    DocumentId,
    /// One reading of a paper.
    ReadingId,
    /// A job.
    JobId,
    /// An audit row.
    AuditId,
    /// A session of someone who signed in.
    SessionId,
    /// A passkey.
    PasskeyId,
    /// An invitation.
    InvitationId,
    /// A mail of ours on its way out.
    OutgoingId,
    /// A company being asked for the papers of a month.
    ChaseId,
    /// A list under a name.
    ViewId,
    /// A comment on a document.
    CommentId,
    /// What was handed over to an accounting program in one go.
    BatchId,
    /// An entry of the lists for booking.
    ChoiceId,
    /// A rule of booking.
    RuleId,
    /// What was learned about a layout of a seller.
    MemoryId,
    /// One person's talk about one document by mail.
    ThreadId,
    /// An address elsewhere that is told what happens.
    WebhookId,
    /// A message to a webhook.
    DeliveryId,
}
