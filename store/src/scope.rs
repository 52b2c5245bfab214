//! The scope: which rows someone may see, and as whom. It is the only door to the rows of an office.

use std::collections::BTreeSet;

use ocr::reading::DocumentType;

use crate::error::{Error, Result};
use crate::id::{CompanyId, LinkId, OfficeId, TokenId, UserId};
use crate::sql::{Reach, Value, marks};
use crate::word::{self, words};

words! {
    /// What a user or token may do.
    pub enum Role {
        /// The office's owner: everything, users included.
        Owner = "owner",
        /// As owner, but cannot remove the owner.
        Admin = "admin",
        /// Works on papers of the companies given to them.
        Bookkeeper = "bookkeeper",
        /// Looks, changes nothing.
        ReadOnly = "read_only",
        /// The client: their company's papers and members.
        CompanyAdmin = "company_admin",
        /// The client's people: sends papers, sees what became of them.
        CompanyMember = "company_member",
        /// A device: sends papers for one company, sees nothing.
        Scanner = "scanner",
    }
}

impl Role {
    /// True for roles of the office, false for those of a company.
    pub fn is_office(self) -> bool {
        matches!(self, Role::Owner | Role::Admin | Role::Bookkeeper | Role::ReadOnly)
    }

    /// May change the office: companies, addresses, PINs, users, tokens.
    pub fn may_manage(self) -> bool {
        matches!(self, Role::Owner | Role::Admin)
    }

    /// May work on papers: correct, approve, reject, trash, decide held mails.
    pub fn may_work(self) -> bool {
        matches!(self, Role::Owner | Role::Admin | Role::Bookkeeper)
    }

    /// May send papers in.
    pub fn may_send(self) -> bool {
        self != Role::ReadOnly
    }

    /// May say something about papers.
    pub fn may_speak(self) -> bool {
        self.may_work() || matches!(self, Role::CompanyAdmin | Role::CompanyMember)
    }

    /// May look at papers.
    pub fn may_see(self) -> bool {
        self != Role::Scanner
    }
}

/// Which companies of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Companies {
    /// All, also those added later.
    All,
    /// These.
    Set(BTreeSet<CompanyId>),
}

/// Who does it, for the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User(UserId),
    /// A program with a token.
    Token(TokenId),
    /// Whoever has an upload link.
    Link(LinkId),
    /// The intake.
    Intake,
    /// A worker.
    Worker,
    /// Someone at the machine itself, with the command line.
    Operator,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Actor::User(id) => write!(f, "user:{id}"),
            Actor::Token(id) => write!(f, "token:{id}"),
            Actor::Link(id) => write!(f, "link:{id}"),
            Actor::Intake => f.write_str("intake"),
            Actor::Worker => f.write_str("worker"),
            Actor::Operator => f.write_str("operator"),
        }
    }
}

/// What someone may see and do. Made from a verified login or token (`session`, `token`), or by the few constructors here, which
/// are for the service itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    office: OfficeId,
    companies: Companies,
    role: Role,
    actor: Actor,
    sight: Sight,
}

/// What of the papers of its companies a scope does not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    /// All but what the person sent.
    pub own_only: bool,
    /// Papers of these types, but for those that the person sent.
    pub hidden: BTreeSet<DocumentType>,
}

/// What the rows of a query are, to say which of them a scope shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Documents.
    Documents,
    /// Rows with a `document_id`.
    OfDocuments,
    /// Submissions.
    Submissions,
    /// Rows with a `submission_id`.
    OfSubmissions,
    /// Batches: one is shown where all that is in it is.
    Batches,
    /// Rows with a `subject_id`, which may be a document or a submission.
    Subjects,
}

impl Scope {
    pub(crate) fn new(office: OfficeId, companies: Companies, role: Role, actor: Actor) -> Scope {
        Scope { office, companies, role, actor, sight: Sight::default() }
    }

    pub(crate) fn with_sight(self, sight: Sight) -> Scope {
        Scope { sight, ..self }
    }

