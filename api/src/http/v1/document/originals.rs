//! The originals of several documents in one ZIP.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use store::document::{self, Document};
use store::{DocumentId, blob};
use tokio::sync::mpsc::Sender;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::disposition::disposition;
use crate::http::extract::Params;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};
use crate::moving::{pack, target};

/// `…/originals`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(originals))
}

/// Which documents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Their ids, with commas between them, 100 at most.
    ids: String,
}

/// Documents of one address at most: longer ones are cut by proxies.
const MOST: usize = 100;

/// The files of several documents as they came, in one ZIP: page, data and signature of each, under readable names.
#[utoipa::path(get, path = "/v1/documents/originals", tag = "documents", params(Query), responses(
    (status = 200, description = "The ZIP", body = Vec<u8>, content_type = "application/zip"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn originals(State(app): State<App>, caller: Caller, Params(query): Params<Query>) -> Answer<Response> {
    caller.allow(|role| role.may_see())?;
    let ids = query.ids.split(',').map(str::parse).collect::<Result<Vec<DocumentId>, _>>();
    let ids = ids.map_err(|_| Problem::field(Code::BadRequest, "ids", "Ids of documents, with commas between them."))?;
    if ids.len() > MOST {
        return Err(Problem::field(Code::BadRequest, "ids", format!("At most {MOST} documents at a time.")));
    }
    zip(&app, &caller, &ids).await
}

/// The files of documents as they came, in one ZIP. One that the caller may not see is as one that is not there: 404.
pub async fn zip(app: &App, caller: &Caller, ids: &[DocumentId]) -> Answer<Response> {
    let mut documents = Vec::with_capacity(ids.len());
    for id in ids {
        documents.push(document::get(app.store(), &caller.scope, *id).await?);
    }
    let (app, caller) = (app.clone(), caller.clone());
    let mut answer = target::answer(move |to| async move { send(&app, &caller, &documents, to).await });
    let name = format!("originals-{}.zip", jiff::Timestamp::now().strftime("%Y-%m-%d"));
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition("attachment", &name));
    Ok(answer)
}

async fn send(app: &App, caller: &Caller, documents: &[Document], to: Sender<pack::Piece>) -> Result<(), Problem> {
    let gone = |_| Problem::with(Code::Unavailable, "The other end has gone.");
    let mut taken = BTreeSet::new();
    for document in documents {
        let mut own = BTreeSet::new();
        for piece in document::pieces(app.store(), &caller.scope, document.id).await? {
            // Two papers of one file are two documents; within one document a file is wanted once.
            if !own.insert(piece.part.id) {
                continue;
            }
            let file = piece.part.name.as_deref().unwrap_or(&document.name);
            let name = free_name(document.issue_date, document.number.as_deref(), file, &mut taken);
            to.send(pack::Piece::File(name)).await.map_err(gone)?;
            let (office, sha256) = (caller.scope.office(), &piece.part.sha256);
            to.send(pack::Piece::Data(blob::get(app.store(), office, sha256).await?)).await.map_err(gone)?;
        }
    }
    Ok(())
}

/// The file's own name behind the day and the number of its paper: what a person looks for. Nothing in it leads out of a folder.
fn free_name(day: Option<Date>, number: Option<&str>, file: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |text: &str| -> String {
        let kept = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '-' };
        text.trim_start_matches('.').chars().map(kept).take(80).collect()
    };
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    let parts = [day.as_str(), number.unwrap_or_default(), file];
    let name = parts.into_iter().map(plain).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let (stem, end) = name.rsplit_once('.').map_or((name.as_str(), String::new()), |(stem, end)| (stem, format!(".{end}")));
    let mut free = name.clone();
    let mut number = 2;
    while !taken.insert(free.to_lowercase()) {
        free = format!("{stem} ({number}){end}");
        number += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_free() {
        let mut taken = BTreeSet::new();
        let mut name = |number: Option<&str>, file| {
            let day = number.map(|_| jiff::civil::date(2026, 7, 3));
            free_name(day, number, file, &mut taken)
        };
        assert_eq!(name(Some("FV/7/2026"), "skan.pdf"), "2026-07-03 FV-7-2026 skan.pdf");
        assert_eq!(name(Some("FV/7/2026"), "SKAN.pdf"), "2026-07-03 FV-7-2026 SKAN (2).pdf");
        assert_eq!(name(None, "../../etc/passwd"), "-..-etc-passwd");
    }
}
