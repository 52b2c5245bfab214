//! The office's pages beside inbox and review.

mod account;
mod audit;
mod booking;
mod companies;
mod company;
mod doors;
mod export;
mod held;
mod invitation;
mod invitations;
mod ksef;
mod mail;
mod missing;
mod month;
mod move_in;
mod people;
mod qr;
mod settings;
mod sheet;
mod silent;
mod spv;
mod webhooks;

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
        .route("/export", get(export::show).post(export::create))
        .route("/export/{batch}", get(export::one))
        .route("/export/{batch}/file", get(export::file))
        .route("/export/{batch}/undo", post(export::undo))
        .route("/export/{batch}/books", post(export::books))
        .route("/export/{batch}/books-file", post(export::books_file))
        .route("/booking", get(booking::show))
        .route("/booking/choices", post(booking::add_choice))
        .route("/booking/choices/{choice}/remove", post(booking::remove_choice))
        .route("/booking/rules", post(booking::add_rule))
        .route("/booking/rules/{rule}/apply", post(booking::apply_rule))
        .route("/booking/rules/{rule}/remove", post(booking::remove_rule))
        .route("/companies", get(companies::show).post(companies::create))
        .route("/missing", get(missing::show))
        .route("/missing/ask", post(missing::ask))
        .route("/missing/plan", post(missing::set_plan))
        .route("/missing/{company}/{period}/{what}", post(missing::set))
        .route("/companies/silent", get(silent::show))
        .route("/companies/sheets", post(sheet::of_the_silent))
        .route("/companies/{company}/sheet", get(sheet::show).post(sheet::with_pin))
        .route("/invitations", get(invitations::show))
        .route("/invitations/send", post(invitations::send_all))
        .route("/invitations/{invitation}/send", post(invitations::send_one))
        .route("/companies/import", get(move_in::show).post(move_in::import))
        .route("/companies/{company}", get(company::show).post(company::change))
        .route("/companies/{company}/pin", post(company::show_pin))
        .route("/companies/{company}/pin/new", post(company::new_pin))
        .route("/companies/{company}/addresses", post(company::add_address))
        .route("/companies/{company}/close", post(company::close))
        .route("/companies/{company}/open", post(company::open))
        .route("/companies/{company}/senders", post(company::add_sender))
        .route("/companies/{company}/senders/{sender}/remove", post(company::remove_sender))
        .route("/companies/{company}/pair", post(doors::pair))
        .route("/companies/{company}/scanners/{token}/end", post(doors::end_scanner))
        .route("/companies/{company}/links", post(doors::add_link))
        .route("/companies/{company}/notices", post(doors::set_notices))
        .route("/companies/{company}/ksef", post(ksef::set))
        .route("/companies/{company}/ksef/fetch", post(ksef::fetch))
        .route("/companies/{company}/ksef/remove", post(ksef::remove))
        .route("/companies/{company}/links/{link}/end", post(doors::end_link))
        .route("/people", get(people::show))
        .route("/people/invite", post(people::invite))
        .route("/people/{member}/remove", post(people::remove))
        .route("/people/invitations/{invitation}/remove", post(people::take_back))
        .route("/people/{member}/limit", post(people::limit))
        .route("/companies/{company}/spv", post(spv::set))
        .route("/companies/{company}/spv/connect", get(spv::connect))
        .route("/companies/{company}/spv/fetch", post(spv::fetch))
        .route("/companies/{company}/spv/remove", post(spv::remove))
        .route("/settings/spv/connect", get(spv::connect_office))
        .route("/settings/spv/remove", post(spv::remove_grant))
        .route(spv::BACK, get(spv::back))
        .route("/settings", get(settings::show))
        .route("/settings/passwords", post(settings::set_passwords))
        .route("/settings/restricted", post(settings::restrict))
        .route("/settings/ksef", post(ksef::set_office))
        .route("/settings/ksef/remove", post(ksef::remove_office))
        .route("/settings/covers", post(settings::add_cover))
        .route("/settings/covers/{cover}/end", post(settings::end_cover))
        .route("/settings/webhooks", get(webhooks::show).post(webhooks::create))
        .route("/settings/webhooks/{webhook}", get(webhooks::one).post(webhooks::change))
        .route("/settings/webhooks/{webhook}/switch", post(webhooks::switch))
        .route("/settings/webhooks/{webhook}/secret", post(webhooks::rotate))
        .route("/settings/webhooks/{webhook}/test", post(webhooks::test))
        .route("/settings/webhooks/{webhook}/remove", post(webhooks::remove))
        .route("/settings/webhooks/{webhook}/deliveries/{delivery}/again", post(webhooks::again))
        .route("/audit", get(audit::show))
        .route("/account", get(account::show).post(account::choose))
        .route("/account/password", post(account::set_password))
        .route("/account/sessions/end", post(account::end_all))
        .route("/account/sessions/{session}/end", post(account::end_one))
        .route("/account/second-factor", post(account::begin))
        .route("/account/second-factor/confirm", post(account::confirm))
        .route("/account/second-factor/end", post(account::end_second_factor))
        .route("/invitation/{secret}", get(invitation::show).post(invitation::accept))
}
