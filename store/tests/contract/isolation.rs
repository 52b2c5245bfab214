//! Nobody sees what is not theirs.

use jiff::{SignedDuration, Timestamp};
use store::company::{self, CompanyFacts};
use store::document::{self, Action, Change, Filter, Sort};
use store::office::{self, NewOffice};
use store::pin::{self, PinOwner};
use store::queue::{self, JobKind};
use store::review::{self, Review};
use store::submission::{self, Decision, LogFilter};
use store::token::{self, NewToken};
use store::{Error, Result, Role, Scope, Store, address, alarm, event, part, period, reading, sender};

use crate::backend::Pair;
use crate::world::World;

fn hidden<T: std::fmt::Debug>(what: &str, result: Result<T>) {
    let error = result.expect_err(what);
    assert!(matches!(error, Error::NotFound | Error::Forbidden), "{what}: {error:?}");
}

pub async fn another_company_or_office_does_not_exist(w: &World) {
    let s = &w.store;
    let id = w.document(w.mlyn, "secret").await;
    let d = document::get(s, &w.owner, id).await.unwrap();
    document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
    let job = queue::list(s, &w.owner, None, None, 10).await.unwrap()[0].id;

    let elsewhere = office::create(s, NewOffice { name: "Other".to_owned(), ..NewOffice::default() }).await.unwrap();
    let elsewhere = Scope::operator(elsewhere);
    let their =
        company::create(s, &elsewhere, CompanyFacts { name: "Their".to_owned(), ..CompanyFacts::default() }).await.unwrap();
    let new = NewToken { name: "piekarnia".to_owned(), role: Role::CompanyAdmin, company: Some(w.piekarnia), expires_at: None };
    let (_, secret) = token::create(s, &w.owner, new).await.unwrap();
    let neighbour = token::verify(s, &secret, Timestamp::now()).await.unwrap().unwrap();

    for scope in [&elsewhere, &neighbour] {
        hidden("document", document::get(s, scope, id).await);
        hidden("pieces", document::pieces(s, scope, id).await);
        hidden("decide", document::decide(s, scope, id, None, Action::Approve).await);
        hidden("trash", document::trash(s, scope, id, None, true).await);
        hidden("change", document::change(s, scope, id, None, Change::default()).await);
        hidden("correct", review::correct(s, scope, id, None, Review::default()).await);
        hidden("reading", reading::get(s, scope, id, None).await);
        hidden("tokens", reading::tokens(s, scope, id).await);
        hidden("company", company::get(s, scope, w.mlyn).await);
        hidden("submission", submission::get(s, scope, d.submission).await);
        hidden("raw", submission::raw(s, scope, d.submission).await);
        hidden("held", submission::decide(s, scope, d.submission, Decision::Once, Timestamp::now()).await);
        hidden("job", queue::get(s, scope, job).await);
        for read in document::request_reading(s, scope, &[id], JobKind::Read).await.unwrap_or_default() {
            hidden("read", read.1);
        }
        assert_eq!(part::list(s, scope, d.submission).await.unwrap(), []);
        assert_eq!(review::get(s, scope, id).await.unwrap(), Review::default());
        hidden("effective reading", review::effective_reading(s, scope, id).await);
        hidden("alarms", alarm::judge(s, scope, id).await);
        hidden("approve", document::approve(s, scope, id, None, Some("it is right")).await);
        assert_eq!(document::list(s, scope, &Filter::default(), Sort::default(), None, 50).await.unwrap().documents, []);
        let text = Filter { text: Some("faktura".to_owned()), ..Filter::default() };
        assert_eq!(document::list(s, scope, &text, Sort::default(), None, 50).await.unwrap().documents, []);
        assert_eq!(submission::list(s, scope, &LogFilter::default(), 50).await.unwrap(), []);
        assert_eq!(queue::list(s, scope, None, None, 50).await.unwrap(), []);
        assert_eq!(event::after(s, scope, 0, 50).await.unwrap(), []);
        assert_eq!(document::counts(s, scope, None).await.unwrap(), document::Count::default());
        assert!(!company::list(s, scope).await.unwrap().iter().any(|c| c.id == w.mlyn));
        assert!(!store::audit::list(s, scope, None, None, 200).await.unwrap().iter().any(|e| e.company == Some(w.mlyn)));
    }
    // Naming another's company.
    hidden(
        "filter",
        document::list(s, &neighbour, &Filter { company: Some(w.mlyn), ..Filter::default() }, Sort::default(), None, 5).await,
    );
    hidden("counts", document::counts(s, &neighbour, Some(w.mlyn)).await);
    hidden("addresses", address::list(s, &neighbour, w.mlyn).await);
    hidden("senders", sender::list(s, &neighbour, w.mlyn).await);
    hidden("periods", period::list(s, &neighbour, w.mlyn).await);
    hidden("pins", pin::list(s, &neighbour, PinOwner::Company(w.mlyn)).await);
    hidden("set a pin", pin::set(s, &neighbour, PinOwner::Company(w.mlyn), None, SignedDuration::ZERO).await);
    // Another office's company: its rows cannot be made to hang on it.
    let foreign = address::create(s, &w.owner, their, "x", "in.example").await;
    assert!(foreign.is_err(), "{foreign:?}");
    let foreign = sender::create(s, &w.owner, their, "a@b.example", sender::SenderKind::Sender).await;
    assert!(foreign.is_err(), "{foreign:?}");

    // A scanner sees nothing, a reader changes nothing.
    let scanner = Scope::intake(w.office, w.mlyn);
    hidden("scanner", document::get(s, &scanner, id).await);
    hidden("scanner", document::list(s, &scanner, &Filter::default(), Sort::default(), None, 5).await);
    let new = NewToken { name: "reader".to_owned(), role: Role::ReadOnly, company: None, expires_at: None };
    let (_, secret) = token::create(s, &w.owner, new).await.unwrap();
    let reader = token::verify(s, &secret, Timestamp::now()).await.unwrap().unwrap();
    document::get(s, &reader, id).await.unwrap();
    hidden("reader", document::decide(s, &reader, id, None, Action::Reject).await);
    hidden("reader", company::create(s, &reader, CompanyFacts::default()).await);
}

