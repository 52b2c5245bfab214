//! Style, script and icon, embedded in the program. Their addresses carry the version, so that browsers may keep them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::{Code, Problem};

const CSS: &str = include_str!("../../assets/postroom.css");
const JS: &str = include_str!("../../assets/postroom.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// Changes whenever an asset does.
pub static VERSION: LazyLock<String> =
    LazyLock::new(|| store::blob::Sha256::of(format!("{CSS}{JS}").as_bytes()).as_str().chars().take(12).collect());

/// One asset.
pub async fn serve(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "postroom.css" => ("text/css; charset=utf-8", CSS),
        "postroom.js" => ("text/javascript; charset=utf-8", JS),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Problem::from(Code::NotFound).into_response(),
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], text).into_response()
}
