//! What a dialogue is for: mail from other servers, from devices that sign in, or from the server next door.

/// The kind of door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// Mail from other servers (RFC 5321).
    #[default]
    Smtp,
    /// Mail from devices that sign in (RFC 6409).
    Submission,
    /// Mail from a server that keeps a queue of its own and wants an answer for each recipient (RFC 2033).
    Lmtp,
}

/// How far encryption is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// There is none to be had.
    #[default]
    None,
    /// STARTTLS is offered.
    Offered,
    /// On.
    On,
}

/// What a session may do, known before it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facing {
    /// The kind of door.
    pub door: Door,
    /// How far encryption is.
    pub encryption: Encryption,
}

impl Facing {
    /// Whether AUTH is offered: never where the secret could be read on the way (RFC 4954 section 4).
    pub fn offers_auth(self) -> bool {
        self.door == Door::Submission && self.encryption == Encryption::On
    }
}
