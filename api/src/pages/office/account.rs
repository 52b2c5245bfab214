//! One's own account: language and theme, password, second factor, sessions.

use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use store::{UserId, office, passkey, session, setting};

use super::qr;
use crate::http::{Code, Problem, change_password};
use crate::pages::frame::{Choice, Frame};
use crate::pages::lang::{self, Lang};
use crate::pages::problem::{LANGUAGE, sentence};
use crate::pages::{PageResult, Visit, html, password, said, see_other};
use crate::password as passwords;
use crate::totp;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    email: String,
    languages: Vec<Choice>,
    themes: Vec<Choice>,
    sessions: Vec<SessionRow>,
    second_factor: bool,
    passkeys: Vec<PasskeyRow>,
    /// A secret that waits for its first code.
    secret: String,
    qr: String,
    /// What is asked of a password.
    shortest: u64,
    rule: String,
}

struct PasskeyRow {
    id: String,
    name: String,
    since: String,
    used: String,
}

struct SessionRow {
    id: String,
    agent: String,
    source: String,
    since: String,
    until: String,
    current: bool,
}

/// Shows it.
pub async fn show(visit: Visit) -> PageResult {
    render(visit, String::new(), String::new(), StatusCode::OK).await
}

fn person(visit: &Visit) -> Result<UserId, Problem> {
    visit.caller.user().ok_or_else(|| Code::Forbidden.into())
}

async fn render(visit: Visit, error: String, secret: String, status: StatusCode) -> PageResult {
    let user = person(&visit)?;
    let l = visit.l;
    let sessions = session::list(visit.app.store(), user, &visit.caller.secret, Timestamp::now()).await?;
    let email = visit.person.as_ref().map(|person| person.email.clone()).unwrap_or_default();
    let rules = office::password_rules(visit.app.store(), Some(user), None).await?;
    let passkeys = passkey::list(visit.app.store(), user).await?;
    let mut frame = Frame::of(&visit, "/account");
    frame.error = error;
    let chosen = visit.setting.language.clone().unwrap_or_else(|| l.code.to_owned());
    let languages = lang::all()
        .iter()
        .map(|one| Choice { value: one.code.to_owned(), label: one.name.clone(), chosen: one.code == chosen })
        .collect();
    let theme = visit.setting.theme.clone().unwrap_or_default();
    let themes = [("", l.t("account.theme_system")), ("light", l.t("account.theme_light")), ("dark", l.t("account.theme_dark"))]
        .into_iter()
        .map(|(value, label)| Choice { chosen: value == theme, value: value.to_owned(), label: label.to_owned() })
        .collect();
    let page = Page {
        l,
        qr: if secret.is_empty() { String::new() } else { qr::path(&totp::address(&secret, &email)).unwrap_or_default() },
        secret,
        email,
        languages,
        themes,
        second_factor: visit.setting.second_factor,
        passkeys: passkeys
            .into_iter()
            .map(|one| PasskeyRow {
                id: one.id.to_string(),
                name: one.name,
                since: visit.moment(one.created_at),
                used: one.used_at.map(|at| visit.moment(at)).unwrap_or_default(),
            })
            .collect(),
        shortest: passwords::shortest(&rules) as u64,
        rule: password::rule(l, &rules),
        sessions: sessions
            .into_iter()
            .map(|one| SessionRow {
                id: one.id.to_string(),
                agent: short(&one.device.agent),
                source: one.device.source,
                since: visit.moment(one.created_at),
                until: visit.moment(one.expires_at),
                current: one.current,
            })
            .collect(),
        frame,
    };
    Ok(html(status, &page))
}

/// Browser and system out of what a browser says of itself.
fn short(agent: &str) -> String {
    let has = |word: &str| agent.contains(word);
    let program = match () {
        () if has("Firefox/") => "Firefox",
        () if has("Edg/") => "Edge",
        () if has("Chrome/") => "Chrome",
        () if has("Safari/") => "Safari",
        () => return agent.chars().take(40).collect(),
    };
    let system = match () {
        () if has("Android") => "Android",
        () if has("iPhone") || has("iPad") => "iOS",
        () if has("Windows") => "Windows",
        () if has("Mac OS X") => "macOS",
        () if has("Linux") => "Linux",
        () => "",
    };
    format!("{program} {system}").trim().to_owned()
}

