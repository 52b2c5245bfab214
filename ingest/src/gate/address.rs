//! Forward paths: `<local>[+<hint>]@<domain>`.

/// A forward path taken apart. Addresses of ours are compared without case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Before `+` and `@`: names the company.
    pub local: String,
    /// Between `+` and `@`: a secret alias, or a type and period.
    pub hint: Option<String>,
    /// After `@`; empty for the bare `postmaster` of RFC 5321 section 4.5.1.
    pub domain: String,
}

impl Forward {
    /// Takes `path` apart. None if it has no local part.
    pub fn parse(path: &str) -> Option<Forward> {
        let (local, domain) = path.rsplit_once('@').unwrap_or((path, ""));
        let (local, hint) = match local.split_once('+') {
            Some((local, hint)) => (local, Some(hint.to_lowercase())),
            None => (local, None),
        };
        let hint = hint.filter(|hint| !hint.is_empty());
        (!local.is_empty()).then(|| Forward { local: local.to_lowercase(), hint, domain: domain.to_lowercase() })
    }
}

/// Domain of an address, in lower case; empty if it has none.
pub fn domain_of(address: &str) -> String {
    address.rsplit_once('@').map(|(_, domain)| domain.trim_end_matches('.').to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Forward;

    #[test]
    fn takes_forward_paths_apart() {
        for (path, want) in [
            ("mlyn@In.Example", Some(("mlyn", None, "in.example"))),
            ("MLYN+FK@in.example", Some(("mlyn", Some("fk"), "in.example"))),
            ("mlyn+a+b@in.example", Some(("mlyn", Some("a+b"), "in.example"))),
            ("mlyn+@in.example", Some(("mlyn", None, "in.example"))),
            ("a@b@in.example", Some(("a@b", None, "in.example"))),
            ("postmaster", Some(("postmaster", None, ""))),
            ("@in.example", None),
            ("+x@in.example", None),
        ] {
            let got = Forward::parse(path);
            let got = got.as_ref().map(|f| (f.local.as_str(), f.hint.as_deref(), f.domain.as_str()));
            assert_eq!(got, want, "{path}");
        }
    }
}
