//! Pages of a list: the address of the next one in a Link header (RFC 8288), made from this one's.

use axum::http::{HeaderMap, HeaderValue, Uri, header};

/// The Link header to the page that begins after `cursor`.
pub fn next_link(uri: &Uri, parameter: &str, cursor: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(cursor) = cursor
        && let Ok(value) = HeaderValue::from_str(&format!("<{}>; rel=\"next\"", with(uri, parameter, cursor)))
    {
        headers.insert(header::LINK, value);
    }
    headers
}

/// Rows of a page: as many as were asked for, 200 at most; 50 if nobody asked.
pub fn rows(limit: Option<u32>) -> u32 {
    limit.unwrap_or(50).clamp(1, 200)
}

/// The Link header to what is older than these rows, where they fill their page.
pub fn older<T>(uri: &Uri, rows: &[T], limit: u32, id: impl FnOnce(&T) -> String) -> HeaderMap {
    let last = rows.last().filter(|_| rows.len() == limit as usize).map(id);
    next_link(uri, "before", last.as_deref())
}

/// The same address with one parameter set to another value; an empty one takes it away.
pub fn with(uri: &Uri, parameter: &str, value: &str) -> String {
    let same = |pair: &&str| pair.split('=').next() != Some(parameter) && !pair.is_empty();
    let mut pairs: Vec<String> = uri.query().unwrap_or_default().split('&').filter(same).map(str::to_owned).collect();
    if !value.is_empty() {
        pairs.push(format!("{parameter}={value}"));
    }
    match pairs.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), pairs.join("&")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_parameter_changes_and_the_rest_stays() {
        let uri: Uri = "/v1/documents?state=new&after=old&state=reading".parse().unwrap();
        assert_eq!(with(&uri, "after", "n"), "/v1/documents?state=new&state=reading&after=n");
        assert_eq!(with(&uri, "state", ""), "/v1/documents?after=old");
        let headers = next_link(&"/v1/jobs".parse().unwrap(), "before", Some("x"));
        assert_eq!(headers["link"], "</v1/jobs?before=x>; rel=\"next\"");
    }
}
