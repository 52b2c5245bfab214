//! `postroom user`

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use clap::Subcommand;
use store::user::{self, NewMember};
use store::{Actor, Role, Scope, Store, office};

use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;
use crate::password;

/// Arguments of `postroom user`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a person, or give a person a further place; the password is read from standard input
    Add {
        /// Mail address to sign in with
        email: String,
        /// Name as shown
        #[arg(long)]
        name: Option<String>,
        /// owner, admin, bookkeeper, read_only, company_admin, company_member or scanner
        #[arg(long, default_value = "bookkeeper")]
        role: Role,
        /// Only for this company; needed for roles of a company
        #[arg(long)]
        company: Option<String>,
        /// A company's member who sees only what they sent themselves
        #[arg(long)]
        own_only: bool,
    },
    /// Take a person's places in the office and its companies away
    Remove {
        /// Mail address
        email: String,
        /// Erase who they are, too, where they have no place in another office; what they did stays without a name
        #[arg(long)]
        erase: bool,
    },
    /// List the people of the office and its companies
    List,
    /// Set a person's password, read from standard input; ends their sessions
    Password {
        /// Mail address
        email: String,
    },
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    match args.action {
        Action::Add { email, name, role, company, own_only } => {
            let company = match company {
                Some(wanted) => Some(open::find_company(&store, &scope, &wanted).await?.id),
                None => None,
            };
            let password_hash = match user::login(&store, &email).await? {
                Some(_) => None,
                None => {
                    let rules = office::password_rules(&store, None, Some(scope.office())).await?;
                    Some(password::hash(ask(&email)?, &rules, &[&email]).await?)
                }
            };
            let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or(&email).to_owned());
            let id = user::add(&store, &scope, NewMember { email, name, password_hash, company, role, own_only }).await?;
            output::line(id);
        }
        Action::Remove { email, erase } => remove(&store, &scope, &email, erase).await?,
        Action::List => {
            let companies = store::company::list(&store, &scope).await?;
            let name = |id| companies.iter().find(|c| Some(c.id) == id).map(|c| c.facts.name.clone()).unwrap_or_default();
            let state = |member: &user::Member| if member.disabled_at.is_some() { "disabled" } else { "" }.to_owned();
            let rows: Vec<_> = user::list(&store, &scope)
                .await?
                .into_iter()
                .map(|m| [m.email.clone(), m.name.clone(), m.role.to_string(), name(m.company), state(&m)])
                .collect();
            output::table(["E-MAIL", "NAME", "ROLE", "COMPANY", ""], &rows);
        }
        Action::Password { email } => {
            let people = user::list(&store, &scope).await?;
            let person = people.iter().find(|member| member.email.eq_ignore_ascii_case(email.trim()));
            let person =
                person.ok_or_else(|| format!("nobody in this office has the address {email}; see `postroom user list`"))?;
            let rules = office::password_rules(&store, Some(person.user), None).await?;
            let hash = password::hash(ask(&email)?, &rules, &[&email, &person.name]).await?;
            user::set_password(&store, person.user, hash, Actor::Operator).await?;
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn remove(store: &Store, scope: &Scope, email: &str, erase: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let people = user::list(store, scope).await?;
    let places: Vec<_> = people.iter().filter(|member| member.email.eq_ignore_ascii_case(email.trim())).collect();
    if places.is_empty() && !erase {
        return Err(format!("nobody with the address {email} has a place in this office: see `postroom user list`").into());
    }
    for place in &places {
        user::remove(store, scope, place.id).await?;
    }
    output::line(format_args!("{} places taken away", places.len()));
    if erase {
        let known = user::login(store, email).await?.ok_or_else(|| format!("nobody has the address {email}"))?;
        user::erase(store, scope, known.user).await?;
        output::line("erased; copies of the database keep it until they are replaced");
    }
    Ok(())
}

/// One line of standard input, without showing it where that is a terminal.
fn ask(email: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let stdin = std::io::stdin();
    let quiet = stdin.is_terminal().then(|| Quiet::start(email)).flatten();
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    drop(quiet);
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// While it lives the terminal shows nothing that is typed.
struct Quiet(rustix::termios::Termios);

impl Quiet {
    fn start(email: &str) -> Option<Quiet> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        output::prompt(&format!("Password for {email}: "));
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent).ok()?;
        Some(Quiet(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Flush, &self.0);
        output::prompt("\n");
    }
}
