//! Files that somebody who is known brings: browser, app, program, command line. No gate: the login decided.

use bytes::Bytes;
use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType};
use ocr::split::Split;
use store::accept::{self, Accepted, Arrival, Channel, Verdict};
use store::{CompanyId, Scope, Store, UserId};

use crate::gate::clean;

/// One file on its way in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// For which company; it must be within the scope.
    pub company: CompanyId,
    /// [`Channel::Upload`], [`Channel::Link`] or [`Channel::Import`].
    pub channel: Channel,
    /// Who brings it, if it is a person.
    pub user: Option<UserId>,
    /// From where, if over the network.
    pub peer: Option<String>,
    /// The file's name: shown, never used as a path.
    pub file_name: Option<String>,
    /// `YYYY-MM`, if said.
    pub period: Option<String>,
    /// If said.
    pub direction: Direction,
    /// If said.
    pub document_type: Option<DocumentType>,
    /// How the file is divided into papers, if said.
    pub split: Option<Split>,
    /// It is an archive of the pages of one paper.
    pub together: bool,
    /// The file.
    pub bytes: Bytes,
}

/// Keeps a file. `Ok` means durable; [`Accepted::duplicate`] that the same bytes came within 7 days. A company outside the
/// scope does not exist; a role that may not send is refused.
pub async fn upload(store: &Store, scope: &Scope, upload: Upload) -> Result<Accepted, store::Error> {
    if !scope.role().may_send() {
        return Err(store::Error::Forbidden);
    }
    if !scope.includes(upload.company) {
        return Err(store::Error::NotFound);
    }
    if upload.bytes.is_empty() {
        return Err(store::Error::Invalid { code: "empty", message: "The file is empty.".to_owned() });
    }
    let arrival = Arrival {
        office: scope.office(),
        company: upload.company,
        channel: upload.channel,
        verdict: Verdict::Admit,
        reverse_path: String::new(),
        forward_path: String::new(),
        peer: upload.peer,
        mail_from: None,
        subject: None,
        message_id: None,
        file_name: upload.file_name.as_deref().map(file_name),
        user: upload.user,
        period: upload.period,
        direction: upload.direction,
        document_type: upload.document_type,
        authentication: None,
        split: upload.split,
        together: upload.together,
        raw: upload.bytes,
        received_at: Timestamp::now(),
    };
    accept::arrival(store, arrival).await
}

/// The last component of what a browser sent as a name, without what disturbs a display.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean = clean(last);
    clean.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_are_for_display_only() {
        assert_eq!(file_name("C:\\fakepath\\Faktura żółta.pdf"), "Faktura żółta.pdf");
        assert_eq!(file_name("../../etc/cron.d/x.pdf"), "x.pdf");
        assert_eq!(file_name("a\0b\n\u{202e}fdp.exe"), "a b fdp.exe");
    }
}