/// PostgreSQL's second wall: the service's role sees nothing without a scope, and only the scope's rows with one.
pub async fn row_level_security(pair: &Pair) {
    let Pair::Postgres(postgres, _) = pair else { panic!("for PostgreSQL") };
    let (mut config, _place) = pair.place("row_level_security").await;
    let store = Store::open(&config).await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), 1);
    assert_eq!(store.migrate().await.unwrap(), 0, "a second time there is nothing to do");
    store.close().await;
    // From now on as the service's login, which owns nothing; another URL migrates.
    config.migration_url = Some(config.database_url);
    config.database_url = postgres.url("row_level_security", "service");
    let store = Store::open(&config).await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), 0);
    let mut companies = vec![];
    for name in ["A", "B"] {
        let office = office::create(&store, NewOffice { name: name.to_owned(), ..NewOffice::default() }).await.unwrap();
        let scope = Scope::operator(office);
        for name in ["one", "two"] {
            let facts = CompanyFacts { name: name.to_owned(), ..CompanyFacts::default() };
            companies.push((office, company::create(&store, &scope, facts).await.unwrap()));
        }
    }
    let sql = |sql: &str| {
        let sql = format!("SET SESSION AUTHORIZATION service; SET ROLE postroom_service; {sql}");
        postgres.sql("row_level_security", &sql)
    };
    let (a, first) = companies[0];
    let count = "SELECT COUNT(*) FROM company";
    assert_eq!(sql(count).unwrap(), "0", "no scope, no rows");
    let set =
        |office: &str, companies: &str| format!("SET postroom.office = '{office}'; SET postroom.companies = '{companies}';");
    assert_eq!(sql(&format!("{} {count}", set(&a.to_string(), "all"))).unwrap(), "2");
    assert_eq!(sql(&format!("{} {count} WHERE office_id <> '{a}'", set(&a.to_string(), "all"))).unwrap(), "0");
    let audit = "SELECT COUNT(DISTINCT company_id) FROM audit";
    assert_eq!(sql(&format!("{} {audit}", set(&a.to_string(), &first.to_string()))).unwrap(), "1");
    let (other, theirs) = companies[2];
    let insert = format!("INSERT INTO period VALUES ('{other}', '{theirs}', '2026-01', 'closed', 0)");
    assert!(sql(&format!("{} {insert}", set(&a.to_string(), "all"))).unwrap_err().contains("row-level security"));
    let write = format!("UPDATE company SET name = 'x' WHERE id = '{theirs}' RETURNING 1");
    assert_eq!(sql(&format!("{} {write}", set(&a.to_string(), "all"))).unwrap(), "");
    for statement in ["UPDATE audit SET action = 'x'", "DELETE FROM audit", "DELETE FROM audit_seal"] {
        assert!(sql(statement).unwrap_err().contains("permission denied"), "{statement}");
    }
    assert!(sql("SELECT * FROM users").unwrap_err().contains("permission denied"), "people are behind the other role");
    // The other role claims jobs and looks up, and has no way to papers.
    let internal = |table: &str| {
        let sql = format!("SET SESSION AUTHORIZATION service; SET ROLE postroom_internal; SELECT COUNT(*) FROM {table}");
        postgres.sql("row_level_security", &sql)
    };
    assert_eq!(internal("company").unwrap(), "4");
    for table in ["document", "piece", "reading", "review", "document_term"] {
        assert!(internal(table).unwrap_err().contains("permission denied"), "{table}");
    }
    // Every table is behind a forced policy; the index of words knows places and words alone, whose they are stands in `search_entry`.
    let open = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)";
    assert_eq!(postgres.sql("row_level_security", open).unwrap().trim(), "search_text");
    let columns = "SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name = 'search_text'";
    assert_eq!(postgres.sql("row_level_security", columns).unwrap().trim(), "seq words");
}

/// Hosted databases have no superuser for us: the owner is an ordinary login, and the service another one that changes no schema.
pub async fn ordinary_logins(pair: &Pair) {
    let Pair::Postgres(postgres, _) = pair else { panic!("for PostgreSQL") };
    let (mut config, _place) = pair.place("ordinary_logins").await;
    let sql = "CREATE ROLE ordinary LOGIN CREATEROLE; GRANT postroom_service, postroom_internal TO ordinary WITH ADMIN OPTION;
               ALTER SCHEMA public OWNER TO ordinary";
    postgres.sql("ordinary_logins", sql).unwrap();
    for (login, applied) in [("ordinary", 1), ("ordinary", 0), ("service", 0)] {
        config.database_url = postgres.url("ordinary_logins", login);
        let store = Store::open(&config).await.unwrap();
        assert_eq!(store.migrate().await.unwrap(), applied, "{login}");
        let name = format!("of {login} {applied}\0");
        office::create(&store, NewOffice { name, ..NewOffice::default() }).await.unwrap();
        store.close().await;
    }
}
