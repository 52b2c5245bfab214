//! Authentication-Results (RFC 8601), as other servers write them.

use super::Proof;
use crate::gate::{Authentication, domain_of};

/// One method's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// `dkim`, `spf`, `dmarc` …, in lower case.
    pub name: String,
    /// `pass`, `fail` …, in lower case.
    pub result: String,
    /// `header.d` and its like, with their values, in lower case.
    pub properties: Vec<(String, String)>,
}

/// What Authentication-Results `headers` (values, from the top) of `servers` prove. The topmost result of each method counts: what stands
/// below came with the mail. A server worth trusting takes headers in its name away from what it receives (RFC 8601 section 5).
pub fn trusted(headers: &[String], servers: &[String], author: Option<&str>, reverse_path: &str) -> Option<Proof> {
    let mut methods: Vec<Method> = Vec::new();
    let mut found = false;
    for value in headers {
        let Some((server, own)) = parse(value) else { continue };
        if !servers.iter().any(|trusted| trusted.eq_ignore_ascii_case(&server)) {
            continue;
        }
        found = true;
        // One server may report several signatures of DKIM in one header, so that methods are new header by header.
        let known: Vec<String> = methods.iter().map(|method| method.name.clone()).collect();
        methods.extend(own.into_iter().filter(|method| !known.contains(&method.name)));
    }
    let path_domain = domain_of(reverse_path);
    let spf = methods.iter().any(|method| {
        method.name == "spf"
            && method.result == "pass"
            && method.properties.iter().any(|(key, value)| key == "smtp.mailfrom" && domain_or(value) == path_domain)
    });
    let authentication = Authentication {
        from: author.is_some_and(|mailbox| proves(&methods, &domain_of(mailbox))),
        forwarder: spf && !path_domain.is_empty(),
    };
    let told: Vec<String> = methods.iter().map(|method| format!("{}={}", method.name, method.result)).collect();
    found.then(|| Proof { authentication, results: told.join("; ") + super::proved(authentication.from) })
}

/// Whether these results prove a mail of the author's domain: DMARC says so, or a signature of that very domain or one above it.
pub(super) fn proves(methods: &[Method], author: &str) -> bool {
    let failed = methods.iter().any(|method| method.name == "dmarc" && method.result == "fail");
    !failed
        && !author.is_empty()
        && methods.iter().filter(|method| method.result == "pass").any(|method| match method.name.as_str() {
            "dmarc" => method.properties.iter().any(|(key, value)| key == "header.from" && domain_or(value) == author),
            "dkim" => method.properties.iter().any(|(key, value)| {
                matches!(key.as_str(), "header.d" | "header.i") && super::is_within(author, &domain_or(value))
            }),
            _ => false,
        })
}

/// The results of ARC instance `instance` (RFC 8617 section 4.1.1: `i=1; mx.google.com; dkim=pass …`).
pub(super) fn sealed(value: &str, instance: u32) -> Option<Vec<Method>> {
    let (number, rest) = value.split_once(';')?;
    let (key, number) = number.split_once('=')?;
    (key.trim() == "i" && number.trim() == instance.to_string()).then(|| parse(rest)).flatten().map(|(_, methods)| methods)
}

/// Server and methods.
fn parse(value: &str) -> Option<(String, Vec<Method>)> {
    let plain = without_comments(value);
    let mut parts = plain.split(';');
    // An authserv-id may be followed by a version.
    let server = parts.next()?.split_whitespace().next()?.trim_matches('"').to_lowercase();
    let methods = parts.filter_map(method).take(100).collect();
    Some((server, methods))
}

fn method(part: &str) -> Option<Method> {
    // `header.d = x` is as good as `header.d=x`.
    let tight = part.split('=').map(str::trim).collect::<Vec<_>>().join("=");
    let mut words = tight.split_whitespace();
    let (name, result) = words.next()?.split_once('=')?;
    let name = name.split('/').next().unwrap_or_default();
    let properties = words.filter_map(|word| word.split_once('=')).take(50);
    Some(Method {
        name: name.to_lowercase(),
        result: result.to_lowercase(),
        properties: properties.map(|(key, value)| (key.to_lowercase(), value.trim_matches('"').to_lowercase())).collect(),
    })
}

