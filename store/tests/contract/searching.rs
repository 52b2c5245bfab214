//! "Where is my invoice?", on both databases.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use ocr::page::{Box as Place, Page, Token};
use ocr::protocol::PartVerdict;
use ocr::reading::{FieldName, Source};
use store::accept::{self, Verdict};
use store::document;
use store::part::{self, NewPart, PartState};
use store::queue::JobKind;
use store::search::{self, Found, Hit};
use store::submission::Learnt;
use store::token::{self, NewToken};
use store::{CompanyId, DocumentId, Error, Role, Scope, blob, comment, reading, submission};

use crate::world::{World, reading as fields};

/// A page that says these words, ten to a line.
fn page(text: &str) -> Page {
    let token = |(n, word): (usize, &str)| Token {
        text: word.to_owned(),
        bbox: Place::default(),
        confidence: 1.0,
        line: u32::try_from(n / 10).unwrap(),
        size: 10.0,
        bold: false,
        hidden: false,
    };
    let tokens = text.split_whitespace().enumerate().map(token).collect();
    Page {
        number: 1,
        width: 595.0,
        height: 842.0,
        turned: 0,
        skew: 0.0,
        region: None,
        source: Source::Text,
        tokens,
        codes: vec![],
    }
}

async fn read(w: &World, id: DocumentId, values: &[(FieldName, &str)], text: &str) {
    document::request_reading(&w.store, &w.owner, &[id], JobKind::Read).await.unwrap();
    let lease = w.claim(JobKind::Read).await.unwrap();
    reading::record(&w.store, &lease, vec![fields(values)], &[page(text)]).await.unwrap();
}

fn ids(found: &Found) -> Vec<DocumentId> {
    let id = |hit: &Hit| if let Hit::Document { document, .. } = hit { Some(document.id) } else { None };
    found.hits.iter().filter_map(id).collect()
}

async fn company_token(w: &World, company: CompanyId) -> Scope {
    let new = NewToken { name: company.to_string(), role: Role::CompanyAdmin, company: Some(company), expires_at: None };
    let (_, secret) = token::create(&w.store, &w.owner, new).await.unwrap();
    token::verify(&w.store, &secret, Timestamp::now()).await.unwrap().unwrap()
}

pub async fn papers_are_found_by_what_they_say(w: &World) {
    let s = &w.store;
    let values = [
        (FieldName::InvoiceNumber, "FV/07/2026"),
        (FieldName::SellerName, "Hurtownia Zboża Kowalski"),
        (FieldName::TotalGross, "1230.00"),
        (FieldName::IssueDate, "2026-07-05"),
    ];
    let a = w.document(w.mlyn, "a").await;
    read(w, a, &values, "Faktura VAT nr FV/07/2026 z dnia 05.07.2026 Pszenica konsumpcyjna 2 t Razem 1 230,00 PLN").await;
    let b = w.document(w.piekarnia, "b").await;
    read(w, b, &[(FieldName::InvoiceNumber, "FV/08/2026")], "Faktura VAT nr FV/08/2026 Drożdże Nowak konsumpcyjny").await;
    let find = async |scope: &Scope, text: &str| search::find(s, scope, text, None, 20).await.unwrap();

    for question in [
        "fakt fv/07",
        "faktura 07/2026",
        "pszen",
        "kowalski 1 230,00",
        "1230",
        "5.7.2026",
        "KOWALSKI zboza",
        "jan@mlyn.example pszenica",
        "żółta pszenica",
    ] {
        assert_eq!(ids(&find(&w.owner, question).await), [a], "{question}");
    }
    // A slip of the finger: the word that is there is said.
    for (question, word) in [("faktra 07/2026", "faktura"), ("psezncia", "pszenica"), ("kowalsky", "kowalski")] {
        let found = find(&w.owner, question).await;
        assert_eq!(ids(&found), [a], "{question}");
        assert!(found.instead.iter().any(|instead| instead == word), "{question}: {:?}", found.instead);
    }
    assert_eq!(ids(&find(&w.owner, "faktura vat").await), [b, a], "the newest first");
    assert!(find(&w.owner, "zupelnie nieznane").await.hits.is_empty());
    for nothing in ["", "   ", "!?", "'); DROP TABLE document; --", "\"*\" OR", "NEAR("] {
        search::find(s, &w.owner, nothing, None, 20).await.unwrap();
    }
    let found = find(&w.owner, "pszenica").await;
    let Hit::Document { snippet, from, .. } = &found.hits[0] else { panic!("{found:?}") };
    assert!(snippet.iter().any(|part| part.hit && part.text == "Pszenica"), "{snippet:?}");
    assert_eq!(from.as_deref(), Some("Jan@mlyn.example"));

    // What was said about it, and what a person corrected.
    comment::add(s, &w.owner, a, "Anna", "Dotyczy traktora", false).await.unwrap();
    assert_eq!(ids(&find(&w.owner, "traktora pszenica").await), [a]);
    let corrected = store::review::Review {
        fields: [(FieldName::SellerName, Some("Młynarstwo Wiśniewski".to_owned()))].into(),
        ..store::review::Review::default()
    };
    store::review::correct(s, &w.owner, a, None, corrected).await.unwrap();
    assert_eq!(ids(&find(&w.owner, "wisniewski pszenica traktora").await), [a]);

    // Written anew, all is as it was.
    assert_eq!(search::rebuild(s, &w.owner).await.unwrap(), 4, "two papers and their mails");
    assert_eq!(ids(&find(&w.owner, "wisniewski pszenica traktora").await), [a]);

    // Everyone finds their own.
    let (mlyn, piekarnia) = (company_token(w, w.mlyn).await, company_token(w, w.piekarnia).await);
    assert_eq!(ids(&find(&mlyn, "faktura").await), [a]);
    assert_eq!(ids(&find(&piekarnia, "faktura").await), [b]);
    assert!(find(&piekarnia, "pszenica").await.hits.is_empty());
    assert!(find(&piekarnia, "psenica").await.hits.is_empty());
    // The list of words is the office's: nobody is told one that only others have.
    assert_eq!(find(&piekarnia, "konsumpcyjne").await.instead, ["konsumpcyjny"]);
    assert!(matches!(search::find(s, &piekarnia, "faktura", Some(w.mlyn), 20).await, Err(Error::NotFound)));
    assert_eq!(ids(&search::find(s, &w.owner, "faktura", Some(w.mlyn), 20).await.unwrap()), [a]);
}

