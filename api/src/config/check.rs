//! Values that can be read and cannot be right: said at the start, not when the first mail is lost over them.

use ingest::channel::proxy::Network;
use tracing_subscriber::filter::LevelFilter;

use super::Config;
use crate::webhooks::Rules;

impl Config {
    /// What is wrong with a value: which one, and what to write.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_numbers()?;
        let database = self.storage.database_url.expose();
        if !database.is_empty() && !["postgres:", "postgresql:", "sqlite:"].iter().any(|scheme| database.starts_with(scheme)) {
            // The value may hold a password.
            return Err("[storage] database_url: write postgres://user@host/database, or nothing for SQLite".to_owned());
        }
        let url = &self.http.public_url;
        if !url.is_empty() && !is_origin(url) {
            return Err(format!(
                "[http] public_url {url:?}: write what people type, without a path, like https://post.example.com"
            ));
        }
        self.http.networks()?;
        self.smtp.networks()?;
        Rules::new(&self.webhooks.networks).map_err(|error| format!("[webhooks] networks: {error}"))?;
        if let Err(error) = self.relay.from.parse::<lettre::message::Mailbox>() {
            return Err(format!("[relay] from {:?}: {error}; write it like Postroom <post@example.com>", self.relay.from));
        }
        if !is_filter(&self.log.level) {
            return Err(format!(
                "[log] level {:?}: it is error, warn, info, debug, trace or off, or a filter such as info,ingest=debug",
                self.log.level
            ));
        }
        Ok(())
    }

    /// Numbers that would stop everything.
    fn check_numbers(&self) -> Result<(), String> {
        for (name, value) in [
            ("[http] session_hours", u64::from(self.http.session_hours)),
            ("[http] max_connections", self.http.max_connections as u64),
            ("[http] max_upload_bytes", self.http.max_upload_bytes),
            ("[smtp] max_connections", self.smtp.max_connections as u64),
            ("[smtp] max_connections_per_address", self.smtp.max_connections_per_address as u64),
            ("[smtp] max_connections_per_minute", u64::from(self.smtp.max_connections_per_minute)),
            ("[smtp] max_message_bytes", self.smtp.max_message_bytes),
            ("[smtp] max_recipients", self.smtp.max_recipients as u64),
            ("[smtp] max_mails_per_hour", self.smtp.max_mails_per_hour),
            ("[reader] light", self.reader.light as u64),
            ("[reader] timeout_seconds", self.reader.timeout_seconds),
            ("[reader] memory_mb", self.reader.memory_mb),
            ("[reader] max_pages", u64::from(self.reader.max_pages)),
            ("[storage] connections", u64::from(self.storage.connections)),
        ] {
            if value == 0 {
                return Err(format!("{name}: it must be 1 at least"));
            }
        }
        Ok(())
    }
}

impl super::Http {
    /// The reverse proxies that are believed.
    pub fn networks(&self) -> Result<Vec<Network>, String> {
        networks("[http] proxies", &self.proxies)
    }
}

impl super::Smtp {
    /// The balancers, whose connections begin with a PROXY header.
    pub fn networks(&self) -> Result<Vec<Network>, String> {
        networks("[smtp] balancers", &self.balancers)
    }
}

/// Networks as they are written under a key.
fn networks(key: &str, texts: &[String]) -> Result<Vec<Network>, String> {
    let networks = texts.iter().map(|text| text.parse()).collect::<Result<Vec<Network>, _>>();
    networks.map_err(|error| format!("{key}: {error}"))
}

/// Scheme and host, with a port or not.
fn is_origin(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|host| {
        let host = host.strip_suffix('/').unwrap_or(host);
        !host.is_empty() && !host.contains(|c: char| matches!(c, '/' | '?' | '#' | '@') || c.is_whitespace())
    })
}

/// Words without `=` must be levels: the filter takes any other for a module that does not exist, and is silent.
fn is_filter(text: &str) -> bool {
    text.split(',').map(str::trim).all(|part| part.contains('=') || part.parse::<LevelFilter>().is_ok())
        && tracing_subscriber::EnvFilter::try_new(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_filter, is_origin};

    #[test]
    fn what_people_write() {
        for (url, right) in [
            ("https://post.example.com", true),
            ("https://post.example.com/", true),
            ("http://10.0.0.5:8080", true),
            ("post.example.com", false),
            ("https://", false),
            ("https://post.example.com/postroom", false),
            ("https://anna@post.example.com", false),
        ] {
            assert_eq!(is_origin(url), right, "{url}");
        }
        for (level, right) in
            [("info", true), ("off", true), ("info,ingest=debug", true), ("WARN", true), ("loud", false), ("info,ingest", false)]
        {
            assert_eq!(is_filter(level), right, "{level}");
        }
    }
}
