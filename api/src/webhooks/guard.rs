//! Where webhooks may go. Their addresses are typed by people of an office, and this service stands where those may not reach: so only
//! addresses of the Internet, and the networks that the operator names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use ingest::channel::proxy::Network;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

use crate::config::Config;
use crate::http::{Code, Problem};

/// Not addresses of the Internet (IANA's special-purpose registries for IPv4 and IPv6).
const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
];
/// The part of IPv6 that global addresses are given from.
const GLOBAL_V6: &str = "2000::/3";
/// Never, whatever the operator names: nowhere, links (clouds tell secrets of the machine there), many at once, and clouds' own.
const NEVER: &[&str] =
    &["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "100.100.100.200", "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254"];
/// IPv4 within IPv6 for translators (RFC 6052 section 2.1).
const NAT64: &str = "64:ff9b::/96";

/// Which addresses may be reached.
#[derive(Clone, Debug)]
pub struct Rules(Arc<Lists>);

#[derive(Debug)]
struct Lists {
    /// Those that the operator names.
    named: Vec<Network>,
    special: Vec<Network>,
    never: Vec<Network>,
    global_v6: Network,
    nat64: Network,
}

impl Rules {
    /// Addresses of the Internet, and of these networks.
    pub fn new(networks: &[String]) -> Result<Rules, String> {
        let list = |texts: &[&str]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<Network>, _>>();
        let named = networks.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let (special, never) = (list(SPECIAL)?, list(NEVER)?);
        Ok(Rules(Arc::new(Lists { named, special, never, global_v6: GLOBAL_V6.parse()?, nat64: NAT64.parse()? })))
    }

    /// Whether messages may go to an address; without TLS only within the operator's networks.
    pub fn allow(&self, address: IpAddr, secure: bool) -> bool {
        let lists = &self.0;
        let address = match address.to_canonical() {
            IpAddr::V6(v6) if lists.nat64.contains(v6.into()) => {
                let [.., a, b, c, d] = v6.octets();
                IpAddr::V4(Ipv4Addr::new(a, b, c, d))
            }
            other => other,
        };
        let within = |networks: &[Network]| networks.iter().any(|network| network.contains(address));
        if within(&lists.never) {
            return false;
        }
        let public = !within(&lists.special) && (address.is_ipv4() || lists.global_v6.contains(address));
        within(&lists.named) || (secure && public)
    }

    /// Whether an address as it is written may be tried at all. Where its name leads to is seen each time.
    pub fn allow_url(&self, url: &Url) -> bool {
        let secure = url.scheme() == "https";
        if !secure && (url.scheme() != "http" || self.0.named.is_empty()) {
            return false;
        }
        match url.host() {
            None => false,
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(v4)) => self.allow(v4.into(), secure),
            Some(Host::Ipv6(v6)) => self.allow(v6.into(), secure),
        }
    }
}

/// Looks names up and leaves out what may not be reached: what is connected to is what was judged.
pub struct Guarded {
    /// Which may be reached.
    pub rules: Rules,
    /// For connections with TLS.
    pub secure: bool,
}

/// A name leads nowhere that may be reached.
#[derive(Debug, thiserror::Error)]
#[error("this name leads to no address that webhooks may go to")]
pub struct NotAllowed;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, secure) = (self.rules.clone(), self.secure);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let good: Vec<SocketAddr> = found.into_iter().filter(|address| rules.allow(address.ip(), secure)).collect();
            match good.is_empty() {
                true => Err(NotAllowed.into()),
                false => Ok(Box::new(good.into_iter()) as Addrs),
            }
        })
    }
}

/// Why an address cannot be a webhook's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is no whole address.
    Form,
    /// It has a user, a password or a fragment.
    Extra,
    /// It is not reached by TLS.
    Plain,
    /// It is not one that this service may reach.
    Place,
}

impl Unfit {
    /// All of them.
    #[cfg(test)]
    pub const ALL: [Unfit; 4] = [Unfit::Form, Unfit::Extra, Unfit::Plain, Unfit::Place];

