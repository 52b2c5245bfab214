//! Signing in at a provider of the office's own: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636). The provider is named by
//! whoever runs the service, found by OpenID Connect Discovery 1.0, and believed about one thing: whose verified mail address it is. That
//! opens the account of somebody who has a place already; it makes none.

use std::time::Duration;

use aws_lc_rs::{constant_time, digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::Oidc;

/// Signatures that are taken: none that a secret shared with others makes.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// A provider has this long for each answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const LONGEST: usize = 512 << 10;
/// Seconds that clocks may differ.
const LEEWAY: u64 = 60;

/// Why nobody was signed in. For the log: the page says only that it did not work.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The provider could not be reached, or answered something else.
    #[error("{0}: {1}")]
    Provider(&'static str, String),
    /// What came back does not belong to what was begun here.
    #[error("the answer does not belong to a sign-in that was begun in this browser")]
    NotOurs,
    /// The provider said no.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// Its token is not to be believed.
    #[error("the token is not valid: {0}")]
    Token(String),
    /// It does not vouch for a mail address.
    #[error("the provider does not say that the mail address is verified")]
    NotVerified,
}

/// What the browser keeps between the two halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    state: String,
    nonce: String,
    verifier: String,
}

/// What came back from the provider.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    code: String,
    state: String,
    error: String,
}

impl Back {
    /// The code; or what the other site said instead.
    pub fn code(&self) -> Result<&str, String> {
        match self.error.is_empty() && !self.code.is_empty() {
            true => Ok(&self.code),
            false => Err(self.error.chars().take(100).collect()),
        }
    }
}

/// What the provider says of itself.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    aud: serde_json::Value,
    #[serde(flatten)]
    person: Person,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    person: Person,
}

#[derive(Default, Deserialize)]
struct Person {
    #[serde(default)]
    email: Option<String>,
    /// A few providers send the text `true`.
    #[serde(default)]
    email_verified: Option<serde_json::Value>,
}

impl Ticket {
    /// A new one.
    pub fn new() -> Result<Ticket, Trouble> {
        Ok(Ticket { state: random()?, nonce: random()?, verifier: random()? })
    }

    /// What is sent along and comes back.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Whether what came back belongs to this ticket.
    pub fn answered(&self, back: &Back) -> bool {
        constant_time::verify_slices_are_equal(self.state.as_bytes(), back.state.as_bytes()).is_ok()
    }

    /// The ticket in a cookie.
    pub fn parse(text: &str) -> Option<Ticket> {
        let mut parts = text.split('.').map(str::to_owned);
        let ticket = Ticket { state: parts.next()?, nonce: parts.next()?, verifier: parts.next()? };
        let good = |part: &String| part.len() == 43;
        (parts.next().is_none() && [&ticket.state, &ticket.nonce, &ticket.verifier].into_iter().all(good)).then_some(ticket)
    }
}

impl std::fmt::Display for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.state, self.nonce, self.verifier)
    }
}

fn random() -> Result<String, Trouble> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| Trouble::Provider("random", "no randomness".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Where the browser is sent, and what it keeps meanwhile.
pub async fn begin(config: &Oidc, redirect: &str) -> Result<(String, Ticket), Trouble> {
    let (found, ticket) = (discover(&client()?, config).await?, Ticket::new()?);
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, ticket.verifier.as_bytes()));
    let mut address = reqwest::Url::parse(&found.authorization_endpoint).map_err(|e| provider("authorization_endpoint", e))?;
    address
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &config.client_id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", "openid email profile")
        .append_pair("state", &ticket.state)
        .append_pair("nonce", &ticket.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    Ok((address.into(), ticket))
}

/// The verified mail address of who came back.
pub async fn finish(config: &Oidc, redirect: &str, ticket: &Ticket, back: &Back) -> Result<String, Trouble> {
    if !ticket.answered(back) {
        return Err(Trouble::NotOurs);
    }
    let code = back.code().map_err(Trouble::Refused)?;
    let client = client()?;
    let found = discover(&client, config).await?;
    let tokens = redeem(&client, config, &found, redirect, ticket, code).await?;
    let keys: JwkSet = answer("jwks_uri", client.get(&found.jwks_uri)).await?;
    let claims = verify(config, &keys, &tokens.id_token, &ticket.nonce)?;
    let person = match (&claims.person.email, &found.userinfo_endpoint) {
        // The token need not name it (Core 5.4): then the same person is asked for.
        (None, Some(endpoint)) if !tokens.access_token.is_empty() => {
            let info: UserInfo = answer("userinfo", client.get(endpoint).bearer_auth(&tokens.access_token)).await?;
            if info.sub != claims.sub {
                return Err(Trouble::Token("userinfo is of somebody else".to_owned()));
            }
            info.person
        }
        _ => claims.person,
    };
    verified(person)
}

