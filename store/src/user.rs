//! People who can sign in, and their places in offices and companies. A person is one row however many offices they work with.

mod erase;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ocr::reading::DocumentType;
use serde::Serialize;

use crate::audit::{self, Note};
use crate::cover;
use crate::error::{Error, Result};
use crate::id::{CompanyId, MembershipId, OfficeId, UserId};
use crate::restriction;
use crate::scope::{Actor, Companies, Role, Scope, Sight};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
pub use erase::erase;
pub(crate) use erase::erase_with;

/// Someone to be given a place.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Mail address: the name to sign in with.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// Argon2id hash in PHC form; none: they cannot sign in by password yet. Kept only for people not known before.
    pub password_hash: Option<String>,
    /// The company, for a place in a company; or for an office's person who works for this company only.
    pub company: Option<CompanyId>,
    /// What they may do there.
    pub role: Role,
    /// Sees of the company's papers only what they sent themselves; for a company's members alone.
    pub own_only: bool,
}

/// A person's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Id of the place.
    pub id: MembershipId,
    /// The person.
    pub user: UserId,
    /// Mail address.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// The company, if the place is in one.
    pub company: Option<CompanyId>,
    /// What they may do there.
    pub role: Role,
    /// Sees only what they sent themselves.
    pub own_only: bool,
    /// Set when the person may not sign in any more.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub disabled_at: Option<Timestamp>,
}

/// What signing in needs to know of a person.
#[derive(Clone, Debug)]
pub struct Login {
    /// The person.
    pub user: UserId,
    /// Argon2id hash in PHC form.
    pub password_hash: Option<String>,
    /// May not sign in.
    pub disabled: bool,
}

/// A person who signed in, with all their places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identity {
    /// The person.
    pub user: UserId,
    /// Mail address.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// Office, company and role of each place, oldest first; companies that they look after for somebody else are among them.
    pub places: Vec<Place>,
    /// Types of papers that are not shown to them, by office; whoever manages an office or a company sees them nevertheless.
    #[serde(skip)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub(crate) hidden: BTreeMap<OfficeId, BTreeSet<DocumentType>>,
}

/// One place of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// The office.
    pub office: OfficeId,
    /// The company, if it is a place in one.
    pub company: Option<CompanyId>,
    /// What they may do there.
    pub role: Role,
    /// Sees only what they sent themselves.
    pub own_only: bool,
}

impl Identity {
    /// The scope of this person in an office; in the only one (or the first) if none is named. A place in the whole office decides;
    /// of several companies with different roles, the weakest role holds for all, so that none is wider than it was given.
    pub fn scope(&self, office: Option<OfficeId>) -> Result<Scope> {
        let office = office.or(self.places.first().map(|place| place.office)).ok_or(Error::Forbidden)?;
        let here: Vec<&Place> = self.places.iter().filter(|place| place.office == office).collect();
        let actor = Actor::User(self.user);
        let sight = |role| match restriction::applies(role) {
            true => self.hidden.get(&office).cloned().unwrap_or_default(),
            false => BTreeSet::new(),
        };
        if let Some(place) = here.iter().find(|place| place.company.is_none()) {
            let sight = Sight { own_only: false, hidden: sight(place.role) };
            return Ok(Scope::new(office, Companies::All, place.role, actor).with_sight(sight));
        }
        let role = here.iter().map(|place| place.role).max().ok_or(Error::NotFound)?;
        let companies = here.iter().filter_map(|place| place.company).collect();
        let sight = Sight { own_only: here.iter().any(|place| place.own_only), hidden: sight(role) };
        Ok(Scope::new(office, Companies::Set(companies), role, actor).with_sight(sight))
    }
}

/// Gives someone a place; makes the person if nobody has this mail address. An owner or admin does it for the office, a company's
/// admin for members and scanners of the company.
pub async fn add(store: &Store, scope: &Scope, member: NewMember) -> Result<UserId> {
    check(scope, &member)?;
    let scope_ = scope.clone();
    let user = store.write_internal(move |tx| Box::pin(async move { add_in(tx, &scope_, &member).await })).await?;
    store.cache().forget();
    Ok(user)
}

