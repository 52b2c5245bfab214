//! Style and scripts, embedded in the program. Their addresses carry the version as a folder, so that
//! browsers may keep them and scripts import each other from the same version.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::{Code, Problem};

const CSS: &str = include_str!("../../assets/postroom.css");
const JS: &str = include_str!("../../assets/postroom.js");
const LIST: &str = include_str!("../../assets/list.js");
const DIVIDE: &str = include_str!("../../assets/divide.js");
const REVIEW: &str = include_str!("../../assets/review.js");
const UPLOAD: &str = include_str!("../../assets/upload.js");
const PASSKEY: &str = include_str!("../../assets/passkey.js");
const PICTURE: &str = include_str!("../../assets/picture.js");
const TUS: &str = include_str!("../../assets/tus.js");
const PAGES: &str = include_str!("../../assets/pages.js");
const ICON: &str = include_str!("../../assets/icon.svg");
/// htmx 2.0.11 as its npm package has it.
const HTMX: &str = include_str!("../../assets/vendor/htmx-2.0.11.min.js");

/// Changes whenever an asset does.
pub static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all = [CSS, JS, LIST, DIVIDE, REVIEW, UPLOAD, PASSKEY, PAGES, PICTURE, TUS, HTMX].concat();
    store::blob::Sha256::of(all.as_bytes()).as_str().chars().take(12).collect()
});

/// One asset.
pub async fn serve(Path((_, name)): Path<(String, String)>) -> Response {
    let (kind, text) = match name.as_str() {
        "postroom.css" => ("text/css; charset=utf-8", CSS),
        "postroom.js" => ("text/javascript; charset=utf-8", JS),
        "list.js" => ("text/javascript; charset=utf-8", LIST),
        "divide.js" => ("text/javascript; charset=utf-8", DIVIDE),
        "review.js" => ("text/javascript; charset=utf-8", REVIEW),
        "upload.js" => ("text/javascript; charset=utf-8", UPLOAD),
        "passkey.js" => ("text/javascript; charset=utf-8", PASSKEY),
        "picture.js" => ("text/javascript; charset=utf-8", PICTURE),
        "tus.js" => ("text/javascript; charset=utf-8", TUS),
        "pages.js" => ("text/javascript; charset=utf-8", PAGES),
        "htmx.js" => ("text/javascript; charset=utf-8", HTMX),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Problem::from(Code::NotFound).into_response(),
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], text).into_response()
}

#[cfg(test)]
mod tests {
    /// The file is that of the package: version, file in it, SHA-256.
    #[test]
    fn htmx_is_what_its_package_has() {
        let hash = store::blob::Sha256::of(super::HTMX.as_bytes());
        assert_eq!(
            hash.as_str(),
            "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
            "htmx.org 2.0.11 dist/htmx.min.js"
        );
    }
}