fn verified(person: Person) -> Result<String, Trouble> {
    let sure = match person.email_verified {
        Some(serde_json::Value::Bool(sure)) => sure,
        Some(serde_json::Value::String(text)) => text == "true",
        _ => false,
    };
    person.email.filter(|email| sure && email.contains('@')).ok_or(Trouble::NotVerified)
}

fn client() -> Result<Client, Trouble> {
    let redirect = reqwest::redirect::Policy::none();
    Client::builder().timeout(PATIENCE).redirect(redirect).build().map_err(|error| provider("client", error))
}

fn provider(what: &'static str, error: impl std::fmt::Display) -> Trouble {
    Trouble::Provider(what, error.to_string())
}

async fn answer<T: DeserializeOwned>(what: &'static str, request: RequestBuilder) -> Result<T, Trouble> {
    let mut response =
        request.send().await.and_then(reqwest::Response::error_for_status).map_err(|e| provider(what, e.without_url()))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| provider(what, e.without_url()))? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(provider(what, "the answer is too long"));
        }
    }
    serde_json::from_slice(&body).map_err(|error| provider(what, error))
}

/// Discovery 4: under the issuer, which must name itself.
async fn discover(client: &Client, config: &Oidc) -> Result<Discovery, Trouble> {
    let issuer = config.issuer.trim_end_matches('/');
    let found: Discovery = answer("discovery", client.get(format!("{issuer}/.well-known/openid-configuration"))).await?;
    if found.issuer.trim_end_matches('/') != issuer {
        return Err(provider("discovery", "the provider calls itself otherwise"));
    }
    for (what, endpoint) in [("token_endpoint", &found.token_endpoint), ("jwks_uri", &found.jwks_uri)] {
        // What is fetched over TLS must not lead to what is not.
        if issuer.starts_with("https://") && !endpoint.starts_with("https://") {
            return Err(provider(what, "it is no https address"));
        }
    }
    Ok(found)
}

async fn redeem(
    client: &Client,
    config: &Oidc,
    found: &Discovery,
    redirect: &str,
    ticket: &Ticket,
    code: &str,
) -> Result<Tokens, Trouble> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", ticket.verifier.as_str()),
        ("client_id", config.client_id.as_str()),
    ];
    let secret = config.client_secret.expose();
    let mut request = client.post(&found.token_endpoint);
    // Discovery 3: client_secret_basic where nothing is said.
    let methods = &found.token_endpoint_auth_methods_supported;
    let basic = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
    match (secret.is_empty(), basic) {
        (true, _) => {}
        (false, true) => request = request.basic_auth(encoded(&config.client_id), Some(encoded(secret))),
        (false, false) => form.push(("client_secret", secret)),
    }
    answer("token_endpoint", request.form(&form)).await
}

/// RFC 6749 section 2.3.1: form-encoded before they are put together.
fn encoded(text: &str) -> String {
    crate::pages::escaped(text).replace('/', "%2F")
}