    /// True where not all papers of the companies are shown.
    pub(crate) fn sees_a_part(&self) -> bool {
        self.sight != Sight::default()
    }

    /// The same companies for the service's own work on behalf of the caller, where nothing of what is found reaches them: with all
    /// papers and all that the office wrote on them.
    pub(crate) fn all_papers(&self) -> Scope {
        Scope { role: Role::Bookkeeper, sight: Sight::default(), ..self.clone() }
    }

    /// The intake, for the one company a mail was found to be for. It may send and nothing else.
    pub fn intake(office: OfficeId, company: CompanyId) -> Scope {
        Scope::new(office, Companies::Set([company].into()), Role::Scanner, Actor::Intake)
    }

    /// A worker on a job of this company.
    pub(crate) fn worker(office: OfficeId, company: CompanyId) -> Scope {
        Scope::new(office, Companies::Set([company].into()), Role::Bookkeeper, Actor::Worker)
    }

    /// The service itself, at what the office told it to do by itself.
    pub fn service(office: OfficeId) -> Scope {
        Scope::new(office, Companies::All, Role::Bookkeeper, Actor::Worker)
    }

    /// Someone at the machine itself: the command line. Whoever can start it can read the data folder anyway.
    pub fn operator(office: OfficeId) -> Scope {
        Scope::new(office, Companies::All, Role::Owner, Actor::Operator)
    }

    /// The office.
    pub fn office(&self) -> OfficeId {
        self.office
    }

    /// The companies.
    pub fn companies(&self) -> &Companies {
        &self.companies
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Who.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// True where the company is within the scope. Whether it exists is another question.
    pub fn includes(&self, company: CompanyId) -> bool {
        match &self.companies {
            Companies::All => true,
            Companies::Set(set) => set.contains(&company),
        }
    }

    /// [`Error::NotFound`] for a company that is not within the scope: it does not exist for this caller.
    pub(crate) fn require(&self, company: CompanyId) -> Result<()> {
        if self.includes(company) { Ok(()) } else { Err(Error::NotFound) }
    }

    /// [`Error::Forbidden`] unless the role may.
    pub(crate) fn allow(&self, may: fn(Role) -> bool) -> Result<()> {
        if may(self.role) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// [`Error::Forbidden`] unless it is a role of the office that may manage all of it.
    pub(crate) fn allow_manage(&self) -> Result<()> {
        if self.role.may_manage() && self.companies == Companies::All { Ok(()) } else { Err(Error::Forbidden) }
    }

    pub(crate) fn reach(&self) -> Reach {
        let companies = match &self.companies {
            Companies::All => None,
            Companies::Set(set) => Some(set.iter().map(CompanyId::to_string).collect::<Vec<_>>().join(",")),
        };
        Reach::Office { office: self.office, companies }
    }

    /// As [`Scope::condition`], for rows that are papers or belong to papers. This is the one place that knows which papers a member
    /// does not see who is limited to their own, and whom the office's restricted types are hidden from.
    pub(crate) fn papers(&self, rows: Rows, prefix: &str, params: &mut Vec<Value>) -> String {
        let mut sql = self.condition(prefix, params);
        sql.push_str(&self.only_shown(rows, prefix, params));
        sql
    }

    /// The second half of it: ` AND …`, or nothing where all papers are shown.
    pub(crate) fn only_shown(&self, rows: Rows, prefix: &str, params: &mut Vec<Value>) -> String {
        if !self.sees_a_part() {
            return String::new();
        }
        let shown = Shown::new(self, params);
        let of = |table: &'static str| if prefix.is_empty() { format!("{table}.") } else { prefix.to_owned() };
        let office = &shown.office;
        let paper = |id: &str| {
            let rule = shown.document("paper.");
            format!("EXISTS (SELECT 1 FROM document paper WHERE paper.office_id = {office} AND paper.id = {id} AND {rule})")
        };
        let mail = |id: &str| {
            let rule = shown.submission("mail.");
            format!("EXISTS (SELECT 1 FROM submission mail WHERE mail.office_id = {office} AND mail.id = {id} AND {rule})")
        };
        let rule = match rows {
            Rows::Documents => shown.document(&of("document")),
            Rows::OfDocuments => paper(&format!("{prefix}document_id")),
            Rows::Submissions => shown.submission(&of("submission")),
            Rows::OfSubmissions => mail(&format!("{prefix}submission_id")),
            Rows::Batches => format!(
                "NOT EXISTS (SELECT 1 FROM batch_document entry JOIN document paper ON paper.id = entry.document_id
                 WHERE entry.batch_id = {}id AND NOT {})",
                of("batch"),
                shown.document("paper.")
            ),
            Rows::Subjects => {
                let id = format!("{prefix}subject_id");
                let neither = format!(
                    "NOT EXISTS (SELECT 1 FROM document any_paper WHERE any_paper.office_id = {office} AND any_paper.id = {id})
                     AND NOT EXISTS (SELECT 1 FROM submission any_mail WHERE any_mail.office_id = {office} AND any_mail.id = {id})"
                );
                let other = if self.sight.own_only { String::new() } else { format!(" OR ({neither})") };
                format!("({} OR {}{other})", paper(&id), mail(&id))
            }
        };
        format!(" AND {rule}")
    }

    /// Appends the office and, where the scope is narrower, its companies to a condition: `office_id = $n AND company_id IN (…)`.
    pub(crate) fn condition(&self, prefix: &str, params: &mut Vec<Value>) -> String {
        params.push(self.office.into());
        let mut sql = format!("{prefix}office_id = ${}", params.len());
        if let Companies::Set(set) = &self.companies {
            // An empty set is within no company: NULL matches nothing.
            let list = if set.is_empty() { "NULL".to_owned() } else { marks(params, set.iter().copied()) };
            sql.push_str(&format!(" AND {prefix}company_id IN ({list})"));
        }
        sql
    }
}

/// Places of the values that the rule of a [`Sight`] needs.
struct Shown {
    office: String,
    user: Option<String>,
    hidden: Option<String>,
}

impl Shown {
    fn new(scope: &Scope, params: &mut Vec<Value>) -> Shown {
        let office = marks(params, [scope.office]);
        let user = match scope.actor {
            Actor::User(user) => Some(marks(params, [user])),
            _ => None,
        };
        let types = scope.sight.hidden.iter().map(|kind| word::document_type(*kind));
        let hidden = (!scope.sight.own_only).then(|| marks(params, types));
        Shown { office, user, hidden }
    }

