//! The contract of the store, written once and run on both pairs: SQLite with local files, and PostgreSQL with an object store.
//! A story is a function of a [`world::World`]; on SQLite each is a test of its own, on PostgreSQL they share one server.

#![allow(clippy::print_stdout, clippy::print_stderr)] // tests say how far they are, measurements what they found

mod accounts;
mod backend;
mod chasing;
mod closing;
mod documents;
mod doors;
mod intake;
mod isolation;
mod keeping;
mod ksef;
mod listing;
mod memory;
mod moving;
mod pace;
mod panels;
mod people;
mod queueing;
mod searching;
mod spv;
mod webhooks;
mod world;

/// Every story, once for each pair.
macro_rules! stories {
    ($($module:ident::$story:ident),+ $(,)?) => {
        mod sqlite_and_files {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                let pair = crate::backend::Pair::sqlite();
                crate::$module::$story(&crate::world::World::new(&pair, stringify!($story)).await).await;
            })+
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres_and_s3() {
            let pair = backend::Pair::postgres();
            $(eprintln!("{}", stringify!($story));
            Box::pin($module::$story(&Box::pin(world::World::new(&pair, stringify!($story))).await)).await;)+
            Box::pin(isolation::row_level_security(&pair)).await;
            Box::pin(isolation::ordinary_logins(&pair)).await;
        }
    };
}

stories! {
    intake::an_address_finds_its_company_pins_and_policy,
    intake::arrivals_are_kept_once_and_byte_for_byte,
    intake::many_arrivals_at_once_are_each_kept,
    intake::a_bad_arrival_spoils_no_other,
    intake::held_mail_waits_for_a_decision,
    queueing::a_busy_company_does_not_starve_another,
    queueing::a_late_worker_is_refused,
    queueing::a_poisonous_job_dies_after_its_attempts,
    documents::unpacking_twice_adds_nothing,
    documents::a_machine_never_overwrites_a_human,
    documents::two_papers_in_one_file_become_two_documents,
    documents::receipts_on_one_photo_become_documents,
    documents::a_person_draws_a_page_anew,
    documents::closed_periods_move_purchases_only,
    documents::duplicates_are_named,
    documents::a_person_divides_and_puts_together,
    documents::a_paper_of_another_company_is_moved_there,
    documents::an_event_marks_the_note_it_names,
    memory::approvals_teach_a_sellers_layout,
    memory::duplicates_say_why,
    memory::what_a_person_kept_apart_stays_apart,
    memory::receipts_and_pictures_again,
    memory::corrections_find_their_original,
    memory::a_ksef_paper_and_its_data_become_one,
    listing::pages_filters_and_orders_agree_with_plain_code,
    isolation::another_company_or_office_does_not_exist,
    people::tokens_and_sessions_open_their_scope_only,
    people::a_person_who_left_is_erased,
    people::what_was_given_to_someone_erased_is_nobodys,
    people::guessing_slows_down,
    accounts::a_member_sees_what_they_sent,
    accounts::restricted_types_are_for_those_named,
    accounts::an_answer_by_mail_is_taken_from_who_may_speak,
    accounts::somebody_stands_in_for_a_time,
    accounts::the_trash_is_emptied,
    accounts::coding_is_the_offices_own,
    accounts::passwords_are_as_every_office_asks,
    panels::invitations_lead_in_once,
    panels::the_second_factor_is_used_once_a_step,
    panels::sessions_are_listed_and_ended,
    panels::questions_wait_until_the_company_answers,
    panels::changes_are_remembered,
    panels::a_desk_is_for_one,
    panels::papers_are_looked_after,
    panels::views_are_ones_own_or_the_offices,
    panels::an_upload_is_withdrawn_until_it_was_opened,
    panels::what_was_said_is_told_once_and_answered,
    panels::what_cannot_be_told_keeps_nothing_from_being_told,
    panels::the_month_board_counts,
    panels::earlier_papers_of_a_seller,
    panels::a_cursor_of_any_document,
    chasing::what_a_month_lacks,
    chasing::asking_goes_in_steps_until_something_stops_it,
    chasing::mail_of_ours_is_tried_again_and_given_up,
    chasing::a_mail_that_cannot_be_opened_holds_up_no_other,
    moving::a_company_comes_with_all_that_belongs_to_it,
    moving::an_archive_is_known_by_its_places,
    moving::a_company_goes_and_comes_whole,
    moving::a_company_that_left_is_looked_at_for_a_while,
    moving::a_company_is_erased_once_its_papers_need_not_be_kept,
    closing::bookings_are_said_and_suggested,
    closing::rules_are_carried_out_on_what_nobody_has_said,
    closing::lists_are_the_offices_and_a_companys_own,
    closing::a_batch_hands_over_once_and_is_undone_as_a_whole,
    closing::papers_of_a_batch_are_as_a_person_left_them,
    closing::the_books_answer_each_row_by_itself,
    doors::devices_sign_in_for_one_company,
    doors::mailboxes_are_fetched_by_one_and_resumed,
    doors::a_key_answers_what_it_made,
    doors::pieces_make_a_file_once,
    doors::a_code_pairs_once,
    doors::a_link_keeps_its_limits,
    doors::an_inbox_at_ksef_gives_each_invoice_once,
    ksef::certificates_are_kept_and_warned_of,
    ksef::the_office_s_certificate_opens_what_the_office_says,
    ksef::invoices_stored_side_by_side_come_together,
    spv::an_inbox_at_spv_gives_each_invoice_once,
    spv::a_grant_is_renewed_by_one_and_kept,
    spv::the_office_s_grant_opens_what_the_office_says,
    spv::a_grant_that_was_not_renewed_is_told_of,
    searching::papers_are_found_by_what_they_say,
    searching::mails_are_found_with_the_fate_of_their_parts,
    doors::notices_are_taken_once_and_counted,
    doors::pictures_seen_often_are_set_aside_and_taken_after_all,
    keeping::unused_blobs_go_a_day_after_the_mark,
    keeping::the_audit_chain_holds,
    keeping::a_changed_audit_row_is_found,
    keeping::events_rise_without_gaps,
    webhooks::what_happens_is_told_in_order,
    webhooks::what_fails_is_tried_again_and_given_up,
    webhooks::secrets_overlap_and_nobody_else_sees_a_webhook,
    webhooks::one_that_cannot_sign_keeps_no_other_waiting,
}