/// `a (b (c) \) d) e` -> `a  e`; a quoted string keeps its brackets.
fn without_comments(value: &str) -> String {
    let (mut out, mut depth, mut quoted) = (String::with_capacity(value.len()), 0u32, false);
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => {
                let escaped = signs.next();
                out.extend(escaped.filter(|_| depth == 0));
            }
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push(sign);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                out.push(' ');
            }
            // A semicolon within quotes divides nothing; nobody needs the sign itself.
            ';' if quoted => out.push(' '),
            _ if depth == 0 => out.push(sign),
            _ => {}
        }
    }
    out
}

/// The domain of a mailbox, or the word itself where it is one.
fn domain_or(value: &str) -> String {
    match value.rsplit_once('@') {
        Some((_, domain)) => domain.to_lowercase(),
        None => value.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judged(headers: &[&str], author: &str, reverse_path: &str) -> Option<(bool, bool)> {
        let headers: Vec<_> = headers.iter().map(|value| (*value).to_owned()).collect();
        let servers = ["mx.mlyn.example".to_owned()];
        let proof = trusted(&headers, &servers, Some(author), reverse_path)?;
        Some((proof.authentication.from, proof.authentication.forwarder))
    }

    #[test]
    fn what_servers_write_is_understood() {
        let (author, path) = ("ksiegowa@hurt.example", "ksiegowa@hurt.example");
        for (value, want) in [
            ("mx.mlyn.example; dkim=pass header.d=hurt.example", Some((true, false))),
            (
                "mx.mlyn.example; dkim=pass (1024-bit key; unprotected) header.d=hurt.example header.i=@hurt.example",
                Some((true, false)),
            ),
            ("MX.mlyn.example 1; dkim = pass header.i = @hurt.example", Some((true, false))),
            (
                "mx.mlyn.example;\r\n\tspf=pass smtp.mailfrom=ksiegowa@hurt.example;\r\n\tdmarc=pass header.from=hurt.example",
                Some((true, true)),
            ),
            ("mx.mlyn.example; spf=pass smtp.mailfrom=hurt.example", Some((false, true))),
            ("mx.mlyn.example; spf=pass smtp.helo=hurt.example", Some((false, false))),
            ("mx.mlyn.example; dmarc=pass header.from=other.example", Some((false, false))),
            ("mx.mlyn.example; dkim=pass header.d=evil.example", Some((false, false))),
            ("mx.mlyn.example; dkim=pass header.d=example", Some((false, false))),
            ("mx.mlyn.example; dkim=fail header.d=hurt.example", Some((false, false))),
            ("mx.mlyn.example; dkim=pass header.d=hurt.example; dmarc=fail header.from=hurt.example", Some((false, false))),
            ("mx.mlyn.example; dkim=fail (dkim=pass header.d=hurt.example) header.d=x.example", Some((false, false))),
            ("mx.mlyn.example; dkim=fail reason=\"; dkim=pass header.d=hurt.example\" header.d=x.example", Some((false, false))),
            ("mx.mlyn.example; none", Some((false, false))),
            ("mx.evil.example; dkim=pass header.d=hurt.example", None),
            ("(mx.mlyn.example) mx.evil.example; dkim=pass header.d=hurt.example", None),
            ("", None),
        ] {
            assert_eq!(judged(&[value], author, path), want, "{value}");
        }
    }

    #[test]
    fn what_came_with_the_mail_adds_nothing_to_a_method() {
        let real = "mx.mlyn.example; dkim=fail header.d=hurt.example; spf=fail smtp.mailfrom=hurt.example";
        let forged = "mx.mlyn.example; dkim=pass header.d=hurt.example; spf=pass smtp.mailfrom=hurt.example";
        assert_eq!(judged(&[real, forged], "a@hurt.example", "a@hurt.example"), Some((false, false)));
        let several = "mx.mlyn.example; dkim=fail header.d=hurt.example; dkim=pass header.d=hurt.example";
        assert_eq!(judged(&[several], "a@hurt.example", ""), Some((true, false)));
    }

    #[test]
    fn arc_instances_are_told_apart() {
        let value = " i=2; mx.google.com; dkim=pass header.i=@hurt.example";
        assert!(proves(&sealed(value, 2).unwrap(), "hurt.example"));
        assert_eq!(sealed(value, 1), None);
        assert_eq!(sealed("mx.google.com; dkim=pass", 1), None);
    }

    proptest! {
        #[test]
        fn no_text_upsets_it(value in ".{0,300}") {
            let _ = (parse(&value), sealed(&value, 1));
        }
    }
}