    /// That a document of `prefix` is shown.
    fn document(&self, prefix: &str) -> String {
        let office = &self.office;
        let mine = self.user.as_ref().map(|user| {
            format!(
                "{prefix}submission_id IN (SELECT sent.id FROM submission sent WHERE sent.office_id = {office} AND sent.user_id = {user})"
            )
        });
        match (&self.hidden, mine) {
            (Some(hidden), Some(mine)) => format!("({prefix}document_type NOT IN ({hidden}) OR {mine})"),
            (Some(hidden), None) => format!("{prefix}document_type NOT IN ({hidden})"),
            (None, Some(mine)) => mine,
            // Limited to what nobody sent.
            (None, None) => "1 = 0".to_owned(),
        }
    }

    /// That a submission of `prefix` is shown: a mail with one hidden paper is hidden as a whole, since it shows all its parts.
    fn submission(&self, prefix: &str) -> String {
        let mine = self.user.as_ref().map(|user| format!("{prefix}user_id = {user}"));
        let Some(hidden) = &self.hidden else { return mine.unwrap_or_else(|| "1 = 0".to_owned()) };
        let or = mine.map(|mine| format!(" OR {mine}")).unwrap_or_default();
        format!(
            "((COALESCE({prefix}document_type, '') NOT IN ({hidden}) AND NOT EXISTS (SELECT 1 FROM document within
               WHERE within.submission_id = {prefix}id AND within.document_type IN ({hidden}))){or})"
        )
    }
}
