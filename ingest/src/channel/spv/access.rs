//! Tokens of ANAF: got once by the code that the browser of a person with a certificate brings back, then by refresh token ("Procedura de
//! înregistrare a aplicațiilor … OAuth", ANAF).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use store::Store;
use store::spv::grant::{self, Grant, Tokens};
use store::spv::{SpvProblem, Turn};

use super::{Settings, Trouble, garbled};
use crate::channel::oauth::{self, Asker};

/// An access token is renewed this long before it ends.
const EARLY: Duration = Duration::from_secs(7 * 86_400);
/// How long an access token lasts where neither it nor ANAF says so.
const ACCESS: Duration = Duration::from_secs(90 * 86_400);
/// The same of a refresh token.
const REFRESH: Duration = Duration::from_secs(365 * 86_400);
/// How often it is asked whether another process has renewed a grant, and the pause between.
const ASKED: u32 = 20;
const PAUSE: Duration = Duration::from_secs(1);

/// Where the browser is sent, so that ANAF asks for the person's certificate and then sends it back to `back` with a code.
pub fn address(settings: &Settings, back: &str, state: &str) -> Option<String> {
    let mut address = reqwest::Url::parse(&format!("{}/authorize", settings.sign_in.trim_end_matches('/'))).ok()?;
    address
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", back)
        .append_pair("token_content_type", "jwt")
        .append_pair("state", state);
    Some(address.into())
}

/// The tokens that a code stands for.
pub async fn redeem(settings: &Settings, back: &str, code: &str) -> Result<Tokens, Trouble> {
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", back), ("token_content_type", "jwt")];
    tokens(ask(settings, &form).await?, None).ok_or_else(|| garbled("ANAF gives no refresh token"))
}

/// The grant that a refresh token is, which somebody got elsewhere for this service's registration: it is tried at the first look.
pub fn pasted(refresh: &str) -> Tokens {
    let refresh = refresh.trim().to_owned();
    Tokens { access: None, access_until: None, refresh_until: end(&refresh), refresh }
}

/// What ANAF is asked with. A token that is not `stale`: where ANAF took that one no more, another is got.
pub async fn token(store: &Store, settings: &Settings, turn: &Turn, stale: Option<&str>) -> Result<String, Trouble> {
    for _ in 0..ASKED {
        let Some(grant) = grant::of(store, turn).await? else {
            return Err(Trouble::Problem(
                SpvProblem::Grant,
                "there is no grant of ANAF that could be opened: connect".to_owned(),
            ));
        };
        let now = Timestamp::now();
        let lasts = grant.tokens.access_until.is_some_and(|until| until > now + EARLY);
        if let Some(access) = grant.tokens.access.as_deref().filter(|access| lasts && Some(*access) != stale) {
            return Ok(access.to_owned());
        }
        if let Some(mine) = grant::take(store, &grant, now).await? {
            let (store, settings) = (store.clone(), settings.clone());
            // Not to be cut off between ANAF's answer and keeping it: the old refresh token may be used up then.
            let renewed = tokio::spawn(async move { renew(&store, &settings, mine).await }).await;
            return renewed.map_err(|_| garbled("renewing the grant was cut off"))?;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Trouble::Busy(PAUSE * 10))
}

async fn renew(store: &Store, settings: &Settings, grant: Grant) -> Result<String, Trouble> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", grant.tokens.refresh.as_str()), ("token_content_type", "jwt")];
    let given = match ask(settings, &form).await {
        Ok(given) => given,
        Err(trouble) => {
            grant::give_back(store, &grant, None).await?;
            return Err(trouble);
        }
    };
    let access = given.access.clone();
    if !grant::give_back(store, &grant, tokens(given, Some(&grant.tokens)).as_ref()).await? {
        tracing::info!("a newer grant of ANAF was given meanwhile");
    }
    Ok(access)
}

