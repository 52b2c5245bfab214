-- The tables, once for both databases. Columns keep to TEXT, BIGINT and BLOB (PostgreSQL: BYTEA, replaced when the file is read).
-- Ids are UUIDv7 in their usual spelling; instants are microseconds since 1970 UTC; civil dates and periods ISO text; truth is 0 or 1;
-- money is the text as printed beside an integer of 1/10000. A table marked clustered is kept in the order of its key where the
-- database can do that (SQLite: WITHOUT ROWID), which saves a page in each commit. What one database does its own way (pragmas, roles, row-level
-- security) is in src/sql/{sqlite,postgres}.rs. A migration that was released is never changed: add the next number.

CREATE TABLE office (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    language TEXT NOT NULL,
    pin_length BIGINT NOT NULL,
    password_rule TEXT NOT NULL DEFAULT 'long',
    next_event BIGINT NOT NULL DEFAULT 1,
    next_number BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL
);

CREATE TABLE company (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    country TEXT NOT NULL,
    tax_ids TEXT NOT NULL,
    without_pin TEXT NOT NULL,
    auto_read TEXT NOT NULL,
    purchase_period TEXT NOT NULL,
    sale_period TEXT NOT NULL,
    split TEXT NOT NULL,
    language TEXT,
    contact TEXT,
    bank_accounts TEXT NOT NULL,
    bookkeeper TEXT,
    body_papers BIGINT NOT NULL DEFAULT 0,
    closed_at BIGINT,
    read_only_until BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (office_id, id)
);