/// The same within a transaction; whether they may be given it was judged.
pub(crate) async fn add_in(tx: &mut Tx, scope: &Scope, member: &NewMember) -> Result<UserId> {
    let user = person(tx, &member.email.trim().to_lowercase(), member).await?;
    let id = MembershipId::new();
    tx.execute(
        "INSERT INTO membership (id, office_id, company_id, user_id, role, own_only, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, scope.office(), member.company, user, member.role, member.own_only, Timestamp::now()],
    )
    .await
    .map_err(|error| match error {
        Error::Conflict { code: "exists", .. } => Error::conflict("member", "This person has a place here already."),
        other => other,
    })?;
    let (office, company, actor, subject) = (scope.office(), member.company, scope.actor(), user.to_string());
    let values = member.role.as_str();
    audit::note(tx, Note { office, company, actor, action: "member.added", subject, values }).await?;
    Ok(user)
}

/// People of the office, or of the companies within the scope.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Member>> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let mut params = vec![];
    let condition = scope.condition("m.", &mut params);
    let sql = format!(
        "SELECT m.id, u.id, u.email, u.name, m.company_id, m.role, m.own_only, u.disabled_at
         FROM membership m JOIN users u ON u.id = m.user_id WHERE {condition} ORDER BY u.email, m.id"
    );
    store.read_internal().await?.fetch_all(sql, params).await?.into_iter().map(row).collect()
}

/// Names of the people of the office and its companies, as those may see them who see their work.
pub async fn names(store: &Store, scope: &Scope) -> Result<BTreeMap<UserId, String>> {
    scope.allow(|role| role.is_office())?;
    let sql = "SELECT DISTINCT u.id, u.name, u.email FROM membership m JOIN users u ON u.id = m.user_id WHERE m.office_id = $1";
    let rows = store.read_internal().await?.fetch_all(sql, params![scope.office()]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let (id, name, email) = (c.parse()?, c.text()?, c.text()?);
            Ok((id, if name.is_empty() { email } else { name }))
        })
        .collect()
}

/// Limits a company's member to what they sent themselves, or takes that limit away.
pub async fn limit(store: &Store, scope: &Scope, id: MembershipId, own_only: bool) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let scope_ = scope.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let mut params = params![id, own_only];
                let condition = scope_.condition("", &mut params);
                let sql = format!(
                    "UPDATE membership SET own_only = $2 WHERE {condition} AND id = $1 RETURNING user_id, company_id, role"
                );
                let mut c = tx.fetch_one(sql, params).await?.columns();
                let (user, company, role): (UserId, _, Role) = (c.parse()?, c.opt_parse()?, c.parse()?);
                limitable(role, own_only)?;
                let (office, actor, subject) = (scope_.office(), scope_.actor(), user.to_string());
                let values = if own_only { "own" } else { "all" };
                audit::note(tx, Note { office, company, actor, action: "member.limited", subject, values }).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

fn limitable(role: Role, own_only: bool) -> Result<()> {
    match own_only && role != Role::CompanyMember {
        true => Err(Error::invalid("own_only", "Only a company's member can be limited to their own papers.")),
        false => Ok(()),
    }
}

/// People of the office who work on papers, by name: whoever may be given one.
pub async fn colleagues(store: &Store, scope: &Scope) -> Result<Vec<(UserId, String)>> {
    scope.allow(|role| role.is_office())?;
    let sql = "SELECT DISTINCT u.id, u.name, u.email FROM membership m JOIN users u ON u.id = m.user_id
               WHERE m.office_id = $1 AND m.role IN ('owner', 'admin', 'bookkeeper') AND u.disabled_at IS NULL ORDER BY u.name, u.email";
    let rows = store.read_internal().await?.fetch_all(sql, params![scope.office()]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let (id, name, email) = (c.parse()?, c.text()?, c.text()?);
            Ok((id, if name.is_empty() { email } else { name }))
        })
        .collect()
}

