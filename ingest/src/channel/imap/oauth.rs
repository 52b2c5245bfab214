//! Access tokens by refresh token (RFC 6749 section 6), kept until they end.

use std::time::{Duration, Instant};

use serde::Deserialize;
use store::mailbox::SignIn;

use super::Trouble;

/// Renewed this long before it ends.
const EARLY: Duration = Duration::from_secs(120);

/// Google's and Microsoft's addresses and scopes, by the names people give.
pub fn provider(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "google" => Some(("https://oauth2.googleapis.com/token", "https://mail.google.com/")),
        "microsoft" => Some((
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        )),
        _ => None,
    }
}

/// An access token.
#[derive(Clone)]
pub struct Token {
    text: String,
    until: Instant,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    error: Option<String>,
}

/// The access token to sign in with; a new one where `known` has ended. The second value is the changed way to sign in, where the
/// provider gave a new refresh token: the old one may not be taken again.
pub async fn token(sign_in: &SignIn, known: &mut Option<Token>) -> Result<(Option<String>, Option<SignIn>), Trouble> {
    let SignIn::OAuth { token_url, client_id, client_secret, refresh_token, scope } = sign_in else { return Ok((None, None)) };
    if let Some(token) = known.as_ref().filter(|token| token.until > Instant::now()) {
        return Ok((Some(token.text.clone()), None));
    }
    let mut form =
        vec![("grant_type", "refresh_token"), ("client_id", client_id.as_str()), ("refresh_token", refresh_token.as_str())];
    form.extend(
        [("client_secret", client_secret.as_str()), ("scope", scope.as_str())].into_iter().filter(|(_, v)| !v.is_empty()),
    );
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|_| Trouble::SignIn("no HTTP client".to_owned()))?;
    // An error's text may hold the address; secrets are in the body alone.
    let answer = client.post(token_url).form(&form).send().await.map_err(|error| Trouble::Network(error.to_string()))?;
    let answer: Answer = answer.json().await.map_err(|_| Trouble::SignIn("the token server answers no JSON".to_owned()))?;
    let Some(text) = answer.access_token else {
        let said = answer.error.unwrap_or_else(|| "no reason given".to_owned());
        return Err(Trouble::SignIn(format!("the token server refuses: {said}")));
    };
    let lasts = Duration::from_secs(answer.expires_in.unwrap_or(3_600)).saturating_sub(EARLY);
    *known = Some(Token { text: text.clone(), until: Instant::now() + lasts });
    let changed = answer.refresh_token.filter(|new| new != refresh_token).map(|new| {
        let mut sign_in = sign_in.clone();
        if let SignIn::OAuth { refresh_token, .. } = &mut sign_in {
            *refresh_token = new;
        }
        sign_in
    });
    Ok((Some(text), changed))
}
