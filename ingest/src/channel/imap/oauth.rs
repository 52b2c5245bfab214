//! Access tokens by refresh token (RFC 6749 section 6), kept until they end.

use std::time::{Duration, Instant};

use store::mailbox::SignIn;

use super::Trouble;
use crate::channel::oauth;

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

/// The access token to sign in with; a new one where `known` has ended. The second value is the changed way to sign in, where the
/// provider gave a new refresh token: the old one may not be taken again.
pub async fn token(sign_in: &SignIn, known: &mut Option<Token>) -> Result<(Option<String>, Option<SignIn>), Trouble> {
    let SignIn::OAuth { token_url, client_id, client_secret, refresh_token, scope } = sign_in else { return Ok((None, None)) };
    if let Some(token) = known.as_ref().filter(|token| token.until > Instant::now()) {
        return Ok((Some(token.text.clone()), None));
    }
    let asker = oauth::Asker { url: token_url, client_id, client_secret, in_header: false };
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str()), ("scope", scope.as_str())];
    let given = oauth::ask(&asker, &form).await.map_err(|trouble| match trouble {
        oauth::Trouble::Network(said) => Trouble::Network(said),
        oauth::Trouble::Refused(said) => Trouble::SignIn(format!("the token server refuses: {said}")),
        oauth::Trouble::Garbled => Trouble::SignIn("the token server answers no JSON".to_owned()),
    })?;
    let lasts = given.lasts.unwrap_or(Duration::from_secs(3_600)).saturating_sub(EARLY);
    *known = Some(Token { text: given.access.clone(), until: Instant::now() + lasts });
    let changed = given.refresh.filter(|new| new != refresh_token).map(|new| {
        let mut sign_in = sign_in.clone();
        if let SignIn::OAuth { refresh_token, .. } = &mut sign_in {
            *refresh_token = new;
        }
        sign_in
    });
    Ok((Some(given.access), changed))
}
