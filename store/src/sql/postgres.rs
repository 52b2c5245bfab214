//! PostgreSQL: the service steps down to a role that owns nothing, row-level security is forced on every table of a tenant, and
//! the scope lives as long as the transaction.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{Arguments, Executor, Postgres, Row as _, Transaction, TypeInfo, ValueRef};

use super::value::{Row, Value};
use super::{Db, Reach, Tx};
use crate::config::Config;
use crate::error::{Error, Result};

/// Name and type of each column of a table.
pub(super) const COLUMNS: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";

/// What the migration does before the tables of any version.
pub(super) const ROLES: &str = "
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postroom_service') THEN CREATE ROLE postroom_service NOLOGIN; END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postroom_internal') THEN CREATE ROLE postroom_internal NOLOGIN; END IF;
    END $$;
";

/// What the additions to the shared tables are: the index of words. No policy stands before it, since one would keep the planner
/// from using it (the operator `@@` is not leakproof): it holds places and words, and what a place is only `search_entry` tells,
/// which has one.
pub(super) const ADDITIONS: &str = "
    CREATE TABLE search_text (seq BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
    CREATE INDEX search_text_words ON search_text USING GIN (words);
";

pub(super) const TEXT_INDEX: (&str, &str, &str) = ("search_text", "search_text.seq", "search_text.words @@ $1::tsquery");
pub(super) const PUT_TEXT: [&str; 2] = [
    "DELETE FROM search_text WHERE seq = $1",
    "INSERT INTO search_text (seq, words) VALUES ($1, array_to_tsvector(string_to_array($2, ' ')))",
];

/// Tables without a policy.
const UNPROTECTED: &[&str] = &["search_text"];

/// Tables that the internal role may use without a scope: what is looked up before one is known, jobs, blobs and seals.
/// Papers (documents, pieces, readings, reviews) are not among them.
const INTERNAL: &[&str] = &[
    "office",
    "company",
    "address",
    "secret_alias",
    "users",
    "membership",
    "restricted_type",
    "cover",
    "pin",
    "sender",
    "brake",
    "token",
    "pairing",
    "upload_link",
    "used_key",
    "partial_upload",
    "partial_piece",
    "notice_setting",
    "notice",
    "device",
    "mailbox",
    "mailbox_retry",
    "ksef_certificate",
    "ksef_door",
    "ksef_invoice",
    "spv_grant",
    "spv_door",
    "spv_message",
    "session",
    "passkey",
    "spent_challenge",
    "login_failure",
    "user_setting",
    "invitation",
    "outgoing",
    "period",
    "blob",
    "pending_blob",
    "submission",
    "part",
    "job",
    "batch",
    "audit",
    "audit_seal",
    "event",
    "talk_thread",
    "webhook",
    "webhook_delivery",
];

/// Tables whose rows are only ever added.
const APPEND_ONLY: &[&str] = &["audit", "audit_seal"];

pub(super) async fn open(config: &Config) -> Result<Db> {
    let options = PgConnectOptions::from_str(&config.database_url)
        .map_err(|_| Error::invalid("database_url", "The database URL cannot be used."))?
        .application_name("postroom")
        .statement_cache_capacity(256)
        .options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s"), ("lock_timeout", "10s")]);
    let pool = PgPoolOptions::new()
        .max_connections(config.connections.max(2))
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(|connection, _| {
            Box::pin(async move {
                // Before the first migration there is no such role; migrations connect by themselves.
                connection.execute("SET ROLE postroom_service").await.map(drop)
            })
        })
        .connect_lazy_with(options);
    Ok(Db::Postgres(pool))
}

/// A connection for migrations, with the rights of the login itself.
pub(super) async fn owner(config: &Config) -> Result<Tx> {
    let url = config.migration_url.as_deref().unwrap_or(&config.database_url);
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(10)).connect(url).await?;
    let mut tx = pool.begin().await?;
    // Two processes started at once: the second waits here and then finds nothing to do.
    tx.execute("SELECT pg_advisory_xact_lock(7027110)").await?;
    Ok(Tx::Postgres(tx))
}

/// Version of the schema, as far as the service's role can tell. None on SQLite.
pub(super) async fn version(db: &Db) -> Option<i64> {
    let Db::Postgres(pool) = db else { return None };
    sqlx::query_scalar("SELECT MAX(version) FROM schema_version").fetch_one(pool).await.ok()?
}