    /// Its name in the texts of the pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unfit::Form => "form",
            Unfit::Extra => "extra",
            Unfit::Plain => "plain",
            Unfit::Place => "place",
        }
    }

    /// A sentence for a person: what to do.
    const fn sentence(self) -> &'static str {
        match self {
            Unfit::Form => "Write a whole address: https://example.com/path.",
            Unfit::Extra => "An address without user, password and fragment is needed.",
            Unfit::Plain => "The address must begin with https://.",
            Unfit::Place => {
                "Webhooks do not go to this address: it is no public one, and not in [webhooks] networks of the configuration."
            }
        }
    }
}

/// The address of a webhook as it is kept, or why it cannot be one.
pub fn check(config: &Config, text: &str) -> Result<String, Problem> {
    let judged = judge(config, text)?;
    judged.map_err(|unfit| Problem::field(Code::Invalid, "url", unfit.sentence()))
}

/// The same for pages, which say it in their language.
pub fn judge(config: &Config, text: &str) -> Result<Result<String, Unfit>, Problem> {
    let rules = Rules::new(&config.webhooks.networks).map_err(Problem::internal)?;
    let Ok(url) = Url::parse(text.trim()) else { return Ok(Err(Unfit::Form)) };
    Ok(match () {
        () if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() => Err(Unfit::Extra),
        () if url.scheme() != "https" && config.webhooks.networks.is_empty() => Err(Unfit::Plain),
        () if !rules.allow_url(&url) => Err(Unfit::Place),
        () => Ok(url.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_and_what_the_operator_names() {
        let closed = Rules::new(&[]).unwrap();
        let open =
            Rules::new(&["127.0.0.0/8".to_owned(), "192.168.7.0/24".to_owned(), "::1".to_owned(), "169.254.0.0/16".to_owned()])
                .unwrap();
        for (address, public, named) in [
            ("93.184.216.34", true, false),
            ("2606:4700::1111", true, false),
            ("64:ff9b::5db8:d822", true, false),
            ("127.0.0.1", false, true),
            ("127.9.9.9", false, true),
            ("::1", false, true),
            ("::ffff:127.0.0.1", false, true),
            ("64:ff9b::7f00:1", false, true),
            ("192.168.7.20", false, true),
            ("192.168.8.20", false, false),
            ("0.0.0.0", false, false),
            ("::", false, false),
            ("::7f00:1", false, false),
            ("10.1.2.3", false, false),
            ("172.31.0.1", false, false),
            ("100.64.0.1", false, false),
            ("169.254.169.254", false, false),
            ("::ffff:169.254.169.254", false, false),
            ("fe80::1", false, false),
            ("fd00:ec2::254", false, false),
            ("fc00::1", false, false),
            ("64:ff9b:1::7f00:1", false, false),
            ("2002:7f00:1::", false, false),
            ("2001::1", false, false),
            ("2001:db8::1", false, false),
            ("224.0.0.1", false, false),
            ("255.255.255.255", false, false),
            ("ff02::1", false, false),
        ] {
            let ip: IpAddr = address.parse().unwrap();
            assert_eq!(closed.allow(ip, true), public, "{address}");
            assert!(!closed.allow(ip, false), "{address} without TLS");
            assert_eq!(open.allow(ip, false), named, "{address} named");
            assert_eq!(open.allow(ip, true), named || public, "{address} named, by TLS");
        }
        assert!(Rules::new(&["somewhere".to_owned()]).is_err());
    }

    #[test]
    fn addresses_are_judged_however_they_are_written() {
        let config = |networks: &[&str]| {
            let mut config = Config::default();
            config.webhooks.networks = networks.iter().map(|text| (*text).to_owned()).collect();
            config
        };
        let (closed, open) = (config(&[]), config(&["127.0.0.0/8"]));
        for (url, public, named) in [
            ("https://example.com/hook?x=1", true, true),
            ("http://example.com/hook", false, true),
            ("https://127.0.0.1/", false, true),
            ("https://0x7f000001/", false, true),
            ("https://2130706433/", false, true),
            ("https://127.1/", false, true),
            ("https://[::ffff:7f00:1]/", false, true),
            ("https://[::1]/", false, false),
            ("https://169.254.169.254/latest/meta-data", false, false),
            ("https://user:secret@example.com/", false, false),
            ("https://example.com/#there", false, false),
            ("ftp://example.com/", false, false),
            ("file:///etc/passwd", false, false),
            ("nowhere", false, false),
        ] {
            assert_eq!(check(&closed, url).is_ok(), public, "{url}");
            assert_eq!(check(&open, url).is_ok(), named, "{url} with networks");
        }
    }
}
