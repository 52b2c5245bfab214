//! A form with files, read field by field.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;

use super::{NewFile, Said};
use crate::http::problem::{Answer, Code, Problem};

/// Reads a form with files.
pub async fn read_form(mut said: Said, mut form: Multipart) -> Answer<(Said, Vec<NewFile>)> {
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|e| broken(&e))? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" => {
                let file_name = field.file_name().map(str::to_owned).filter(|name| !name.is_empty());
                let bytes = field.bytes().await.map_err(|e| broken(&e))?;
                // A browser sends a nameless empty file where none was chosen.
                if file_name.is_some() || !bytes.is_empty() {
                    files.push(NewFile { name: file_name, bytes });
                }
            }
            "company" => said.company = value(&name, field).await?,
            "period" => said.period = value(&name, field).await?,
            "direction" => said.direction = value(&name, field).await?,
            "document_type" => said.document_type = value(&name, field).await?,
            "split" => said.split = value(&name, field).await?,
            "together" => {
                said.together = Some(matches!(field.text().await.map_err(|e| broken(&e))?.as_str(), "true" | "on" | "1"));
            }
            "sha256" => said.sha256.push(field.text().await.map_err(|e| broken(&e))?),
            _ => {
                return Err(Problem::field(
                    Code::UnknownField,
                    name,
                    "This form has company, period, direction, document_type, split, together, sha256 and file.",
                ));
            }
        }
    }
    match files.is_empty() {
        true => Err(Problem::field(Code::Empty, "file", "Choose at least one file.")),
        false => Ok((said, files)),
    }
}

async fn value<T: serde::de::DeserializeOwned>(name: &str, field: Field<'_>) -> Answer<Option<T>> {
    let text = field.text().await.map_err(|e| broken(&e))?;
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |e: serde_json::Error| Problem::field(Code::BadRequest, name, e.to_string());
    serde_json::from_value(serde_json::Value::String(text)).map(Some).map_err(wrong)
}

fn broken(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge.into(),
        _ => Problem::with(Code::BadRequest, "The form was cut off on its way; send it again."),
    }
}
