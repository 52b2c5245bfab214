//! What a browser keeps while it is at another site that sends it back here (a provider of sign-ins, ANAF): a cookie for a few minutes.

use axum::http::{HeaderMap, header};

use crate::http::{App, is_tls};

/// The way there and back takes no longer than this, in seconds.
pub const LIFE: u32 = 600;

/// Over TLS the cookie is bound to this very host.
fn cookie_name(app: &App, headers: &HeaderMap, errand: &str) -> String {
    format!("{}postroom-{errand}", if is_tls(app, headers) { "__Host-" } else { "" })
}

/// The header that has it kept for `life` seconds; 0 to have it forgotten.
pub fn cookie(app: &App, headers: &HeaderMap, errand: &str, value: &str, life: u32) -> String {
    let secure = if is_tls(app, headers) { "; Secure" } else { "" };
    // Lax: the way back is a link from the other site.
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life}{secure}", cookie_name(app, headers, errand))
}

/// What was kept.
pub fn kept(app: &App, headers: &HeaderMap, errand: &str) -> Option<String> {
    let name = cookie_name(app, headers, errand);
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let found = cookies.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(&*name)?.strip_prefix('='));
    found.map(str::to_owned)
}