/// Core 3.1.3.7.
fn verify(config: &Oidc, keys: &JwkSet, token: &str, nonce: &str) -> Result<Claims, Trouble> {
    let bad = |error: &dyn std::fmt::Display| Trouble::Token(error.to_string());
    let header = decode_header(token).map_err(|e| bad(&e))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(bad(&"its signature is of a kind that is not taken"));
    }
    let key = match &header.kid {
        Some(kid) => keys.find(kid),
        None => keys.keys.first().filter(|_| keys.keys.len() == 1),
    };
    let key = DecodingKey::from_jwk(key.ok_or_else(|| bad(&"no key of the provider fits"))?).map_err(|e| bad(&e))?;
    let mut rules = Validation::new(header.alg);
    let issuer = config.issuer.trim_end_matches('/');
    rules.set_issuer(&[issuer, &*format!("{issuer}/")]);
    rules.set_audience(&[config.client_id.as_str()]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.leeway = LEEWAY;
    rules.validate_nbf = true;
    let claims: Claims = decode(token, &key, &rules).map_err(|e| bad(&e))?.claims;
    let several = claims.aud.as_array().is_some_and(|all| all.len() > 1);
    let party = claims.azp.as_ref().map_or(!several, |azp| *azp == config.client_id);
    if !party {
        return Err(bad(&"it was made for somebody else"));
    }
    match constant_time::verify_slices_are_equal(claims.nonce.as_bytes(), nonce.as_bytes()) {
        Ok(()) => Ok(claims),
        Err(_) => Err(bad(&"it belongs to another sign-in")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_goes_through_a_cookie() {
        let ticket = Ticket::new().unwrap();
        assert_eq!(Ticket::parse(&ticket.to_string()), Some(ticket.clone()));
        assert_ne!(Ticket::new().unwrap(), ticket);
        for bad in ["", "a.b.c", &format!("{ticket}.x"), &format!("{}.{}", ticket.state, ticket.nonce)] {
            assert_eq!(Ticket::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_a_verified_address_counts() {
        let person = |json: &str| verified(serde_json::from_str(json).unwrap()).ok();
        let anna = || Some("anna@biuro.example".to_owned());
        assert_eq!(person(r#"{"email": "anna@biuro.example", "email_verified": true}"#), anna());
        assert_eq!(person(r#"{"email": "anna@biuro.example", "email_verified": "true"}"#), anna());
        for json in [
            r#"{"email": "anna@biuro.example"}"#,
            r#"{"email": "anna@biuro.example", "email_verified": false}"#,
            r#"{"email": "anna@biuro.example", "email_verified": 1}"#,
            r#"{"email_verified": true}"#,
            r#"{"email": "anna", "email_verified": true}"#,
        ] {
            assert_eq!(person(json), None, "{json}");
        }
    }

    mod tokens {
        use super::*;
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
        use serde_json::{Value, json};

        /// A provider with one key.
        struct Key(EcdsaKeyPair);

        impl Key {
            fn new() -> Key {
                Key(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
            }

            fn set(&self) -> JwkSet {
                let point = self.0.public_key().as_ref();
                let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
                let key = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "1", "alg": "ES256", "use": "sig"});
                serde_json::from_value(json!({ "keys": [key] })).unwrap()
            }

            fn sign(&self, header: &Value, claims: &Value) -> String {
                let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
                let signed = format!("{}.{}", text(header), text(claims));
                let signature = self.0.sign(&aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes()).unwrap();
                format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
            }
        }

        #[test]
        fn what_is_not_for_us_now_is_refused() {
            let config = Oidc { issuer: "https://id.example".to_owned(), client_id: "postroom".to_owned(), ..Oidc::default() };
            let (key, now) = (Key::new(), jiff::Timestamp::now().as_second());
            let header = json!({"alg": "ES256", "kid": "1"});
            let good = json!({"iss": "https://id.example", "aud": "postroom", "sub": "7", "nonce": "n", "exp": now + 300,
                              "email": "anna@biuro.example", "email_verified": true});
            let with = |name: &str, value: Value| {
                let mut claims = good.clone();
                claims[name] = value;
                claims
            };
            let taken = |header: &Value, claims: &Value| verify(&config, &key.set(), &key.sign(header, claims), "n").is_ok();
            assert!(taken(&header, &good));
            assert!(taken(&header, &with("iss", json!("https://id.example/"))));
            assert!(taken(&header, &with("aud", json!(["postroom"]))));
            let mut several = with("aud", json!(["postroom", "other"]));
            assert!(!taken(&header, &several), "made for several, and nobody says for whom");
            several["azp"] = json!("postroom");
            assert!(taken(&header, &several));
            for (name, value) in [
                ("iss", json!("https://evil.example")),
                ("aud", json!("other")),
                ("azp", json!("other")),
                ("nonce", json!("m")),
                ("nonce", Value::Null),
                ("exp", json!(now - 300)),
                ("nbf", json!(now + 300)),
            ] {
                let mut claims = with(name, value.clone());
                if value.is_null() {
                    claims.as_object_mut().unwrap().remove(name);
                }
                assert!(!taken(&header, &claims), "{name} {value}");
            }
            assert!(!taken(&json!({"alg": "ES256", "kid": "2"}), &good), "another key's name");
            let mut token = key.sign(&header, &good);
            assert!(verify(&config, &Key::new().set(), &token, "n").is_err(), "another key");
            // A token that is not signed, or by a secret that the key's text would be.
            for alg in ["none", "HS256"] {
                let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
                token = format!("{}.{}.", text(&json!({"alg": alg, "kid": "1"})), text(&good));
                assert!(verify(&config, &key.set(), &token, "n").is_err(), "{alg}");
            }
        }
    }
}
