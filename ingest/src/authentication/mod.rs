//! Who really sent a mail: SPF (RFC 7208), DKIM (RFC 6376), their alignment as DMARC (RFC 9989) has it, and ARC (RFC 8617).
//!
//! What comes straight from another server is checked here. What a server of our own hands over (LMTP), or what lay in a mailbox
//! (IMAP), was checked when it arrived there: then the Authentication-Results of configured servers are all there is to go by.

mod results;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::TokioResolver;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::net::runtime::TokioRuntimeProvider;
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{ArcOutput, AuthenticatedMessage, DkimResult, DmarcResult, MessageAuthenticator, SpfResult};

pub use results::{Method, trusted};

use crate::gate::{Authentication, domain_of};

/// Time for all questions to the DNS that one mail costs.
const BUDGET: Duration = Duration::from_secs(5);
/// Signatures looked at; the rest of a header full of them costs nothing (RFC 6376 section 8.4).
const MAX_SIGNATURES: usize = 10;

/// Checks mails with the DNS. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator {
    dns: MessageAuthenticator,
    sealers: Vec<String>,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").field("sealers", &self.sealers).finish_non_exhaustive()
    }
}

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// From where it came.
    pub peer: IpAddr,
    /// What the sending server said it is.
    pub helo: &'a str,
    /// Our own name.
    pub host: &'a str,
    /// Empty for `<>`.
    pub reverse_path: &'a str,
    /// The mail.
    pub raw: &'a [u8],
}

/// What is proved, and the results in the words of RFC 8601, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// For the gate.
    pub authentication: Authentication,
    /// `spf=pass smtp.mailfrom=…; dkim=pass header.d=…; dmarc=pass; arc=none`
    pub results: String,
}