/// Language and theme.
#[derive(Deserialize)]
pub struct Chosen {
    language: String,
    #[serde(default)]
    theme: String,
}

/// Keeps them; the language also for the page before signing in.
pub async fn choose(visit: Visit, Form(chosen): Form<Chosen>) -> PageResult {
    let user = person(&visit)?;
    let language = lang::of(&chosen.language).ok_or(Code::BadRequest)?.code;
    let theme = Some(chosen.theme).filter(|theme| matches!(theme.as_str(), "light" | "dark"));
    setting::set(visit.app.store(), user, Some(language.to_owned()), theme).await?;
    let cookie = format!("{LANGUAGE}={language}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    Ok(([(header::SET_COOKIE, cookie)], said("/account", "kept", 1)).into_response())
}

/// A new password, and the old one.
#[derive(Deserialize)]
pub struct NewPassword {
    old: String,
    new: String,
}

/// Changes it; all sessions end, also this one.
pub async fn set_password(visit: Visit, Form(typed): Form<NewPassword>) -> PageResult {
    let Some(who) = visit.person.clone() else { return Err(Problem::from(Code::Forbidden).into()) };
    match change_password(&visit.app, &who, typed.old, typed.new).await {
        Ok(None) => Ok(see_other("/sign-in")),
        Ok(Some(weak)) => {
            let error = password::lack(visit.l, &weak);
            render(visit, error, String::new(), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(problem) => refuse(visit, problem).await,
    }
}

async fn refuse(visit: Visit, problem: Problem) -> PageResult {
    let (error, status) = (sentence(visit.l, &problem), problem.code().status());
    render(visit, error, String::new(), status).await
}

/// Ends one session.
pub async fn end_one(visit: Visit, Path(id): Path<String>) -> PageResult {
    session::end_one(visit.app.store(), person(&visit)?, id.parse().map_err(|_| Code::NotFound)?).await?;
    visit.app.callers().forget();
    Ok(see_other("/account"))
}

/// Ends all of them.
pub async fn end_all(visit: Visit) -> PageResult {
    session::end_all(visit.app.store(), person(&visit)?).await?;
    visit.app.callers().forget();
    Ok(see_other("/sign-in"))
}

/// Begins a second factor: the secret is shown once.
pub async fn begin(visit: Visit) -> PageResult {
    if visit.setting.second_factor {
        return Ok(see_other("/account"));
    }
    let secret = totp::secret().map_err(Problem::internal)?;
    setting::begin_second_factor(visit.app.store(), person(&visit)?, &secret).await?;
    render(visit, String::new(), secret, StatusCode::OK).await
}

/// A code of the app.
#[derive(Deserialize)]
pub struct TypedCode {
    code: String,
}

/// Confirms it with its first code.
pub async fn confirm(visit: Visit, Form(typed): Form<TypedCode>) -> PageResult {
    let user = person(&visit)?;
    let kept = setting::second_factor(visit.app.store(), user).await?.ok_or(Code::NotFound)?;
    match totp::step_of(&kept.secret, &typed.code, Timestamp::now()) {
        Some(step) => {
            setting::use_step(visit.app.store(), user, step).await?;
            Ok(said("/account", "second_factor", 1))
        }
        None => {
            let error = sentence(visit.l, &Code::SecondFactor.into());
            let secret = if kept.confirmed { String::new() } else { kept.secret };
            render(visit, error, secret, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// Takes it away; a present code says that it is its owner.
pub async fn end_second_factor(visit: Visit, Form(typed): Form<TypedCode>) -> PageResult {
    let user = person(&visit)?;
    let kept = setting::second_factor(visit.app.store(), user).await?.ok_or(Code::NotFound)?;
    let step = totp::step_of(&kept.secret, &typed.code, Timestamp::now());
    match step {
        Some(step) if setting::use_step(visit.app.store(), user, step).await.is_ok() => {
            setting::end_second_factor(visit.app.store(), user).await?;
            Ok(said("/account", "kept", 1))
        }
        _ => refuse(visit, Code::SecondFactor.into()).await,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_browser_is_named() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36";
        assert_eq!(super::short(agent), "Chrome Linux");
        assert_eq!(super::short("curl/8.0"), "curl/8.0");
    }
}
