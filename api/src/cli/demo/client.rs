//! The demo's view of the API: what a script of the office would call.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How long the demo waits for the service to finish something.
const PATIENCE: Duration = Duration::from_secs(120);

/// A caller with a token.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Client {
    /// A caller of the service at `base`.
    pub fn new(base: String, token: String) -> Client {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        Client { agent: config.into(), base, token }
    }

    /// All arrivals, oldest first, once each is taken apart.
    pub fn settled_submissions(&self) -> Result<Vec<Value>> {
        self.once("the mails to be taken apart", || {
            let mut all = array(self.get("/v1/submissions?limit=200")?, "submissions");
            all.reverse();
            let waiting = all.iter().any(|submission| submission["state"] == "received");
            Ok((!waiting).then_some(all))
        })
    }

    /// An arrival with its parts.
    pub fn submission(&self, id: &str) -> Result<Value> {
        self.get(&format!("/v1/submissions/{id}"))
    }

    /// Documents of an arrival, in the order of their parts, each with pieces and reading.
    pub fn documents(&self, submission: &str) -> Result<Vec<Value>> {
        let rows = array(self.get(&format!("/v1/documents?limit=200&order=asc&submission={submission}"))?, "documents");
        rows.iter().map(|row| self.get(&format!("/v1/documents/{}", row["id"].as_str().unwrap_or_default()))).collect()
    }

    /// Has documents read and waits for the end.
    pub fn read(&self, ids: &[String]) -> Result<()> {
        let mut answer = self
            .agent
            .post(format!("{}/v1/documents/read", self.base))
            .header("authorization", self.bearer())
            .send_json(json!({"ids": ids}))?;
        let queued: Value = answer.body_mut().read_json()?;
        for job in queued["jobs"].as_array().into_iter().flatten() {
            let Some(id) = job["job"].as_str() else { continue };
            self.once("a document to be read", || {
                let state = self.get(&format!("/v1/jobs/{id}"))?["state"].clone();
                Ok((state != "ready" && state != "running").then_some(()))
            })?;
        }
        Ok(())
    }

    fn get(&self, path: &str) -> Result<Value> {
        let mut answer = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.bearer()).call()?;
        let body: Value = answer.body_mut().read_json()?;
        match answer.status().is_success() {
            true => Ok(body),
            false => Err(format!("GET {path}: {} {}", answer.status(), body["detail"]).into()),
        }
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn once<T>(&self, what: &str, ask: impl Fn() -> Result<Option<T>>) -> Result<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask()? {
                return Ok(answer);
            }
            if Instant::now() > end {
                return Err(format!("waited {} s in vain for {what}", PATIENCE.as_secs()).into());
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

fn array(mut body: Value, name: &str) -> Vec<Value> {
    match body[name].take() {
        Value::Array(rows) => rows,
        _ => vec![],
    }
}
