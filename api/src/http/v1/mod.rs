//! One file a resource.

pub mod batch;
pub mod booking;
mod chase;
mod company;
mod device;
pub mod document;
mod event;
mod health;
mod held;
mod invitation;
mod job;
mod ksef;
pub mod link;
pub mod login;
mod memory;
mod move_in;
mod notice;
pub mod pairing;
mod search;
mod sender;
mod setting;
mod spv;
mod submission;
mod token;
mod webhook;

use utoipa_axum::router::OpenApiRouter;

use super::app::App;
use super::problem::{Answer, Code, Problem};
use crate::mail_out;

/// All routes of the API.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(login::routes())
        .merge(token::routes())
        .merge(device::routes())
        .merge(pairing::routes())
        .merge(notice::routes())
        .merge(ksef::routes())
        .merge(sender::routes())
        .merge(spv::routes())
        .merge(link::routes())
        .merge(company::routes())
        .merge(move_in::routes())
        .merge(invitation::routes())
        .merge(setting::routes())
        .merge(chase::routes())
        .merge(document::routes())
        .merge(booking::routes())
        .merge(batch::routes())
        .merge(submission::routes())
        .merge(search::routes())
        .merge(held::routes())
        .merge(job::routes())
        .merge(memory::routes())
        .merge(event::routes())
        .merge(webhook::routes())
        .merge(health::routes())
}

/// Goes on only where mails can be sent.
fn needs_relay(app: &App) -> Answer<()> {
    match mail_out::can_send(app.config()) {
        true => Ok(()),
        false => Err(Problem::with(Code::Unavailable, "No mail server is configured: see [relay] of the configuration.")),
    }
}
