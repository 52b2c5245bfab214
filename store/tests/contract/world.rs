//! A world for a story: an office with two companies, and what stories do again and again.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ocr::protocol::{PartVerdict, Role as PieceRole};
use ocr::reading::{Direction, DocumentType, Field, FieldName, Reading, TookMs};
use store::accept::{self, Accepted, Arrival, Channel, Verdict};
use store::company::CompanyFacts;
use store::office::NewOffice;
use store::part::{NewDocument, NewPart, NewPiece, Recorded};
use store::queue::{JobKind, Lease};
use store::submission::Learnt;
use store::{CompanyId, DocumentId, OfficeId, Scope, Store, blob, company, office, part, queue};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::backend::Pair;

pub const LEASE: Duration = Duration::from_secs(60);

pub struct World {
    pub store: Store,
    pub office: OfficeId,
    pub mlyn: CompanyId,
    pub piekarnia: CompanyId,
    /// The office's owner at the machine.
    pub owner: Scope,
    /// Where the rows are, for a hand from outside.
    database_url: String,
    _place: Option<crate::backend::Place>,
}

impl World {
    pub async fn new(pair: &Pair, name: &str) -> World {
        let (config, place) = pair.place(name).await;
        World::at(config, Some(place)).await
    }

    /// In a folder of a real disk, to measure.
    pub async fn on_disk(folder: &std::path::Path) -> World {
        World::at(store::Config::in_folder(folder), None).await
    }

    async fn at(config: store::Config, place: Option<crate::backend::Place>) -> World {
        let (database_url, store) = (config.database_url.clone(), Store::open(&config).await.unwrap());
        store.migrate().await.unwrap();
        let office = office::create(&store, NewOffice { name: "Biuro Anna".to_owned(), ..NewOffice::default() }).await.unwrap();
        let owner = Scope::operator(office);
        let facts = |name: &str| CompanyFacts { name: name.to_owned(), ..CompanyFacts::default() };
        let mlyn = company::create(&store, &owner, facts("Młyn Łódź")).await.unwrap();
        let piekarnia = company::create(&store, &owner, facts("Piekarnia")).await.unwrap();
        World { store, office, mlyn, piekarnia, owner, database_url, _place: place }
    }

    pub fn arrival(&self, company: CompanyId, raw: &str) -> Arrival {
        Arrival {
            office: self.office,
            company,
            channel: Channel::Smtp,
            verdict: Verdict::Admit,
            reverse_path: "jan@mlyn.example".to_owned(),
            forward_path: "mlyn@in.example".to_owned(),
            peer: Some("192.0.2.7".to_owned()),
            mail_from: Some("Jan@mlyn.example".to_owned()),
            subject: Some("Faktura za młyn".to_owned()),
            message_id: Some("<1@mlyn.example>".to_owned()),
            file_name: None,
            user: None,
            period: None,
            direction: Direction::None,
            document_type: None,
            authentication: None,
            split: None,
            together: false,
            raw: Bytes::copy_from_slice(raw.as_bytes()),
            received_at: Timestamp::now(),
        }
    }

    pub async fn accept(&self, company: CompanyId, raw: &str) -> Accepted {
        accept::arrival(&self.store, self.arrival(company, raw)).await.unwrap()
    }

    /// Runs SQL as somebody who has the database in hand, past everything that keeps the service from it.
    pub async fn tamper(&self, sql: &str) {
        match self.database_url.starts_with("postgres") {
            true => {
                let mut hand = sqlx::PgConnection::connect(&self.database_url).await.unwrap();
                hand.execute("SET session_replication_role = replica").await.unwrap();
                hand.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
            }
            false => {
                let options: SqliteConnectOptions = self.database_url.parse().unwrap();
                let mut hand = sqlx::SqliteConnection::connect_with(&options.foreign_keys(false)).await.unwrap();
                hand.execute("DROP TRIGGER IF EXISTS audit_keep; DROP TRIGGER IF EXISTS audit_stay").await.unwrap();
                hand.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
            }
        }
    }

    pub async fn claim(&self, kind: JobKind) -> Option<Lease> {
        queue::claim(&self.store, &[kind], "test", Timestamp::now(), LEASE).await.unwrap()
    }

    /// Unpacks the next submission into one document of these bytes.
    pub async fn unpack_next(&self, content: &str) -> Recorded {
        let lease = self.claim(JobKind::Unpack).await.expect("an unpack job");
        self.unpack(&lease, content).await
    }

    pub async fn unpack(&self, lease: &Lease, content: &str) -> Recorded {
        let blob = blob::stage(&self.store, self.office, Bytes::copy_from_slice(content.as_bytes())).await.unwrap();
        let parts = vec![NewPart {
            path: "1".to_owned(),
            name: Some("faktura żółta.pdf".to_owned()),
            media_type: "application/pdf".to_owned(),
            declared_type: Some("application/octet-stream".to_owned()),
            verdict: PartVerdict::Document,
            reason: None,
            message: None,
            blob,
        }];
        let pieces = vec![NewPiece { path: "1".to_owned(), role: PieceRole::Visual, page_range: None }];
        let documents = vec![NewDocument { name: "faktura żółta.pdf".to_owned(), pieces }];
        part::record_unpacked(&self.store, lease, parts, documents, Learnt::default()).await.unwrap()
    }

    /// A mail that became one document.
    pub async fn document(&self, company: CompanyId, content: &str) -> DocumentId {
        self.accept(company, &format!("mail with {content}")).await;
        self.unpack_next(content).await.documents[0]
    }
}

pub fn reading(fields: &[(FieldName, &str)]) -> Reading {
    Reading {
        media_type: "application/pdf".to_owned(),
        pages: 1,
        page_range: [1, 1],
        region: None,
        reader_version: "test".to_owned(),
        document_type: DocumentType::Invoice,
        direction: Direction::Purchase,
        language: Some("pl".to_owned()),
        fields: fields.iter().map(|(name, value)| (*name, Field::exact(*value))).collect(),
        vat_breakdown: vec![],
        lines: vec![],
        taxes: vec![],
        marks: vec![],
        findings: vec![],
        took_ms: TookMs::default(),
    }
}