/// Sets the scope of a transaction.
pub(super) async fn enter(tx: &mut Transaction<'static, Postgres>, reach: &Reach) -> Result<()> {
    match reach {
        Reach::Internal => {
            tx.execute("SET LOCAL ROLE postroom_internal").await?;
        }
        Reach::Office { office, companies } => {
            sqlx::query("SELECT set_config('postroom.office', $1, true), set_config('postroom.companies', $2, true)")
                .bind(office.to_string())
                .bind(companies.as_deref().unwrap_or("all"))
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// Rights and policies of every table, made anew after each migration from the catalogue, so that no table can be forgotten.
pub(super) async fn protect(tx: &mut Tx) -> Result<()> {
    let tables = tx
        .fetch_all(
            "SELECT t.table_name::text, COALESCE(MAX(CASE c.column_name WHEN 'office_id' THEN 1 END), 0)::bigint,
                    COALESCE(MAX(CASE c.column_name WHEN 'company_id' THEN 1 END), 0)::bigint
             FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
             WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' GROUP BY 1",
            vec![],
        )
        .await?;
    let mut script = String::from(
        "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO postroom_service, postroom_internal', current_schema()); END $$;",
    );
    script.push_str("GRANT postroom_service, postroom_internal TO CURRENT_USER;");
    for row in tables {
        let mut columns = row.columns();
        let (table, of_office, of_company) = (columns.text()?, columns.bool()?, columns.bool()?);
        script.push_str(&policies(&table, of_office, of_company));
    }
    // Read by its owner, who is no superuser everywhere, and by services whose login may not change the schema.
    script.push_str(
        "DROP POLICY IF EXISTS known ON schema_version; CREATE POLICY known ON schema_version USING (true);
         GRANT SELECT ON schema_version TO postroom_service;",
    );
    tx.script(script).await
}

fn policies(table: &str, of_office: bool, of_company: bool) -> String {
    if UNPROTECTED.contains(&table) {
        return format!("REVOKE ALL ON {table} FROM PUBLIC; GRANT SELECT, INSERT, DELETE ON {table} TO postroom_service;\n");
    }
    let mut sql = format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
         REVOKE ALL ON {table} FROM PUBLIC, postroom_service, postroom_internal;
         DROP POLICY IF EXISTS tenant ON {table}; DROP POLICY IF EXISTS internal ON {table};\n"
    );
    let rights = if APPEND_ONLY.contains(&table) { "SELECT, INSERT" } else { "SELECT, INSERT, UPDATE, DELETE" };
    if of_office || table == "office" {
        let key = if table == "office" { "id" } else { "office_id" };
        let mut rule = format!("{key} = current_setting('postroom.office', true)");
        if of_company {
            // Ids all have one length, so a substring is a member of the list. A null company is the office's own row.
            rule.push_str(
                " AND (current_setting('postroom.companies', true) = 'all' \
                   OR position(company_id in current_setting('postroom.companies', true)) > 0)",
            );
        }
        sql.push_str(&format!(
            "CREATE POLICY tenant ON {table} TO postroom_service USING ({rule}) WITH CHECK ({rule});
             GRANT {rights} ON {table} TO postroom_service;\n"
        ));
    }
    if INTERNAL.contains(&table) {
        sql.push_str(&format!(
            "CREATE POLICY internal ON {table} TO postroom_internal USING (true) WITH CHECK (true);
             GRANT {rights} ON {table} TO postroom_internal;\n"
        ));
    }
    sql
}

pub(super) fn arguments(params: Vec<Value>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in params {
        match value {
            Value::Text(v) => arguments.add(v),
            Value::Int(v) => arguments.add(v),
            Value::Blob(v) => arguments.add(v),
        }
        .map_err(Error::internal)?;
    }
    Ok(arguments)
}

pub(super) fn row(row: &PgRow) -> Result<Row> {
    (0..row.len())
        .map(|i| {
            let kind = row.try_get_raw(i)?.type_info().into_owned();
            Ok(match kind.name() {
                "BYTEA" => Value::Blob(row.try_get(i)?),
                "INT8" => Value::Int(row.try_get(i)?),
                "INT4" => Value::Int(row.try_get::<Option<i32>, _>(i)?.map(i64::from)),
                _ => Value::Text(row.try_get(i)?),
            })
        })
        .collect::<Result<Vec<_>>>()
        .map(Row)
}
