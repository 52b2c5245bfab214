//! Logins of scanners and printers that send mail and can type no PIN. Each is bound to one company; of its secret only a keyed
//! hash is kept.

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, DeviceId, OfficeId};
use crate::keys::{Purpose, letters, same};
use crate::scope::{Role, Scope};
use crate::sql::{Row, params};
use crate::store::Store;
use crate::token;

/// A login without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceLogin {
    /// Its id.
    pub id: DeviceId,
    /// The company it sends for.
    pub company: CompanyId,
    /// Which device it is, in a person's words.
    pub name: String,
    /// What it signs in as.
    pub login: String,
    /// Since when it is not taken any more.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub revoked_at: Option<Timestamp>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// A device that signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The office.
    pub office: OfficeId,
    /// The company it sends for.
    pub company: CompanyId,
}

/// A new login with its secret, which cannot be had again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    /// Its id.
    pub id: DeviceId,
    /// What the device signs in as.
    pub login: String,
    /// Its secret: 100 random bits.
    pub secret: String,
}

/// Makes a login for a device of a company.
pub async fn create(store: &Store, scope: &Scope, company: CompanyId, name: &str) -> Result<NewDevice> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.len() > 200 {
        return Err(Error::invalid("name", "A device needs a name that says which one it is."));
    }
    let new = NewDevice { id: DeviceId::new(), login: format!("scan-{}", letters::<8>()?), secret: letters::<20>()? };
    let (scope_, made) = (scope.clone(), new.clone());
    let hash = store.keys().hash(Purpose::Device, None, &new.secret);
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                // A company of another office is not found.
                let sql = "SELECT id FROM company WHERE office_id = $1 AND id = $2 AND closed_at IS NULL";
                tx.fetch_one(sql, params![scope_.office(), company]).await?;
                tx.execute(
                    "INSERT INTO device (id, office_id, company_id, name, login, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    params![made.id, scope_.office(), company, &name, &made.login, hash, Timestamp::now()],
                )
                .await?;
                let (office, actor, subject) = (scope_.office(), scope_.actor(), made.id.to_string());
                let note = Note { office, company: Some(company), actor, action: "device.created", subject, values: &name };
                audit::note(tx, note).await
            })
        })
        .await?;
    Ok(new)
}

/// The device with this login. None: unknown, revoked, the secret is wrong, or the company is closed.
pub async fn verify(store: &Store, login: &str, secret: &str) -> Result<Option<Device>> {
    let hash = store.keys().hash(Purpose::Device, None, secret);
    let sql = "SELECT d.id, d.office_id, d.company_id, d.hash FROM device d JOIN company c ON c.id = d.company_id
               WHERE d.login = $1 AND d.revoked_at IS NULL AND c.closed_at IS NULL";
    let login = login.trim().to_lowercase();
    let Some(row) = store.read_internal().await?.fetch_optional(sql, params![&login]).await? else { return Ok(None) };
    let mut c = row.columns();
    let device = Device { id: c.parse()?, office: c.parse()?, company: c.parse()? };
    Ok(same(&c.blob()?, &hash).then_some(device))
}

/// Logins of the scope's companies, newest first.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<DeviceLogin>> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let mut params = vec![];
    let condition = scope.condition("", &mut params);
    let sql =
        format!("SELECT id, company_id, name, login, revoked_at, created_at FROM device WHERE {condition} ORDER BY id DESC");
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(login).collect()
}

/// Ends a login at once.
pub async fn revoke(store: &Store, scope: &Scope, id: DeviceId) -> Result<()> {
    token::end(store, scope, "device", "device.revoked", id.to_string()).await
}

fn login(row: Row) -> Result<DeviceLogin> {
    let mut c = row.columns();
    Ok(DeviceLogin {
        id: c.parse()?,
        company: c.parse()?,
        name: c.text()?,
        login: c.text()?,
        revoked_at: c.opt_time()?,
        created_at: c.time()?,
    })
}