CREATE TABLE address (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    local TEXT NOT NULL,
    domain TEXT NOT NULL,
    valid_until BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX address_mail ON address (domain, local);
CREATE INDEX address_company ON address (company_id);

-- A hint after the plus sign that stands for the PIN. purpose: forward, for rules of mail programs; answer, for answers to our mails.
CREATE TABLE secret_alias (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    hash BLOB NOT NULL,
    sealed BLOB NOT NULL,
    purpose TEXT NOT NULL DEFAULT 'forward',
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX secret_alias_company ON secret_alias (company_id);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE membership (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    own_only BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX membership_once ON membership (user_id, office_id, COALESCE(company_id, ''));
CREATE INDEX membership_office ON membership (office_id);
CREATE INDEX membership_own ON membership (company_id) WHERE own_only = 1;

-- Types of papers that only named people of the office see, beside its owners and admins. user_id: who does; empty in the one row that
-- says that the type is restricted.
CREATE TABLE restricted_type (
    office_id TEXT NOT NULL REFERENCES office (id),
    document_type TEXT NOT NULL,
    user_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (office_id, document_type, user_id)
) /* clustered */;

-- Whose companies somebody else sees and looks after for a while. ended_at: taken back, or over and said so in the audit.
CREATE TABLE cover (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    from_user TEXT NOT NULL REFERENCES users (id),
    to_user TEXT NOT NULL REFERENCES users (id),
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX cover_running ON cover (to_user) WHERE ended_at IS NULL;

-- company_id null and user_id set: a personal PIN of the office. A retired one keeps its row, so that it is not given again soon.
CREATE TABLE pin (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    user_id TEXT REFERENCES users (id),
    hash BLOB NOT NULL,
    sealed BLOB NOT NULL,
    valid_until BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX pin_once ON pin (office_id, hash);
CREATE INDEX pin_owner ON pin (office_id, company_id);

-- user_id: who said so, if a person did. submission_id: the held mail about which they said "always".
CREATE TABLE sender (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,
    submission_id TEXT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX sender_once ON sender (company_id, mailbox, kind);

CREATE TABLE brake (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    source TEXT NOT NULL,
    wrong BIGINT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (company_id, source),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
) /* clustered */;

CREATE TABLE period (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, period),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
) /* clustered */;

-- hash: keyed hash of the secret; the secret itself is shown once. company_id null: all companies of the office.
CREATE TABLE token (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    user_id TEXT REFERENCES users (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX token_hash ON token (hash);
CREATE INDEX token_office ON token (office_id);

-- A code that an app exchanges once for a token of one company. hash: keyed hash of the code.
CREATE TABLE pairing (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    token_id TEXT REFERENCES token (id),
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX pairing_company ON pairing (office_id, company_id);

-- A secret link through which whoever has it sends files for one company, within its limits. sealed: the secret, to show the link again.
CREATE TABLE upload_link (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    period TEXT,
    direction TEXT NOT NULL,
    document_type TEXT,
    max_files BIGINT NOT NULL,
    max_bytes BIGINT NOT NULL,
    files BIGINT NOT NULL DEFAULT 0,
    bytes BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX upload_link_company ON upload_link (office_id, company_id);

-- Idempotency-Keys of uploads: the bytes each one named, and what was made of them.
CREATE TABLE used_key (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    submissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (office_id, actor, name),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
) /* clustered */;

-- A file that arrives in pieces (tus): what is there of it, until it is a submission.
CREATE TABLE partial_upload (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    user_id TEXT,
    peer TEXT,
    size BIGINT NOT NULL,
    received BIGINT NOT NULL DEFAULT 0,
    sha256 TEXT,
    file_name TEXT,
    period TEXT,
    direction TEXT NOT NULL,
    document_type TEXT,
    split TEXT,
    submission_id TEXT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX partial_upload_company ON partial_upload (office_id, company_id);

CREATE TABLE partial_piece (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    upload_id TEXT NOT NULL REFERENCES partial_upload (id),
    position BIGINT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (upload_id, position)
);

-- A scanner or printer that signs in to send mail. hash: keyed hash of its secret.
CREATE TABLE device (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    name TEXT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    hash BLOB NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX device_company ON device (office_id, company_id);

-- A mailbox elsewhere that is fetched from. company_id null: whose a mail is, its headers say. sealed: password or tokens.
-- Mails up to last_uid are done with, unless mailbox_retry names them. fence: rises with each taking of the lease.
CREATE TABLE mailbox (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    port BIGINT NOT NULL,
    security TEXT NOT NULL,
    login TEXT NOT NULL,
    sign_in TEXT NOT NULL,
    sealed BLOB NOT NULL,
    folder TEXT NOT NULL,
    afterwards TEXT NOT NULL,
    move_to TEXT,
    trusted_servers TEXT NOT NULL,
    uid_validity BIGINT NOT NULL DEFAULT 0,
    last_uid BIGINT NOT NULL DEFAULT 0,
    fetched BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    checked_at BIGINT,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (office_id, name),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);

-- Mails that could not be kept: tried again, at longer and longer intervals, while the others go on.
CREATE TABLE mailbox_retry (
    office_id TEXT NOT NULL,
    mailbox_id TEXT NOT NULL REFERENCES mailbox (id),
    uid BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    PRIMARY KEY (mailbox_id, uid)
) /* clustered */;

-- A company's inbox at KSeF. access: token, certificate, or office (the office's own certificate). sealed: the token, or certificate and key; null
-- for office. subject, valid_until: of the certificate. point: what KSeF stored before it is listed in ksef_invoice. run_after: when it is looked
-- into next. fence: rises with each taking of the lease.
CREATE TABLE ksef_door (
    company_id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    nip TEXT NOT NULL,
    access TEXT NOT NULL,
    sealed BLOB,
    subject TEXT,
    valid_until BIGINT,
    point BIGINT NOT NULL,
    fetched BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    message TEXT,
    checked_at BIGINT,
    run_after BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);

-- The office's own certificate for KSeF, for the inboxes of companies that granted the office the right to read. sealed: certificate and key.
CREATE TABLE ksef_certificate (
    office_id TEXT PRIMARY KEY REFERENCES office (id),
    sealed BLOB NOT NULL,
    subject TEXT NOT NULL,
    valid_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Invoices that KSeF has for a company, by their numbers there; none is fetched twice. hash: of its XML, as KSeF says it. stored_at: when KSeF
-- stored it. submission_id null: to be fetched; the same for those that came in one package.
CREATE TABLE ksef_invoice (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    number TEXT NOT NULL,
    hash TEXT,
    stored_at BIGINT,
    submission_id TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    run_after BIGINT NOT NULL,
    PRIMARY KEY (company_id, number),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
) /* clustered */;
CREATE INDEX ksef_invoice_waiting ON ksef_invoice (company_id, run_after) WHERE submission_id IS NULL;

-- What lets the office, or one of its companies, ask ANAF: tokens given for somebody's certificate. holder: the company's id; the office's where
-- company_id is null. sealed: the tokens. access_until null: there is no access token yet. refresh_until null: ANAF did not say. fence: rises
-- with each change, and with each taking of the lease under which they are renewed.
CREATE TABLE spv_grant (
    holder TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    sealed BLOB NOT NULL,
    access_until BIGINT,
    refresh_until BIGINT,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);

-- A company's inbox at SPV. access: own or office, whose grant it is entered with. point: what came there before it is listed in spv_message.
-- gap_from, gap_until: of this time nothing can be had any more, because nobody looked within the 60 days that SPV keeps things.
CREATE TABLE spv_door (
    company_id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    cif TEXT NOT NULL,
    access TEXT NOT NULL,
    point BIGINT NOT NULL,
    gap_from BIGINT,
    gap_until BIGINT,
    fetched BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    message TEXT,
    checked_at BIGINT,
    run_after BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);

-- Invoices that SPV has for a company, by their numbers there; none is fetched twice. submission_id null: to be fetched. begun: fetching it was
-- begun, and if there is no problem either, cut off.
CREATE TABLE spv_message (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    number TEXT NOT NULL,
    submission_id TEXT,
    begun BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    run_after BIGINT NOT NULL,
    PRIMARY KEY (company_id, number),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
) /* clustered */;
CREATE INDEX spv_message_waiting ON spv_message (company_id, run_after) WHERE submission_id IS NULL;

CREATE TABLE session (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    agent TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) /* clustered */;
CREATE INDEX session_person ON session (user_id);

-- Public keys of people's devices (WebAuthn). public_key: SubjectPublicKeyInfo; algorithm: COSE; counter: as the device counts.
CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    credential BLOB NOT NULL UNIQUE,
    public_key BLOB NOT NULL,
    algorithm BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    name TEXT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX passkey_person ON passkey (user_id);

-- Challenges that were answered rightly, until they are over: none is taken twice.
CREATE TABLE spent_challenge (
    hash BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL
) /* clustered */;

-- Failed logins by what was tried (the mailbox, the source), to slow guessing down.
CREATE TABLE login_failure (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
) /* clustered */;

-- state live or deleting. marked_at: found without a reference; deleting starts a day later.
CREATE TABLE blob (
    office_id TEXT NOT NULL REFERENCES office (id),
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    state TEXT NOT NULL,
    marked_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (office_id, sha256)
) /* clustered */;
CREATE INDEX blob_marked ON blob (marked_at) WHERE marked_at IS NOT NULL;

CREATE TABLE pending_blob (
    office_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (office_id, sha256)
);

-- note: what the sender wrote, PINs masked. original, links: JSON of who wrote what was forwarded, and of links shown.
-- again: empty while a second arrival of the same bytes is a retry; its own id once discarded or after 7 days. Each index here costs
-- every mail a page: there are as few as serve.
CREATE TABLE submission (
    id TEXT NOT NULL,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    reverse_path TEXT NOT NULL,
    forward_path TEXT NOT NULL,
    peer TEXT,
    mail_from TEXT,
    subject TEXT,
    message_id TEXT,
    file_name TEXT,
    raw_sha256 TEXT,
    size BIGINT NOT NULL,
    again TEXT NOT NULL,
    user_id TEXT,
    period TEXT,
    direction TEXT NOT NULL,
    document_type TEXT,
    authentication TEXT,
    split TEXT,
    together BIGINT NOT NULL DEFAULT 0,
    note TEXT,
    original TEXT,
    links TEXT,
    received_at BIGINT NOT NULL,
    decided_at BIGINT,
    PRIMARY KEY (office_id, id),
    UNIQUE (office_id, company_id, id),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX submission_raw ON submission (office_id, raw_sha256, company_id, again);
CREATE INDEX submission_held ON submission (office_id, id) WHERE state = 'held';
CREATE INDEX submission_import ON submission (office_id, company_id, again) WHERE channel = 'import';
CREATE INDEX submission_person ON submission (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX submission_refused ON submission (office_id, received_at) WHERE state = 'refused';

CREATE TABLE part (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    path TEXT NOT NULL,
    name TEXT,
    media_type TEXT NOT NULL,
    declared_type TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    message TEXT,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    UNIQUE (submission_id, path),
    UNIQUE (office_id, company_id, id),
    FOREIGN KEY (office_id, company_id, submission_id) REFERENCES submission (office_id, company_id, id)
);
CREATE INDEX part_blob ON part (office_id, sha256);

-- What was handed over to a company's accounting program in one go. sha256: its file, none until it is made. copy: a second file of
-- what may be handed over already, which changes nothing.
CREATE TABLE batch (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    profile TEXT NOT NULL,
    period TEXT,
    chosen TEXT NOT NULL,
    state TEXT NOT NULL,
    copy BIGINT NOT NULL,
    corrections BIGINT NOT NULL,
    total BIGINT NOT NULL DEFAULT 0,
    done BIGINT NOT NULL DEFAULT 0,
    exported BIGINT NOT NULL DEFAULT 0,
    left_out BIGINT NOT NULL DEFAULT 0,
    file_name TEXT,
    media_type TEXT,
    sha256 TEXT,
    size BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    made_at BIGINT,
    undone_at BIGINT,
    UNIQUE (office_id, company_id, id),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX batch_company ON batch (office_id, company_id, id);
CREATE INDEX batch_blob ON batch (office_id, sha256);

-- identity: what the same invoice has in common with itself (document/twin.rs). preceding: the number a correction names, folded. figures:
-- sketch of the numbers on its first page (ocr::likeness). xml_sha256: of the XML that a KSeF code on it names.
-- The columns from number on are copied from the reading and the review whenever one of them changes: lists never open JSON. Those
-- identity: what the same invoice has in common with itself (document/twin.rs). preceding: the number a correction names, folded. look:
-- perceptual hash of a picture. xml_sha256: of the XML that a KSeF code on it names.
-- channel: of its submission. assignee: who looks after this one paper, where it is not whoever looks after the company. apart_from: ids of
-- earlier papers that a person said it is no duplicate of. The columns from number_printed on are copied from the reading and the review whenever one of them changes: lists never open JSON. Those
-- that lists sort by are never null; seller and number are folded, with the text as printed beside them. booking is JSON, its
-- category stands beside it for what is learnt of a seller. batch_id: with which it was handed over. books_*: what the accounting
-- program said of it.
CREATE TABLE document (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    assignee TEXT,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    problem TEXT,
    name TEXT NOT NULL,
    subject TEXT,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    pages BIGINT,
    document_type TEXT NOT NULL,
    direction TEXT NOT NULL,
    type_given BIGINT NOT NULL,
    period TEXT,
    period_reason TEXT,
    booking TEXT NOT NULL DEFAULT '{}',
    booking_category TEXT,
    batch_id TEXT,
    books_state TEXT NOT NULL DEFAULT 'none',
    books_number TEXT,
    payment_state TEXT NOT NULL,
    duplicate_of TEXT,
    duplicate_reason TEXT,
    apart_from TEXT NOT NULL DEFAULT '',
    corrects TEXT,
    trashed_at BIGINT,
    postponed_until TEXT,
    number_printed TEXT,
    seller_name TEXT,
    seller_tax_id TEXT,
    currency TEXT,
    amount_printed TEXT,
    net_printed TEXT,
    vat_printed TEXT,
    issue_date TEXT NOT NULL DEFAULT '',
    due_date TEXT NOT NULL DEFAULT '',
    number TEXT NOT NULL DEFAULT '',
    seller TEXT NOT NULL DEFAULT '',
    amount BIGINT NOT NULL DEFAULT 0,
    findings BIGINT NOT NULL DEFAULT 0,
    reading_version BIGINT,
    identity TEXT NOT NULL DEFAULT '',
    preceding TEXT NOT NULL DEFAULT '',
    ksef TEXT NOT NULL DEFAULT '',
    ksef_number TEXT NOT NULL DEFAULT '',
    look TEXT NOT NULL DEFAULT '',
    figures TEXT NOT NULL DEFAULT '',
    printed_time TEXT NOT NULL DEFAULT '',
    xml_sha256 TEXT NOT NULL DEFAULT '',
    opened_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (office_id, company_id, id),
    FOREIGN KEY (office_id, company_id, submission_id) REFERENCES submission (office_id, company_id, id),
    FOREIGN KEY (office_id, company_id, batch_id) REFERENCES batch (office_id, company_id, id)
);
-- Walked in the order of arrival; what filters ask for stands in it, so that only rows that fit are fetched.
CREATE INDEX document_office ON document (office_id, id, trashed_at, amount, issue_date, due_date, direction, document_type, period);
-- Counted, walked by the office, walked by a company.
CREATE INDEX document_trashed ON document (office_id, trashed_at, company_id) WHERE trashed_at IS NOT NULL;
CREATE INDEX document_trash ON document (office_id, id, trashed_at, company_id) WHERE trashed_at IS NOT NULL;
CREATE INDEX document_company_trash ON document (office_id, company_id, id, trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX document_office_state ON document (office_id, state, trashed_at, id);
CREATE INDEX document_company_state ON document (office_id, company_id, state, trashed_at, id);
CREATE INDEX document_period ON document (office_id, company_id, period, id);
-- The month board counts without fetching a row.
CREATE INDEX document_month ON document (office_id, period, company_id, state, trashed_at, created_at);
CREATE INDEX document_submission ON document (submission_id);
CREATE INDEX document_issued ON document (office_id, issue_date, id);
CREATE INDEX document_due ON document (office_id, due_date, id);
CREATE INDEX document_amount ON document (office_id, amount, id);
CREATE INDEX document_seller ON document (office_id, seller, id);
CREATE INDEX document_number ON document (office_id, number, id);
-- Which sellers sent in which months, without fetching a row: see chase/missing.rs.
CREATE INDEX document_rhythm ON document (office_id, company_id, seller_tax_id, seller_name, period, trashed_at, state, direction, document_type);
CREATE INDEX document_booked ON document (office_id, seller_tax_id, id) WHERE booking_category IS NOT NULL;
CREATE INDEX document_batch ON document (batch_id) WHERE batch_id IS NOT NULL;
-- Handed over and opened again.
CREATE INDEX document_reopened ON document (office_id, id) WHERE batch_id IS NOT NULL AND state <> 'exported';
CREATE INDEX document_assignee ON document (office_id, assignee, id) WHERE assignee IS NOT NULL;

-- What became of a document in a batch. fate: exported, correction, unchanged, left_out; reasons: JSON, why it was left out. digest:
-- of the values as they were handed over, to see whether anything changed since; handed: JSON, the values themselves, to see what.
CREATE TABLE batch_document (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    fate TEXT NOT NULL,
    reasons TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    handed TEXT NOT NULL,
    PRIMARY KEY (batch_id, document_id),
    FOREIGN KEY (office_id, company_id, batch_id) REFERENCES batch (office_id, company_id, id),
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
) /* clustered */;
CREATE INDEX batch_document_of ON batch_document (document_id, batch_id);

-- Small numbers of documents, for programs that cannot take our ids.
CREATE TABLE document_serial (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    document_id TEXT NOT NULL UNIQUE,
    PRIMARY KEY (office_id, number),
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
) /* clustered */;

-- The office's own lists for booking (kind: category, register, description, payment_means). of_company empty: for every company;
-- else one company's own entry, or its own word over the office's (hidden: not there). account and vat_code: what target programs
-- call it.
CREATE TABLE choice (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    of_company TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    account TEXT,
    vat_code TEXT,
    hidden BIGINT NOT NULL DEFAULT 0,
    removed_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX choice_once ON choice (office_id, kind, of_company, code);

-- Which booking papers get that fit. Null: no condition. seller: its tax id, or folded words of its name; line: folded words that
-- one line has. booking: JSON, what is set.
CREATE TABLE booking_rule (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    of_company TEXT NOT NULL DEFAULT '',
    position BIGINT NOT NULL,
    seller TEXT,
    line TEXT,
    booking TEXT NOT NULL,
    at_once BIGINT NOT NULL DEFAULT 0,
    removed_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX booking_rule_office ON booking_rule (office_id, position);
CREATE INDEX document_identity ON document (office_id, identity, id) WHERE identity <> '';
CREATE INDEX document_preceding ON document (office_id, preceding, id) WHERE preceding <> '';
CREATE INDEX document_xml ON document (office_id, xml_sha256, id) WHERE xml_sha256 <> '';
CREATE INDEX document_ksef ON document (office_id, ksef_number, id) WHERE ksef_number <> '';
CREATE INDEX document_corrects ON document (office_id, corrects, id) WHERE corrects IS NOT NULL;
CREATE INDEX document_kin ON document (office_id, company_id, seller_tax_id, id) WHERE seller_tax_id IS NOT NULL;

CREATE TABLE piece (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    part_id TEXT NOT NULL,
    first_page BIGINT,
    last_page BIGINT,
    region TEXT,
    role TEXT NOT NULL,
    PRIMARY KEY (document_id, position),
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id),
    FOREIGN KEY (office_id, company_id, part_id) REFERENCES part (office_id, company_id, id)
) /* clustered */;
CREATE INDEX piece_part ON piece (part_id);

-- Folded words of a document, for searching by the beginnings of words: the same on both databases.
CREATE TABLE document_term (
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    term TEXT NOT NULL,
    PRIMARY KEY (document_id, term),
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
) /* clustered */;
CREATE INDEX document_term_search ON document_term (office_id, term, document_id);

-- What can be found by its words: a document, or a mail. seq: the time of arrival and some bits, in the order of which the index of
-- words (src/sql) gives what fits. page_terms: what its pages add, so that a note or a correction need not read them again.
CREATE TABLE search_entry (
    seq BIGINT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    page_terms TEXT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX search_entry_subject ON search_entry (subject_id);

-- Words of an office, forwards and backwards, for those that were mistyped.
CREATE TABLE search_word (
    office_id TEXT NOT NULL REFERENCES office (id),
    word TEXT NOT NULL,
    reversed TEXT NOT NULL,
    PRIMARY KEY (office_id, word)
) /* clustered */;
CREATE INDEX search_word_reversed ON search_word (office_id, reversed, word);

-- content: the reading as the API serves it. tokens: JSON of the pages, compressed (zlib).
CREATE TABLE reading (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    reader_version TEXT NOT NULL,
    content TEXT NOT NULL,
    tokens BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (document_id, version),
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
);

CREATE TABLE review (
    document_id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    content TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
);

-- turn: the place in the fair order. fence: rises with each claim; a write with an older one is refused.
CREATE TABLE job (
    id TEXT NOT NULL,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    state TEXT NOT NULL,
    urgency BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    worker TEXT,
    leased_until BIGINT,
    problem TEXT,
    message TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (office_id, id),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX job_ready ON job (kind, urgency, turn, id) WHERE state = 'ready';
CREATE INDEX job_running ON job (leased_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX job_once ON job (subject_id, kind) WHERE state IN ('ready', 'running');

CREATE TABLE event (
    office_id TEXT NOT NULL REFERENCES office (id),
    seq BIGINT NOT NULL,
    company_id TEXT,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (office_id, seq)
) /* clustered */;

-- Append-only. digest: of salt and the values, which live in tables that can be erased.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    salt BLOB NOT NULL,
    digest BLOB NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject_id, id);
CREATE INDEX audit_office ON audit (office_id, id);

-- The chain: hash covers the hash before it and the audit row.
CREATE TABLE audit_seal (
    office_id TEXT NOT NULL REFERENCES office (id),
    seq BIGINT NOT NULL,
    audit_id TEXT NOT NULL UNIQUE REFERENCES audit (id),
    hash BLOB NOT NULL,
    PRIMARY KEY (office_id, seq)
) /* clustered */;

-- What a person chose for their pages. totp: sealed secret of the second factor, asked for once confirmed; the last step used is
-- not taken again.
CREATE TABLE user_setting (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    language TEXT,
    theme TEXT,
    columns TEXT,
    totp BLOB,
    totp_confirmed_at BIGINT,
    totp_step BIGINT
) /* clustered */;

-- hash: keyed hash of the secret in the link; of nothing while it waits to be sent (sent_at null).
CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    own_only BIGINT NOT NULL DEFAULT 0,
    hash BLOB NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    sent_at BIGINT,
    times BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    opened_at BIGINT,
    accepted_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX invitation_office ON invitation (office_id);

-- Mail that the service sends itself, kept until a mail server has taken it. subject_id: what it is about (an invitation, a request for
-- papers). sealed: recipient, subject and text, which may hold a link that opens an account; taken away once it was sent.
CREATE TABLE outgoing (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    sealed BLOB,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    problem TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX outgoing_waiting ON outgoing (run_after) WHERE state = 'waiting';
CREATE INDEX outgoing_subject ON outgoing (subject_id);

-- When the office asks its companies for missing papers, and in which words. steps: JSON.
CREATE TABLE chase_plan (
    office_id TEXT PRIMARY KEY REFERENCES office (id),
    active BIGINT NOT NULL,
    steps TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- A company being asked for the papers of a month. steps: mails sent. since_id: arrivals with a greater id came after the last mail.
CREATE TABLE chase (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    steps BIGINT NOT NULL,
    asked TEXT NOT NULL,
    since_id TEXT NOT NULL,
    last_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (company_id, period),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);

-- A list's filters under a name; user_id null: for everyone of the office.
CREATE TABLE saved_view (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    user_id TEXT,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX saved_view_office ON saved_view (office_id);

-- Comments and questions on a document. A question of the office is open until someone of the company answers.
CREATE TABLE comment (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    user_id TEXT,
    author TEXT NOT NULL,
    side TEXT NOT NULL,
    content TEXT NOT NULL,
    question BIGINT NOT NULL,
    answered_at BIGINT,
    told_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
);
CREATE INDEX comment_untold ON comment (office_id, id) WHERE told_at IS NULL;
CREATE INDEX comment_document ON comment (document_id, id);
CREATE INDEX comment_open ON comment (office_id, company_id) WHERE question = 1 AND answered_at IS NULL;

-- Talk by mail: the address at which one person answers about one document. hash: keyed hash of what stands after the plus sign.
CREATE TABLE talk_thread (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    hash BLOB NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
);
CREATE INDEX talk_thread_document ON talk_thread (document_id);

-- Values before and after each change by a person; they can be erased, the audit cannot.
CREATE TABLE history (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    field TEXT NOT NULL,
    before TEXT,
    after TEXT,
    at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
);
CREATE INDEX history_document ON history (document_id, id);

-- Who has a document on their desk: a courtesy, not a lock.
CREATE TABLE desk (
    document_id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    company_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    since BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id, document_id) REFERENCES document (office_id, company_id, id)
) /* clustered */;

-- What approvals taught about the layouts of sellers' papers, one row a layout. It is the office's: nothing of a company is in it.
-- seller: tax id, IBAN or folded name, as ocr::extract::memory writes it.
CREATE TABLE memory (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    seller TEXT NOT NULL,
    seller_name TEXT NOT NULL,
    version BIGINT NOT NULL,
    revoked_at BIGINT,
    changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (office_id, id)
);
CREATE INDEX memory_seller ON memory (office_id, seller) WHERE revoked_at IS NULL;

-- Each approval that taught something makes a version. document_id: the paper that taught it.
CREATE TABLE memory_version (
    office_id TEXT NOT NULL,
    memory_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    document_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (memory_id, version),
    FOREIGN KEY (office_id, memory_id) REFERENCES memory (office_id, id)
) /* clustered */;

-- What the company's senders are told by mail. A company without a row has the defaults.
CREATE TABLE notice_setting (
    company_id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL,
    language TEXT,
    waiting BIGINT NOT NULL,
    receipts TEXT NOT NULL,
    per_day BIGINT NOT NULL,
    tag TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
) /* clustered */;

-- Mails of ours to be sent, one a submission and kind; the daily ones have the day as their subject.
CREATE TABLE notice (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    run_after BIGINT NOT NULL,
    problem TEXT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE UNIQUE INDEX notice_once ON notice (office_id, kind, subject_id, recipient);
CREATE INDEX notice_due ON notice (run_after) WHERE state = 'queued';
CREATE INDEX notice_recipient ON notice (recipient, created_at);

-- An address elsewhere that is told what happens. events: kinds, separated by blanks; empty: all. sealed: the secret that signs, sealed_before:
-- the one before it, which signs too until before_until. seq: events up to it have their deliveries. failing_since: the first failure
-- after which it never answered well. run_after: it rests until then. turn_at: its last turn. fence: rises with each turn.
CREATE TABLE webhook (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    active BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    sealed_before BLOB,
    before_until BIGINT,
    seq BIGINT NOT NULL,
    problem TEXT,
    failures BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT,
    run_after BIGINT NOT NULL,
    turn_at BIGINT NOT NULL,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (office_id, id),
    FOREIGN KEY (office_id, company_id) REFERENCES company (office_id, id)
);
CREATE INDEX webhook_office ON webhook (office_id);

-- What a webhook is to be told, with the answer to the last attempt. seq: the event's number; null for what was sent to try it out.
CREATE TABLE webhook_delivery (
    id TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES office (id),
    company_id TEXT,
    webhook_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    seq BIGINT,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    run_after BIGINT NOT NULL,
    problem TEXT,
    response_code BIGINT,
    response TEXT,
    took_ms BIGINT,
    attempted_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (office_id, webhook_id) REFERENCES webhook (office_id, id)
);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, run_after) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_webhook ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_old ON webhook_delivery (created_at);