/// What was given, as it is kept; without a new refresh token the one there was stays.
fn tokens(given: oauth::Tokens, before: Option<&Tokens>) -> Option<Tokens> {
    let now = Timestamp::now();
    let access_until = end(&given.access).unwrap_or(now + given.lasts.unwrap_or(ACCESS));
    let (refresh, refresh_until) = match (given.refresh, before) {
        (Some(new), _) => (new.clone(), Some(end(&new).unwrap_or(now + REFRESH))),
        (None, Some(before)) => (before.refresh.clone(), before.refresh_until),
        (None, None) => return None,
    };
    Some(Tokens { access: Some(given.access), access_until: Some(access_until), refresh, refresh_until })
}

async fn ask(settings: &Settings, form: &[(&str, &str)]) -> Result<oauth::Tokens, Trouble> {
    if settings.client_id.is_empty() || settings.client_secret.is_empty() {
        let why = "this service is not registered at ANAF: client_id and client_secret of [spv] are empty";
        return Err(Trouble::Problem(SpvProblem::Unregistered, why.to_owned()));
    }
    let url = format!("{}/token", settings.sign_in.trim_end_matches('/'));
    let asker = Asker { url: &url, client_id: &settings.client_id, client_secret: &settings.client_secret, in_header: true };
    oauth::ask(&asker, form).await.map_err(|trouble| match trouble {
        oauth::Trouble::Network(_) => Trouble::Problem(SpvProblem::Unreachable, "ANAF cannot be reached for a token".to_owned()),
        oauth::Trouble::Refused(said) => Trouble::Problem(SpvProblem::Grant, format!("ANAF gives no token: {said}")),
        oauth::Trouble::Garbled => garbled("ANAF's answer holds no token"),
    })
}

/// When a token ends, if it says so itself (RFC 7519, section 4.1.4). Not verified: it is only ours to know when to renew it.
fn end(token: &str) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    Timestamp::from_second(serde_json::from_slice::<Claims>(&claims).ok()?.exp).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let text = str::to_owned;
        Settings {
            address: text("https://api.example/prod"),
            sign_in: text("https://sign-in.example/v1/"),
            client_id: text("us"),
            client_secret: text("secret"),
            poll: Duration::from_secs(1),
        }
    }

    #[test]
    fn the_way_there() {
        let address = address(&settings(), "https://post.example/spv/back", "a b").expect("an address");
        let want = "https://sign-in.example/v1/authorize?response_type=code&client_id=us&redirect_uri=https%3A%2F%2Fpost.example%2Fspv%2Fback\
                    &token_content_type=jwt&state=a+b";
        assert_eq!(address, want);
    }

    #[test]
    fn ends_are_read_where_they_are_said() {
        let token = |claims: &str| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(end(&token(r#"{"exp": 1800000000}"#)).map(Timestamp::as_second), Some(1_800_000_000));
        for none in ["", "opaque", "a.b.c", &token("{}"), &token(r#"{"exp": 9999999999999999}"#)] {
            assert_eq!(end(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_given_is_kept_and_what_is_not_stays() {
        let given = |refresh: Option<&str>| oauth::Tokens {
            access: "new".to_owned(),
            lasts: Some(Duration::from_secs(100)),
            refresh: refresh.map(str::to_owned),
        };
        let before = Tokens { refresh_until: Timestamp::from_second(5).ok(), ..pasted("old") };
        assert!(tokens(given(None), None).is_none(), "nothing to renew it by");
        let same = tokens(given(None), Some(&before)).expect("tokens");
        assert_eq!((same.refresh.as_str(), same.refresh_until), ("old", before.refresh_until));
        let new = tokens(given(Some("newer")), Some(&before)).expect("tokens");
        assert_eq!((new.refresh.as_str(), new.access.as_deref()), ("newer", Some("new")));
        let lasts = |until: Option<Timestamp>| until.expect("an end").duration_since(Timestamp::now()).as_secs();
        assert!((90..=100).contains(&lasts(new.access_until)) && lasts(new.refresh_until) > 364 * 86_400);
    }
}
