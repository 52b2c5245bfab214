//! Requests that change something and are carried by a cookie must come from our own pages (CSRF). Browsers say where a request
//! comes from in Sec-Fetch-Site, older ones in Origin; programs with a token send neither and need neither.

use axum::http::{HeaderMap, Method, header};

/// True where a request with a cookie may be carried out.
pub fn is_ours(method: &Method, headers: &HeaderMap, public_url: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) if !public_url.is_empty() => origin == public_url.trim_end_matches('/'),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(header::HOST.as_str())
        }
        // No browser that is still in use sends a form without either.
        (None, None) => false,
    }
}

/// What links to this service begin with: the configured address, else the one that this request used.
pub fn own_address(public_url: &str, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match public_url.trim_end_matches('/') {
        "" => format!("http://{host}"),
        url => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages() {
        let post = |pairs: &[(&str, &str)], public_url: &str| {
            let headers = pairs
                .iter()
                .map(|(name, value)| {
                    (name.parse::<axum::http::HeaderName>().unwrap(), axum::http::HeaderValue::from_str(value).unwrap())
                })
                .collect();
            is_ours(&Method::POST, &headers, public_url)
        };
        assert!(post(&[("sec-fetch-site", "same-origin")], ""));
        assert!(post(&[("host", "post:8080"), ("origin", "http://post:8080")], ""));
        assert!(post(&[("host", "inner"), ("origin", "https://post.example")], "https://post.example/"));
        assert!(!post(&[("sec-fetch-site", "cross-site")], ""));
        assert!(!post(&[("sec-fetch-site", "same-site")], ""));
        assert!(!post(&[("host", "post:8080"), ("origin", "https://evil.example")], ""));
        assert!(!post(&[("host", "post:8080"), ("origin", "null")], ""));
        assert!(!post(&[], ""));
        assert!(is_ours(&Method::GET, &HeaderMap::new(), ""));
    }
}
