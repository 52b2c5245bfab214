//! Answers: the envelope of the leader's XML, with our sentences.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::{Parameters, respond};
use crate::export::Xml;
use crate::http::problem::Problem;

/// METAINF, STATUS, and what a call gives; a problem has ERROR_CODE (the HTTP status) and ERROR_MESSAGE.
pub fn envelope(operation: &str, version: &str, parameters: &Parameters, done: Result<Vec<u8>, Problem>) -> Response {
    let mut xml = Xml::new();
    xml.open("RESPONSE").open("METAINF").leaf("PRODUCER", "POSTROOM");
    xml.leaf("TIMESTAMP", Timestamp::now().strftime("%Y-%m-%d %H:%M:%S%.3f").to_string());
    xml.leaf("OPERATION", operation).leaf("VERSION", version).open("PARAMETERS");
    for (name, value) in parameters {
        xml.open("PARAMETER").leaf("NAME", name).leaf("VALUE", value).close();
    }
    xml.close().close();
    match done {
        Ok(part) => {
            xml.leaf("STATUS", "OK").raw(&part);
            respond(StatusCode::OK, xml.finish())
        }
        Err(problem) => {
            let status = problem.code().status();
            xml.leaf("STATUS", "ERROR").leaf("ERROR_CODE", status.as_str()).leaf("ERROR_MESSAGE", problem.sentence());
            respond(status, xml.finish())
        }
    }
}

/// What became of one document of a call.
pub fn result(xml: &mut Xml, number: &str, done: &Result<&'static str, Problem>) {
    xml.open("DOCUMENT").maybe("DOCUMENT_ID", number);
    match done {
        Ok(status) => xml.leaf("UPDATE_STATUS", *status),
        Err(problem) => xml.leaf("UPDATE_STATUS", "NOT_VALID").leaf("ERROR_MESSAGE", problem.sentence()),
    };
    xml.close();
}
