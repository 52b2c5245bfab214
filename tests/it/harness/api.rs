//! A caller of the API.

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

/// One caller with its token.
#[derive(Clone)]
pub struct Api {
    agent: ureq::Agent,
    base: String,
    token: String,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, empty where absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Itself, after checking the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

impl Api {
    /// A caller of the service at `base`.
    pub fn new(base: &str, token: &str) -> Api {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(std::time::Duration::from_secs(90)))
            .build();
        Api { agent: config.into(), base: base.to_owned(), token: token.to_owned() }
    }

    /// Any request.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body.is_empty() && method != "POST" && method != "PUT" && method != "PATCH" {
            true => self.agent.run(request.body(()).expect("a request")),
            false => self.agent.run(request.body(body).expect("a request")),
        };
        let mut response = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a whole body");
        Reply { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    /// GET of JSON from a service that may have died.
    pub fn try_get(&self, path: &str) -> Option<Value> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("authorization", format!("Bearer {}", self.token));
        serde_json::from_slice(&request.call().ok()?.body_mut().read_to_vec().ok()?).ok()
    }

    /// The status of an answer whose body never ends.
    pub fn status_only(&self, path: &str) -> u16 {
        let mut request = Request::builder().method("GET").uri(format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        self.agent.run(request.body(()).expect("a request")).expect("an answer").status().as_u16()
    }

    /// GET.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], &[])
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.send("PUT", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// PATCH of JSON with If-Match.
    pub fn patch(&self, path: &str, version: &str, body: &Value) -> Reply {
        self.send("PATCH", path, &[("content-type", "application/json"), ("if-match", version)], body.to_string().as_bytes())
    }
}