impl Authenticator {
    /// Asks `servers`, or those of the system where there are none. `sealers` are the domains whose ARC seals are trusted.
    pub fn new(servers: &[SocketAddr], sealers: &[String]) -> std::io::Result<Authenticator> {
        let (config, mut options) = if servers.is_empty() {
            read_system_conf().map_err(std::io::Error::other)?
        } else {
            let servers = servers.iter().map(|server| name_server(*server)).collect();
            (ResolverConfig::from_parts(None, vec![], servers), ResolverOpts::default())
        };
        // Within the budget there is time for a second question.
        (options.timeout, options.attempts) = (Duration::from_secs(2), 1);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options);
        let dns = MessageAuthenticator(builder.build().map_err(std::io::Error::other)?);
        Ok(Authenticator { dns, sealers: sealers.iter().map(|domain| domain.to_lowercase()).collect() })
    }

    /// Checks a mail. What takes too long counts as not proved.
    pub async fn check(&self, sent: Sent<'_>) -> Proof {
        match tokio::time::timeout(BUDGET, self.check_all(sent)).await {
            Ok(proof) => proof,
            Err(_) => Proof { results: "dns=timeout".to_owned(), ..Proof::default() },
        }
    }

    async fn check_all(&self, sent: Sent<'_>) -> Proof {
        let Some(mut message) = AuthenticatedMessage::parse(sent.raw) else { return Proof::default() };
        message.dkim_headers.truncate(MAX_SIGNATURES);
        let helo = if sent.helo.contains('.') { sent.helo } else { "localhost.invalid" };
        let mail_from = SpfParameters::verify_mail_from(sent.peer, helo, sent.host, sent.reverse_path);
        let (spf, dkim, arc) =
            tokio::join!(self.dns.verify_spf(mail_from), self.dns.verify_dkim(&message), self.dns.verify_arc(&message));
        let path_domain = domain_of(sent.reverse_path);
        let dmarc = self.dns.verify_dmarc(DmarcParameters::new(&message, &dkim, &path_domain, &spf)).await;
        let spf_pass = spf.result() == SpfResult::Pass && !path_domain.is_empty();
        let signers: Vec<String> = dkim
            .iter()
            .filter(|output| *output.result() == DkimResult::Pass)
            .filter_map(|output| Some(output.signature()?.d.to_lowercase()))
            .collect();
        let from = author(&message);
        let has_policy = dmarc.dmarc_record().is_some();
        let aligned = *dmarc.dkim_result() == DmarcResult::Pass || *dmarc.spf_result() == DmarcResult::Pass;
        // A domain without a DMARC record says nothing of alignment: then it must be the domain itself, or one above it.
        let alone = from.as_deref().is_some_and(|from| {
            !has_policy && (signers.iter().any(|signer| is_within(from, signer)) || (spf_pass && from == path_domain))
        });
        let sealed = self.sealed(&message, &arc);
        let vouched = from.as_deref().is_some_and(|from| sealed.iter().any(|methods| results::proves(methods, from)));
        let relayed = last_sealer(&arc).is_some_and(|sealer| !path_domain.is_empty() && is_within(&path_domain, &sealer));
        Proof {
            authentication: Authentication {
                from: from.is_some() && (aligned || alone || vouched),
                forwarder: spf_pass || relayed,
            },
            results: format!(
                "spf={} smtp.mailfrom={path_domain}; dkim={}; dmarc={}; arc={}{}",
                spf.result().to_string().to_lowercase(),
                if signers.is_empty() { "none".to_owned() } else { format!("pass header.d={}", signers.join(",")) },
                word(match (has_policy, aligned) {
                    (false, _) => None,
                    (true, pass) => Some(pass),
                }),
                word(match arc.result() {
                    DkimResult::None => None,
                    result => Some(*result == DkimResult::Pass),
                }),
                proved(from.is_some() && (aligned || alone || vouched)),
            ),
        }
    }

    /// What trusted servers on the way found, by an unbroken ARC chain whose last seal is theirs.
    fn sealed(&self, message: &AuthenticatedMessage<'_>, arc: &ArcOutput<'_>) -> Option<Vec<Method>> {
        let sealer = last_sealer(arc)?;
        if !self.sealers.contains(&sealer) {
            return None;
        }
        let instance = arc.sets().last()?.results.header.i;
        let found = message.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"ARC-Authentication-Results"));
        let mut values = found.filter_map(|(_, value)| results::sealed(&String::from_utf8_lossy(value), instance));
        // Two of one instance break the chain; mail-auth has refused that already.
        values.next()
    }
}

/// Who sealed last, if the chain is unbroken.
fn last_sealer(arc: &ArcOutput<'_>) -> Option<String> {
    let intact = *arc.result() == DkimResult::Pass;
    arc.sets().last().filter(|_| intact).map(|set| set.seal.header.d.to_lowercase())
}

/// Domain of the one author: with two, each would vouch for the other.
fn author(message: &AuthenticatedMessage<'_>) -> Option<String> {
    match &message.from[..] {
        [only] => Some(domain_of(only)).filter(|domain| !domain.is_empty()),
        _ => None,
    }
}

/// Whether `domain` is `above` or a subdomain of it.
fn is_within(domain: &str, above: &str) -> bool {
    domain == above || domain.strip_suffix(above).is_some_and(|rest| rest.ends_with('.') && above.contains('.'))
}

/// What says in the results that the author is proven: what is asked before a notice is sent.
pub(super) fn proved(author: bool) -> &'static str {
    if author { "; author=pass" } else { "" }
}

fn word(passed: Option<bool>) -> &'static str {
    match passed {
        Some(true) => "pass",
        Some(false) => "fail",
        None => "none",
    }
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    NameServerConfig::new(server.ip(), true, connections.into())
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn subdomains_are_within_and_look_alikes_are_not() {
        for (domain, above, want) in [
            ("mlyn.example", "mlyn.example", true),
            ("mail.mlyn.example", "mlyn.example", true),
            ("evilmlyn.example", "mlyn.example", false),
            ("mlyn.example", "mail.mlyn.example", false),
            ("mlyn.example", "example", false),
            ("", "", true),
        ] {
            assert_eq!(is_within(domain, above), want, "{domain} {above}");
        }
    }
}