pub async fn mails_are_found_with_the_fate_of_their_parts(w: &World) {
    let s = &w.store;
    let mut mail = w.arrival(w.mlyn, "mail with a letter that was set aside");
    mail.subject = Some("Umowa najmu".to_owned());
    let accepted = accept::arrival(s, mail).await.unwrap();
    let lease = w.claim(JobKind::Unpack).await.unwrap();
    let content = blob::stage(s, w.office, bytes::Bytes::from_static(b"not a paper?")).await.unwrap();
    let aside = NewPart {
        path: "1".to_owned(),
        name: Some("umowa.docx".to_owned()),
        media_type: "application/pdf".to_owned(),
        declared_type: None,
        verdict: PartVerdict::SetAside,
        reason: Some("too_small".to_owned()),
        message: None,
        blob: content,
    };
    part::record_unpacked(s, &lease, vec![aside], vec![], Learnt::default()).await.unwrap();
    let found = search::find(s, &w.owner, "umowa.docx", None, 20).await.unwrap();
    let [Hit::Mail { submission, parts }] = found.hits.as_slice() else { panic!("{found:?}") };
    assert_eq!((submission.id, parts[0].state), (accepted.submission, PartState::SetAside));

    // "Take it": the part is a document, and found as one.
    let piekarnia = company_token(w, w.piekarnia).await;
    assert!(matches!(part::take(s, &piekarnia, parts[0].id).await, Err(Error::NotFound)));
    let taken = part::take(s, &w.owner, parts[0].id).await.unwrap();
    assert!(matches!(part::take(s, &w.owner, parts[0].id).await, Err(Error::Conflict { .. })));
    assert_eq!(ids(&search::find(s, &w.owner, "umowa", None, 20).await.unwrap()), [taken]);
    assert_eq!(part::list(s, &w.owner, accepted.submission).await.unwrap()[0].state, PartState::Document);

    // What was not taken at all is told of too.
    let mut refused = w.arrival(w.mlyn, "refused");
    refused.subject = Some("Rachunek za prąd".to_owned());
    refused.verdict = Verdict::Refuse("no_pin".to_owned());
    let refused = accept::arrival(s, refused).await.unwrap();
    let found = search::find(s, &w.owner, "rachunek prad", None, 20).await.unwrap();
    let [Hit::Mail { submission, .. }] = found.hits.as_slice() else { panic!("{found:?}") };
    assert_eq!((submission.id, submission.state), (refused.submission, submission::SubmissionState::Refused));
}

/// 100,000 papers of 120 words: how long a question takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, minutes long: `make bench` runs it"]
async fn a_hundred_thousand() {
    let pair = match std::env::var("PACE_ON").as_deref() {
        Ok("postgres") => crate::backend::Pair::postgres(),
        _ => crate::backend::Pair::sqlite(),
    };
    let w = World::new(&pair, "pace").await;
    let count: usize = std::env::var("PACE_PAPERS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let sellers =
        ["Hurtownia", "Kowalski", "Nowak", "Zboża", "Transport", "Usługi", "Wiśniewski", "Drukarnia", "Paliwa", "Energia"];
    let mut random = 42u64;
    let mut next = move |n: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(random >> 33).unwrap() % n
    };
    let start = Instant::now();
    for n in 0..count {
        let id = w.document(if n % 3 == 0 { w.piekarnia } else { w.mlyn }, &n.to_string()).await;
        let (number, seller) = (format!("FV/{n}/2026"), format!("{} {}", sellers[next(10)], sellers[next(10)]));
        let mut text = format!("Faktura VAT nr {number} Sprzedawca {seller} Nabywca Młyn Razem {},00 PLN", n % 9_000);
        for _ in 0..100 {
            text.push_str(&format!(" wyraz{}", char::from(b'a' + u8::try_from(next(26)).unwrap())));
            text.push_str(&format!(" {}", next(20_000)));
        }
        let values = [(FieldName::InvoiceNumber, number.as_str()), (FieldName::SellerName, seller.as_str())];
        read(&w, id, &values, &text).await;
        if n % 10_000 == 9_999 {
            println!("{} papers, {:.0}/s", n + 1, (n + 1) as f64 / start.elapsed().as_secs_f64());
        }
    }
    let mlyn = company_token(&w, w.mlyn).await;
    for (who, scope) in [("office", &w.owner), ("client", &mlyn)] {
        for question in
            ["faktura", "fakt", "fv/777/2026", "faktra 77/2026", "kowalski nowak", "wisnewski", "1230,00", "nothing like this"]
        {
            let mut took: Vec<Duration> = Vec::new();
            let mut hits = 0;
            for _ in 0..60 {
                let start = Instant::now();
                hits = search::find(&w.store, scope, question, None, 20).await.unwrap().hits.len();
                took.push(start.elapsed());
            }
            took.sort();
            println!(
                "{who} {question:?}: {hits} hits, p50 {:.1?}, p95 {:.1?}",
                took[took.len() / 2],
                took[took.len() * 95 / 100]
            );
        }
    }
}
