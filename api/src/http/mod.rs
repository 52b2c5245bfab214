//! The HTTP side: JSON API, its description, and the server beneath both.

mod app;
mod auth;
mod disposition;
mod error;
mod extract;
mod forwarded;
pub mod metrics;
mod operation;
mod origin;
mod pace;
pub mod paging;
mod problem;
mod range;
mod server;
mod v1;
mod xml_api;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use app::App;
pub use auth::{Caller, is_tls, session_secret, set_cookie};
pub use origin::{is_ours, own_address};
pub use pace::Came;
pub use problem::{Code, Problem};
pub use server::{bind, bind_metrics, serve};
pub use v1::batch::{from_csv as books_from_csv, send_file as send_batch};
pub use v1::booking::fill as fill_booking;
pub use v1::document::{
    Bringer, DocumentDetail, NewFile, Query as DocumentQuery, Said, detail as document_detail, documents_of,
    find as find_documents, finish_uploads, keep_file, neighbours, page_size, read_form, wait_for as wait_for_job,
    zip_of_originals,
};
pub use v1::link::address as link_address;
pub use v1::login::{Login, change_password, sign_in, sign_out, start as start_session};
pub use v1::pairing::uri as pairing_uri;

/// What the description says about the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postroom",
        description = "The post room of an accounting office. Errors are problem+json (RFC 9457); lists are paged by the Link header (RFC 8288).",
        license(name = "Apache-2.0 OR MIT")
    ),
    components(schemas(store::PartialId))
)]
struct Description;

/// The description of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().1
}

/// The routes with their description.
fn described() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut description) = routes().split_for_parts();
    operation::name(&mut description);
    (router, description)
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi()).merge(v1::routes())
}

/// Every address the service answers.
pub fn router(app: App) -> Router {
    let limit = usize::try_from(app.config().http.max_upload_bytes).unwrap_or(usize::MAX);
    let (router, description) = described();
    let forwarded = forwarded::Proxies::of(app.config());
    let description = description.to_pretty_json().unwrap_or_default();
    router
        .merge(crate::pages::routes())
        .merge(xml_api::routes())
        .route("/openapi.json", axum::routing::get(|| async move { ([(header::CONTENT_TYPE, "application/json")], description) }))
        .fallback(crate::pages::no_such_page)
        .method_not_allowed_fallback(|| async { Problem::from(Code::MethodNotAllowed) })
        .layer(DefaultBodyLimit::max(limit))
        .layer(axum::middleware::from_fn_with_state(forwarded, forwarded::unwrap))
        .with_state(app)
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(SetResponseHeaderLayer::if_not_present(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("referrer-policy"),
            HeaderValue::from_static("same-origin"),
        ))
        .layer(CatchPanicLayer::custom(|_| axum::response::IntoResponse::into_response(Problem::from(Code::Internal))))
}

#[cfg(test)]
mod tests {
    /// Two shapes of one name would silently become one.
    #[test]
    fn names_of_shapes_are_unique() {
        let description = serde_json::to_value(super::openapi()).unwrap();
        let shapes = description["components"]["schemas"].as_object().unwrap();
        assert!(shapes["Token"]["properties"]["prefix"].is_object(), "a token of a program");
        assert!(shapes["PageToken"]["properties"]["text"].is_object(), "a word on a page");
        assert!(shapes["Tokens"]["properties"]["tokens"].is_object() && shapes["PageTokens"]["properties"]["pages"].is_object());
    }

    /// Generators of clients make a function of each.
    #[test]
    fn names_of_operations_are_unique() {
        let description = serde_json::to_value(super::openapi()).unwrap();
        let paths = description["paths"].as_object().unwrap();
        let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
        let names: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        let distinct: std::collections::BTreeSet<&&str> = names.iter().collect();
        assert!(names.len() > 100 && names.contains(&"get_documents_document"), "{names:?}");
        assert_eq!(distinct.len(), names.len());
    }

    /// What is described is there, and spelt as it is sent.
    #[test]
    fn references_lead_somewhere_and_words_are_those_of_json() {
        let text = super::openapi().to_json().unwrap();
        let description: serde_json::Value = serde_json::from_str(&text).unwrap();
        let shapes = description["components"]["schemas"].as_object().unwrap();
        for named in text.split("\"#/components/schemas/").skip(1) {
            let name = named.split('"').next().unwrap();
            assert!(shapes.contains_key(name), "{name}");
        }
        assert_eq!(shapes["SubmissionState"]["enum"][1], "held");
        for (name, shape) in shapes {
            for word in shape["enum"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str) {
                assert!(!word.starts_with(char::is_uppercase), "{name}: {word}");
            }
        }
    }

    /// Clients are generated from the committed copy: a change of the API shows in review.
    #[test]
    fn the_committed_description_is_that_of_the_code() {
        let now = super::openapi().to_pretty_json().unwrap();
        let committed = include_str!("../../openapi.json");
        assert!(now.trim() == committed.trim(), "run: postroom openapi > api/openapi.json");
    }
}
