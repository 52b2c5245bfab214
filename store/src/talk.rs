//! Talk by mail: who is to be told of what was said about a document, and the address at which each of them answers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ocr::reading::DocumentType;

use crate::address::{self, ANSWER};
use crate::comment::{self, Side};
use crate::company;
use crate::document;
use crate::error::{Error, Result};
use crate::id::{CommentId, CompanyId, DocumentId, OfficeId, ThreadId, UserId};
use crate::keys::Purpose;
use crate::outgoing::{self, Mail, OutgoingKind};
use crate::restriction;
use crate::scope::{Actor, Companies, Role, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;

/// Something that was said and somebody is to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The comment.
    pub comment: CommentId,
    /// The document.
    pub document: DocumentId,
    /// What the document is called: its number, else its name.
    pub title: String,
    /// The seller, where it is known.
    pub seller: Option<String>,
    /// Who said it.
    pub author: String,
    /// The words.
    pub content: String,
    /// An answer is waited for.
    pub question: bool,
    /// Who is to hear of it.
    pub to: Vec<Listener>,
}

/// Who is to hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Mail address.
    pub email: String,
    /// Their language, if they chose one.
    pub language: Option<String>,
    /// Where their answer goes: an address of the company. None: it has no address, or they may only look.
    pub reply_to: Option<String>,
}

/// What is older is told to nobody: mail was switched on later.
const TOLD_WITHIN: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Tells who is to hear of what was said, 20 comments at most, each once: `compose` writes each of them a mail, which is queued. False
/// where there was nothing to tell.
pub async fn tell<F>(store: &Store, office: OfficeId, now: Timestamp, compose: F) -> Result<bool>
where
    F: Fn(&Notice, &Listener) -> Mail + Send + 'static,
{
    let scope = Scope::operator(office);
    let (scope_, store_) = (scope.clone(), store.clone());
    store
        .write(&scope, move |tx| {
            Box::pin(async move {
                let sql =
                    "UPDATE comment SET told_at = $2 WHERE id IN (SELECT id FROM comment WHERE office_id = $1 AND told_at IS NULL
                               AND created_at > $3 ORDER BY id LIMIT 20) AND told_at IS NULL
                           RETURNING id, document_id, company_id, user_id, author, side, content, question";
                let said = tx.fetch_all(sql, params![office, now, now - TOLD_WITHIN]).await?;
                for row in &said {
                    let (company, notice) = match notice(tx, &store_, &scope_, row).await {
                        Ok(made) => made,
                        Err(error) if error.is_temporary() => return Err(error),
                        // Its document has gone, or a row of its own is none: it is told to nobody, and keeps no other from being told.
                        Err(error) => {
                            tracing::warn!(office = %office, %error, "something that was said can be told to nobody");
                            continue;
                        }
                    };
                    let (whose, subject) = ((office, Some(company)), notice.comment.to_string());
                    for listener in &notice.to {
                        let mail = compose(&notice, listener);
                        outgoing::put(tx, store_.keys(), whose, (OutgoingKind::Talk, &subject), &mail, now).await?;
                    }
                }
                Ok(!said.is_empty())
            })
        })
        .await
}

async fn notice(tx: &mut Tx, store: &Store, scope: &Scope, row: &Row) -> Result<(CompanyId, Notice)> {
    let mut c = row.clone().columns();
    let (comment, document, company) = (c.parse()?, c.parse()?, c.parse()?);
    let (user, author, side): (Option<UserId>, _, Side) = (c.opt_parse()?, c.text()?, c.parse()?);
    let (content, question) = (c.text()?, c.bool()?);
    let paper = document::fetch(tx, scope, document).await?;
    let to = listeners(tx, store, scope, &paper, company, user, side).await?;
    let title = paper.number.clone().filter(|number| !number.is_empty()).unwrap_or(paper.name);
    let seller = paper.seller_name.filter(|seller| !seller.is_empty());
    Ok((company, Notice { comment, document, title, seller, author, content, question, to }))
}

/// An answer that came by mail, to be said with the commit that its mail was taken apart in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    document: DocumentId,
    /// Whose thread it is.
    scope: Scope,
    author: String,
    words: String,
}

