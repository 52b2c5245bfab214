//! The office's pages beside inbox and review.

mod account;
mod audit;
mod companies;
mod company;
mod doors;
mod held;
mod invitation;
mod mail;
mod month;
mod people;
mod qr;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;

pub use companies::main_address;

/// All of them.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/held", get(held::show))
        .route("/held/decide", post(held::decide))
        .route("/mail", get(mail::show))
        .route("/month", get(month::show))
        .route("/month/{company}/{period}", post(month::set))
        .route("/companies", get(companies::show).post(companies::create))
        .route("/companies/{company}", get(company::show).post(company::change))
        .route("/companies/{company}/pin", post(company::show_pin))
        .route("/companies/{company}/pin/new", post(company::new_pin))
        .route("/companies/{company}/addresses", post(company::add_address))
        .route("/companies/{company}/senders", post(company::add_sender))
        .route("/companies/{company}/senders/{sender}/remove", post(company::remove_sender))
        .route("/companies/{company}/pair", post(doors::pair))
        .route("/companies/{company}/scanners/{token}/end", post(doors::end_scanner))
        .route("/companies/{company}/links", post(doors::add_link))
        .route("/companies/{company}/links/{link}/end", post(doors::end_link))
        .route("/people", get(people::show))
        .route("/people/invite", post(people::invite))
        .route("/people/{member}/remove", post(people::remove))
        .route("/people/invitations/{invitation}/remove", post(people::take_back))
        .route("/audit", get(audit::show))
        .route("/account", get(account::show).post(account::choose))
        .route("/account/password", post(account::password))
        .route("/account/sessions/end", post(account::end_all))
        .route("/account/sessions/{session}/end", post(account::end_one))
        .route("/account/second-factor", post(account::begin))
        .route("/account/second-factor/confirm", post(account::confirm))
        .route("/account/second-factor/end", post(account::end_second_factor))
        .route("/invitation/{secret}", get(invitation::show).post(invitation::accept))
}
