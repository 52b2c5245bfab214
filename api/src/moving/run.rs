//! Making a plan with what the store holds, and carrying it out.

use jiff::Timestamp;
use store::{Scope, Store, company, move_in, office, user};

use super::columns::{self, Columns};
use super::plan::{Finding, Outcome, Plan, Present};
use super::table::{self, Charset};
use crate::http::{Code, Problem};

/// Most rows of one table.
const MOST: usize = 5_000;

/// Reads a table of companies and says what each row would do. `domain` is that of addresses that name none.
pub async fn make(store: &Store, scope: &Scope, domain: &str, bytes: &[u8], charset: Option<Charset>) -> Result<Plan, Problem> {
    if !scope.role().may_manage() || *scope.companies() != store::Companies::All {
        return Err(Code::Forbidden.into());
    }
    let office = office::get(store, scope).await?.facts;
    let table = table::read(bytes, charset, &office.country)
        .map_err(|error| Problem::field(Code::Invalid, "file", format!("This is no table: {error}.")))?;
    let columns = Columns::of("company", &table.heading);
    if !columns.has("name") {
        let known = columns::known("company").join(", ");
        let seen = table.heading.join(", ");
        let message = format!("The first line must name the columns, \"name\" among them. Known are: {known}. It says: {seen}.");
        return Err(Problem::field(Code::Invalid, "file", message));
    }
    if table.rows.len() > MOST {
        return Err(Problem::field(Code::Invalid, "file", format!("A table has at most {MOST} rows: divide it.")));
    }
    let members = user::list(store, scope).await?.into_iter();
    let present = Present {
        country: office.country,
        domain: domain.to_owned(),
        pin_length: office.pin_length,
        bookkeepers: members.filter(|one| one.role.is_office()).map(|one| (one.email, one.user)).collect(),
        companies: company::list(store, scope).await?,
    };
    let mut plan = Plan::of(table, columns, &present);
    let (addresses, pins) = plan.wants();
    plan.mark(&move_in::taken(store, scope, &addresses, &pins).await?);
    Ok(plan)
}

/// Adds the new companies of a plan, each with all that belongs to it or not at all. A row that fails says why; the others go on. An
/// error means that the store is gone: what was added until then is there, and a second run adds the rest.
pub async fn carry_out(store: &Store, scope: &Scope, plan: &mut Plan) -> Result<(), Problem> {
    for row in plan.rows.iter_mut().filter(|row| row.outcome == Outcome::New) {
        let Some(new) = row.new.take() else { continue };
        let address = format!("{}@{}", new.address.0, new.address.1);
        match move_in::add(store, scope, new, Timestamp::now()).await {
            Ok(added) => {
                row.company = Some(added.company);
                row.address = address;
                row.pin = added.pin.value;
            }
            // Taken by somebody else since the plan was made.
            Err(store::Error::Conflict { message, .. } | store::Error::Invalid { message, .. }) => {
                row.refuse(vec![Finding::of("failed", "name", &message, "")]);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
