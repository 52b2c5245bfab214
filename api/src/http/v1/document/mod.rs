//! Documents: lists, one, its bytes and pictures, and what can be done with it.

mod act;
mod comment;
mod content;
mod divide;
mod image;
mod list;
mod originals;
mod read;
mod upload;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::http::app::App;

pub use content::{download_headers, stream};
pub use image::{Cache as ImageCache, page_size};
pub use list::{Query, find, neighbours};
pub use originals::zip as zip_of_originals;
pub use read::{until, wait_for};
pub use upload::tus::finish_all as finish_uploads;
pub use upload::{Bringer, NewFile, Said, documents as documents_of, keep as keep_file, read_form};
pub use view::{DocumentDetail, detail};

/// `/v1/documents`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(list::routes())
        .merge(originals::routes())
        .merge(upload::routes())
        .merge(view::routes())
        .merge(content::routes())
        .merge(image::routes())
        .merge(read::routes())
        .merge(act::routes())
        .merge(comment::routes())
        .merge(divide::routes())
}
