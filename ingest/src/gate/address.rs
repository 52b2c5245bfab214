//! Addresses taken apart.

/// `<local>@<domain>` in lower case. None if there is no local part; the bare `postmaster` of RFC 5321 section 4.5.1 has no domain.
pub fn split(path: &str) -> Option<(String, String)> {
    let (local, domain) = path.rsplit_once('@').unwrap_or((path, ""));
    (!local.is_empty()).then(|| (local.to_lowercase(), domain.trim_end_matches('.').to_lowercase()))
}

/// Domain of an address, in lower case; empty if it has none.
pub fn domain_of(address: &str) -> String {
    split(address).map(|(_, domain)| domain).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn takes_addresses_apart() {
        for (path, want) in [
            ("mlyn@In.Example", Some(("mlyn", "in.example"))),
            ("MLYN+FK@in.example.", Some(("mlyn+fk", "in.example"))),
            ("a@b@in.example", Some(("a@b", "in.example"))),
            ("postmaster", Some(("postmaster", ""))),
            ("@in.example", None),
            ("", None),
        ] {
            assert_eq!(split(path).as_ref().map(|(local, domain)| (local.as_str(), domain.as_str())), want, "{path}");
        }
    }
}