/// Takes a place away, and the tokens made by its holder in this office. An owner's is the owners' to take; the last one stays.
pub async fn remove(store: &Store, scope: &Scope, id: MembershipId) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let scope_ = scope.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let mut params = params![id];
                let condition = scope_.condition("", &mut params);
                let sql = format!("DELETE FROM membership WHERE {condition} AND id = $1 RETURNING user_id, company_id, role");
                let mut c = tx.fetch_one(sql, params).await?.columns();
                let (user, company, role): (UserId, _, Role) = (c.parse()?, c.opt_parse()?, c.parse()?);
                if role.is_office() {
                    scope_.allow_manage()?;
                }
                if role == Role::Owner {
                    owners_only(&scope_)?;
                    keep_an_owner(tx, &scope_).await?;
                }
                let sql = "UPDATE token SET revoked_at = COALESCE(revoked_at, $3) WHERE office_id = $1 AND user_id = $2";
                tx.execute(sql, params![scope_.office(), user, Timestamp::now()]).await?;
                let (office, actor, subject) = (scope_.office(), scope_.actor(), user.to_string());
                let action = "member.removed";
                audit::note(tx, Note { office, company, actor, action, subject, values: role.as_str() }).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// What signing in with this mail address needs; none where nobody has it (say the same as for a wrong password, after the
/// same time).
pub async fn login(store: &Store, email: &str) -> Result<Option<Login>> {
    let sql = "SELECT id, password_hash, disabled_at FROM users WHERE email = $1";
    let row = store.read_internal().await?.fetch_optional(sql, params![email.trim().to_lowercase()]).await?;
    row.map(|row| {
        let mut c = row.columns();
        Ok(Login { user: c.parse()?, password_hash: c.opt_text()?, disabled: c.opt_time()?.is_some() })
    })
    .transpose()
}

/// The person with this mail address who has a place in an office and may sign in.
pub async fn member_of(store: &Store, office: OfficeId, email: &str) -> Result<Option<UserId>> {
    let sql = "SELECT u.id FROM users u WHERE u.email = $1 AND u.disabled_at IS NULL
               AND EXISTS (SELECT 1 FROM membership m WHERE m.user_id = u.id AND m.office_id = $2)";
    let row = store.read_internal().await?.fetch_optional(sql, params![email.trim().to_lowercase(), office]).await?;
    row.map(|row| row.columns().parse()).transpose()
}

/// Sets the password's hash and ends all sessions of the person. `actor` is the person, or who sat at the machine.
pub async fn set_password(store: &Store, user: UserId, hash: String, actor: Actor) -> Result<()> {
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                tx.execute("UPDATE users SET password_hash = $2 WHERE id = $1", params![user, hash]).await?;
                tx.execute("DELETE FROM session WHERE user_id = $1", params![user]).await?;
                noted(tx, user, actor, "user.password_set").await
            })
        })
        .await
}

/// Notes in the audit of each office where a person has a place that something of their account was changed.
pub(crate) async fn noted(tx: &mut Tx, user: UserId, actor: Actor, action: &'static str) -> Result<()> {
    let rows = tx.fetch_all("SELECT DISTINCT office_id FROM membership WHERE user_id = $1", params![user]).await?;
    for row in rows {
        let office = row.columns().parse()?;
        audit::note(tx, Note { office, company: None, actor, action, subject: user.to_string(), values: "" }).await?;
    }
    Ok(())
}

/// Shuts a person out of the whole installation, or lets them in again. An owner or admin may do it to people of their office only, and
/// to owners none but an owner.
pub async fn disable(store: &Store, scope: &Scope, user: UserId, disabled: bool) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "SELECT 1 FROM membership WHERE user_id = $1 AND office_id = $2";
                tx.fetch_one(sql, params![user, scope_.office()]).await?;
                let sql = "SELECT 1 FROM membership WHERE user_id = $1 AND office_id <> $2";
                if tx.fetch_optional(sql, params![user, scope_.office()]).await?.is_some() {
                    return Err(Error::conflict(
                        "other_office",
                        "This person works with another office too: remove their place.",
                    ));
                }
                let sql = "SELECT 1 FROM membership WHERE user_id = $1 AND office_id = $2 AND role = 'owner'";
                let is_owner = tx.fetch_optional(sql, params![user, scope_.office()]).await?.is_some();
                if is_owner {
                    owners_only(&scope_)?;
                }
                let at = disabled.then(Timestamp::now);
                tx.execute("UPDATE users SET disabled_at = $2 WHERE id = $1", params![user, at]).await?;
                if disabled {
                    if is_owner {
                        keep_an_owner(tx, &scope_).await?;
                    }
                    tx.execute("DELETE FROM session WHERE user_id = $1", params![user]).await?;
                }
                let (office, actor, subject) = (scope_.office(), scope_.actor(), user.to_string());
                let action = if disabled { "user.disabled" } else { "user.enabled" };
                audit::note(tx, Note { office, company: None, actor, action, subject, values: "" }).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// The person with all places, unless disabled.