impl Said {
    /// Says it. A paper that has gone, or a company that was closed meanwhile, hears nothing more.
    pub(crate) async fn say(&self, tx: &mut Tx) -> Result<()> {
        match comment::add_in(tx, &self.scope, self.document, &self.author, &self.words, false).await {
            Ok(_) | Err(Error::NotFound | Error::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Who says what in the thread that an answer was sent to. None where there is nothing to say.
pub async fn said(
    store: &Store,
    office: OfficeId,
    company: CompanyId,
    thread: ThreadId,
    from: &str,
    words: &str,
) -> Result<Option<Said>> {
    let words: String = words.trim().chars().take(comment::LONGEST).collect();
    if words.is_empty() {
        return Ok(None);
    }
    let mut tx = store.read(&Scope::operator(office)).await?;
    let sql = "SELECT document_id, user_id FROM talk_thread WHERE office_id = $1 AND company_id = $2 AND id = $3";
    // Its paper has gone, or the person was erased, while the mail was on its way.
    let Some(row) = tx.fetch_optional(sql, params![office, company, thread]).await? else { return Ok(None) };
    let mut c = row.columns();
    let (document, user): (DocumentId, UserId) = (c.parse()?, c.parse()?);
    drop(tx);
    let mut tx = store.read_internal().await?;
    let sql = "SELECT u.name, u.email, m.role FROM users u JOIN membership m ON m.user_id = u.id AND m.office_id = $2
               AND (m.company_id = $3 OR m.company_id IS NULL) WHERE u.id = $1 AND u.disabled_at IS NULL
               ORDER BY COALESCE(m.company_id, '') LIMIT 1";
    // Or they have no place here any more. What the mail brings is taken apart all the same.
    let Some(row) = tx.fetch_optional(sql, params![user, office, company]).await? else { return Ok(None) };
    let mut c = row.columns();
    let (name, email, role): (String, String, Role) = (c.text()?, c.text()?, c.parse()?);
    drop(tx);
    if !role.may_speak() {
        return Ok(None);
    }
    // Whoever holds the address may write there; that it was somebody else is not hidden.
    let author = match (from.eq_ignore_ascii_case(&email), name.is_empty()) {
        (false, _) => from.to_owned(),
        (true, true) => email,
        (true, false) => name,
    };
    let scope = Scope::new(office, Companies::Set([company].into()), role, Actor::User(user));
    Ok(Some(Said { document, scope, author, words }))
}

/// The thread whose secret stands after the plus sign of one of the company's addresses. None, too, where it is that of somebody who may say
/// nothing here any more: an answer there is let in like a mail with a PIN.
pub(crate) async fn find(store: &Store, office: OfficeId, company: CompanyId, hint: &str) -> Result<Option<ThreadId>> {
    let Some(secret) = hint.to_lowercase().strip_prefix(ANSWER).map(str::to_owned) else { return Ok(None) };
    let hash = store.keys().hash(Purpose::Thread, Some(office), &secret);
    let sql = "SELECT t.id, m.role FROM talk_thread t JOIN users u ON u.id = t.user_id AND u.disabled_at IS NULL
               JOIN membership m ON m.user_id = t.user_id AND m.office_id = t.office_id
                    AND (m.company_id = t.company_id OR m.company_id IS NULL)
               WHERE t.office_id = $1 AND t.company_id = $2 AND t.hash = $3 ORDER BY COALESCE(m.company_id, '') LIMIT 1";
    let row = store.read_internal().await?.fetch_optional(sql, params![office, company, hash]).await?;
    let Some(row) = row else { return Ok(None) };
    let mut c = row.columns();
    let (thread, role): (ThreadId, Role) = (c.parse()?, c.parse()?);
    Ok(role.may_speak().then_some(thread))
}

/// Of the company: who sent the paper or spoke about it, else its admins, else all of it. Of the office: who spoke about it, else
/// who looks after the company, else the owners. Never who said it.
async fn listeners(
    tx: &mut Tx,
    store: &Store,
    scope: &Scope,
    paper: &document::Document,
    company: CompanyId,
    author: Option<UserId>,
    side: Side,
) -> Result<Vec<Listener>> {
    let spoke = "SELECT DISTINCT user_id FROM comment WHERE office_id = $1 AND document_id = $2 AND user_id IS NOT NULL
                 UNION SELECT user_id FROM submission WHERE office_id = $1 AND id = $3 AND user_id IS NOT NULL";
    let rows = tx.fetch_all(spoke, params![scope.office(), paper.id, paper.submission]).await?;
    let near: BTreeSet<UserId> = rows.into_iter().map(|row| row.columns().parse()).collect::<Result<_>>()?;
    let people = people(store, scope, company, paper.document_type).await?;
    let sent = "SELECT user_id FROM submission WHERE office_id = $1 AND id = $2";
    let sender: Option<UserId> = tx.fetch_one(sent, params![scope.office(), paper.submission]).await?.columns().opt_parse()?;
    let shown = |person: &Person| person.sees || sender == Some(person.user);
    let heard =
        |person: &Person| shown(person) && Some(person.user) != author && person.role.is_office() == (side == Side::Company);
    let people: Vec<Person> = people.into_iter().filter(|person| heard(person) && person.role.may_see()).collect();
    let address = address::main_in(tx, scope, company).await?;
    let mut listeners = Vec::new();
    for person in nearest(people, &near) {
        let reply_to = match &address {
            // Who only looks answers nothing.
            Some((local, domain)) if person.role.may_speak() => {
                let secret = thread(tx, store, scope, company, paper.id, person.user).await?;
                Some(format!("{local}+{ANSWER}{secret}@{domain}"))
            }
            _ => None,
        };
        listeners.push(Listener { email: person.email, language: person.language, reply_to });
    }
    Ok(listeners)
}

/// Somebody who may hear of it.
struct Person {
    user: UserId,
    email: String,
    language: Option<String>,
    role: Role,
    /// Their place is in this very company.
    here: bool,
    /// Sees such papers, whoever sent them.
    sees: bool,
}

async fn people(store: &Store, scope: &Scope, company: CompanyId, kind: DocumentType) -> Result<Vec<Person>> {
    let sql = format!(
        "SELECT u.id, u.email, s.language, m.role, m.company_id, m.own_only FROM membership m JOIN users u ON u.id = m.user_id
         LEFT JOIN user_setting s ON s.user_id = u.id LEFT JOIN company c ON c.id = m.company_id
         WHERE m.office_id = $1 AND (m.company_id = $2 OR m.company_id IS NULL) AND u.disabled_at IS NULL AND {} ORDER BY u.id",
        company::seen_by("m.role", "$3")
    );
    let mut tx = store.read_internal().await?;
    let named = restriction::named(&mut tx, scope.office(), kind).await?;
    let rows = tx.fetch_all(sql, params![scope.office(), company, Timestamp::now()]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let (user, email, language, role) = (c.parse()?, c.text()?, c.opt_text()?, c.parse()?);
            let (here, own_only) = (c.opt_text()?.is_some(), c.bool()?);
            let hidden = restriction::applies(role) && named.as_ref().is_some_and(|named| !named.contains(&user));
            Ok(Person { user, email, language, role, here, sees: !own_only && !hidden })
        })
        .collect()
}

/// Those of the first circle in which there is anybody.
fn nearest(people: Vec<Person>, near: &BTreeSet<UserId>) -> Vec<Person> {
    let circle = |person: &Person| match person.role {
        _ if near.contains(&person.user) => 0,
        Role::CompanyAdmin => 1,
        Role::Bookkeeper if person.here => 1,
        Role::Owner | Role::CompanyMember => 2,
        _ => 3,
    };
    let first = people.iter().map(circle).min();
    people.into_iter().filter(|person| Some(circle(person)) == first).collect()
}

/// The secret of a person's thread about a document: 80 bits of a keyed hash, the same each time; the row knows its hash only.
async fn thread(
    tx: &mut Tx,
    store: &Store,
    scope: &Scope,
    company: CompanyId,
    document: DocumentId,
    user: UserId,
) -> Result<String> {
    let office = scope.office();
    let secret = crate::keys::hex(&store.keys().hash(Purpose::Thread, Some(office), &format!("{document} {user}"))[..10]);
    let hash = store.keys().hash(Purpose::Thread, Some(office), &secret);
    let sql = "INSERT INTO talk_thread (id, office_id, company_id, document_id, user_id, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (hash) DO NOTHING";
    tx.execute(sql, params![ThreadId::new(), office, company, document, user, hash, Timestamp::now()]).await?;
    Ok(secret)
}
