//! The scope: which rows someone may see, and as whom. It is the only door to the rows of an office.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::id::{CompanyId, LinkId, OfficeId, TokenId, UserId};
use crate::sql::{Reach, Value, marks};
use crate::word::words;

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
}

impl Scope {
    pub(crate) fn new(office: OfficeId, companies: Companies, role: Role, actor: Actor) -> Scope {
        Scope { office, companies, role, actor }
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