pub(crate) async fn identity(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Option<Identity>> {
    // A place in a company that is closed to its people is none.
    let sql = format!(
        "SELECT u.email, u.name, m.office_id, m.company_id, m.role, m.own_only
         FROM users u LEFT JOIN (membership m LEFT JOIN company c ON c.id = m.company_id)
              ON m.user_id = u.id AND {}
         WHERE u.id = $1 AND u.disabled_at IS NULL ORDER BY m.id",
        crate::company::seen_by("m.role", "$2")
    );
    let mut identity: Option<Identity> = None;
    for row in tx.fetch_all(sql, params![user, now]).await? {
        let mut c = row.columns();
        let (email, name, office) = (c.text()?, c.text()?, c.opt_parse()?);
        let identity = identity.get_or_insert(Identity { user, email, name, places: vec![], hidden: BTreeMap::new() });
        if let Some(office) = office {
            let (company, role, own_only) = (c.opt_parse()?, c.parse()?, c.bool()?);
            identity.places.push(Place { office, company, role, own_only });
        }
    }
    if let Some(identity) = &mut identity {
        cover::places(tx, user, now, &mut identity.places).await?;
        identity.hidden = restriction::hidden_from(tx, user).await?;
    }
    Ok(identity)
}

pub(crate) fn check(scope: &Scope, member: &NewMember) -> Result<()> {
    match (member.role.is_office(), member.company) {
        (true, _) => scope.allow_manage()?,
        (false, None) => return Err(Error::invalid("company", "This role is one of a company: name it.")),
        (false, Some(_)) => scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?,
    }
    if let Some(company) = member.company {
        scope.require(company)?;
    }
    if member.role == Role::Owner && scope.role() != Role::Owner {
        return Err(Error::Forbidden);
    }
    limitable(member.role, member.own_only)?;
    if matches!(member.role, Role::Owner | Role::Admin) && member.company.is_some() {
        return Err(Error::invalid("company", "Owner and admin are roles of the whole office."));
    }
    acceptable(&member.email)
}

/// Whether it has the form of a mail address.
pub fn acceptable(email: &str) -> Result<()> {
    let email = email.trim();
    if !email.contains('@') || email.len() > 320 || email.contains(char::is_whitespace) {
        return Err(Error::invalid("email", "This is no mail address."));
    }
    Ok(())
}

async fn person(tx: &mut Tx, email: &str, member: &NewMember) -> Result<UserId> {
    let row = tx
        .fetch_one(
            "INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id",
            params![UserId::new(), email, &member.name, member.password_hash.as_deref(), Timestamp::now()],
        )
        .await?;
    row.columns().parse()
}

/// What concerns an owner is no admin's.
fn owners_only(scope: &Scope) -> Result<()> {
    if scope.role() == Role::Owner { Ok(()) } else { Err(Error::Forbidden) }
}

async fn keep_an_owner(tx: &mut Tx, scope: &Scope) -> Result<()> {
    // Two owners who remove each other at the same moment take turns by the row of their office. One who is shut out keeps nothing.
    tx.execute("UPDATE office SET name = name WHERE id = $1", params![scope.office()]).await?;
    let sql = "SELECT 1 FROM membership m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
               WHERE m.office_id = $1 AND m.role = 'owner' LIMIT 1";
    match tx.fetch_optional(sql, params![scope.office()]).await? {
        Some(_) => Ok(()),
        None => Err(Error::conflict("last_owner", "An office keeps at least one owner.")),
    }
}

fn row(row: Row) -> Result<Member> {
    let mut c = row.columns();
    Ok(Member {
        id: c.parse()?,
        user: c.parse()?,
        email: c.text()?,
        name: c.text()?,
        company: c.opt_parse()?,
        role: c.parse()?,
        own_only: c.bool()?,
        disabled_at: c.opt_time()?,
    })
}
