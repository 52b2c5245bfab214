//! Asking a state's system over HTTP.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};

use super::{Problem, Trouble};

/// The wait, if none is said by who wants to be asked later; the shortest, and the longest.
const USUAL_WAIT: Duration = Duration::from_secs(60);
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// Where a system's API is, and what it is asked by.
pub struct Server {
    client: Client,
    address: String,
    host: String,
}

impl Server {
    /// Of the API at this address; `timeout` is for one request.
    pub fn new(address: &str, timeout: Duration) -> std::io::Result<Server> {
        let address = address.trim_end_matches('/').to_owned();
        let client = Client::builder()
            .timeout(timeout)
            .connect_timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("postroom/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(std::io::Error::other)?;
        let host = address.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned();
        if host.is_empty() {
            return Err(std::io::Error::other(format!("{address:?} is no address of an API")));
        }
        Ok(Server { client, address, host })
    }

    /// Whose answers these are.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// A request for what is at this path of the API, with this token.
    pub fn request(&self, method: Method, path: &str, bearer: Option<&str>) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address));
        match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A request, without a token, for what is at a whole address that the system named. None: it would go there less safely than to the API.
    pub fn elsewhere(&self, url: &str) -> Option<RequestBuilder> {
        let scheme = |text: &str| text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let (own, other) = (scheme(&self.address)?, scheme(url)?);
        (other == "https" || other == own).then(|| self.client.get(url))
    }
}

/// The answer to a request, unless it is to be asked again later.
pub async fn sent<P: Problem>(request: RequestBuilder) -> Result<Response, Trouble<P>> {
    let response = request.send().await.map_err(|error| unreachable::<P>(&error))?;
    if response.status() != StatusCode::TOO_MANY_REQUESTS {
        return Ok(response);
    }
    let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    Err(Trouble::Busy(wait.map_or(USUAL_WAIT, Duration::from_secs).clamp(SHORTEST_WAIT, LONGEST_WAIT)))
}

/// All bytes of an answer, `most` at most.
pub async fn body<P: Problem>(mut response: Response, most: usize) -> Result<Bytes, Trouble<P>> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable::<P>(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(Trouble::Problem(P::GARBLED, format!("{}'s answer is too long", P::WHO)));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Without the address: an error's own text holds it, with numbers of companies and invoices.
fn unreachable<P: Problem>(error: &reqwest::Error) -> Trouble<P> {
    let what = if error.is_timeout() { "does not answer in time" } else { "cannot be reached" };
    Trouble::Problem(P::UNREACHABLE, format!("{} {what}", P::WHO))
}
