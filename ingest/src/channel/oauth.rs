//! Tokens of an OAuth 2 server (RFC 6749): by the code that somebody's browser brought back (section 4.1.3), and by refresh token (section 6).

use std::time::Duration;

use serde::Deserialize;

/// Longer no token is taken to last, in seconds: what a server says must not reach beyond the times that can be counted.
const LONGEST: u64 = 10 * 365 * 86_400;

/// Who asks, and where.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// The token endpoint.
    pub url: &'a str,
    /// What the server calls this program.
    pub client_id: &'a str,
    /// Its secret; empty where the server gave none.
    pub client_secret: &'a str,
    /// Who asks is said in a header (section 2.3.1), not in the body.
    pub in_header: bool,
}

/// What the server gave.
#[derive(Clone)]
pub struct Tokens {
    /// What to ask with.
    pub access: String,
    /// How long it lasts, if the server says so.
    pub lasts: Option<Duration>,
    /// A new refresh token: the old one may not be taken again.
    pub refresh: Option<String>,
}

/// Why there are none.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The server does not answer, or not now.
    Network(String),
    /// It says no: what was shown to it has ended, was revoked, or is wrong.
    Refused(String),
    /// It answers something else.
    Garbled,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Answer {
    fn lasts(&self) -> Option<Duration> {
        self.expires_in.map(|seconds| Duration::from_secs(seconds.min(LONGEST)))
    }
}

/// Asks for tokens with `form`, to which is added who asks.
pub async fn ask(asker: &Asker<'_>, form: &[(&str, &str)]) -> Result<Tokens, Trouble> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|_| Trouble::Network("no HTTP client".to_owned()))?;
    let mut form: Vec<(&str, &str)> = form.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    let mut request = client.post(asker.url);
    if asker.in_header {
        request = request.basic_auth(asker.client_id, Some(asker.client_secret));
    } else {
        form.push(("client_id", asker.client_id));
        form.extend([("client_secret", asker.client_secret)].into_iter().filter(|(_, value)| !value.is_empty()));
    }
    // An error's text may hold the address; secrets are in header and body alone.
    let answer = request.form(&form).send().await.map_err(|error| Trouble::Network(error.to_string()))?;
    let status = answer.status();
    if status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS {
        return Err(Trouble::Network(format!("the token server answers {}", status.as_u16())));
    }
    let answer: Answer = answer.json().await.map_err(|_| Trouble::Garbled)?;
    let lasts = answer.lasts();
    let Some(access) = answer.access_token.filter(|token| !token.is_empty()) else {
        let said: Vec<String> = answer.error.into_iter().chain(answer.error_description).collect();
        let said = if said.is_empty() { "no reason given".to_owned() } else { said.join(": ") };
        return Err(Trouble::Refused(said.chars().filter(|c| !c.is_control()).take(200).collect()));
    };
    Ok(Tokens { access, lasts, refresh: answer.refresh_token.filter(|token| !token.is_empty()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_server_says_an_end_can_be_counted() {
        for (said, seconds) in [("3600", Some(3_600)), ("18446744073709551615", Some(LONGEST)), ("null", None)] {
            let answer: Answer =
                serde_json::from_str(&format!(r#"{{"access_token": "a", "expires_in": {said}}}"#)).expect("an answer");
            assert_eq!(answer.lasts(), seconds.map(Duration::from_secs), "{said}");
        }
    }
}
