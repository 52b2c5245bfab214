//! Lists against plain code over the same documents.

use jiff::Timestamp;
use ocr::reading::{Direction, FieldName};
use store::accept;
use store::document::{self, Document, DocumentState, Filter, Sort, SortKey};
use store::queue::JobKind;
use store::reading;

use crate::world::{World, reading as read};

/// The same condition in plain code.
type Rule = fn(&Document) -> bool;

pub async fn pages_filters_and_orders_agree_with_plain_code(w: &World) {
    let s = &w.store;
    let sellers = ["Żabka Łódź", "Zażółć Sp. z o.o.", "ABC GmbH"];
    for i in 0..40u32 {
        let company = if i % 4 == 0 { w.piekarnia } else { w.mlyn };
        let mut arrival = w.arrival(company, &format!("mail {i}"));
        arrival.subject = Some(format!("Paczka nr{i} od szefa"));
        arrival.direction = if i % 5 == 0 { Direction::Sale } else { Direction::None };
        arrival.period = Some(format!("2026-0{}", 1 + i % 6));
        accept::arrival(s, arrival).await.unwrap();
        let id = w.unpack_next(&format!("paper {i}")).await.documents[0];
        if i % 3 == 0 {
            continue;
        }
        document::request_reading(s, &w.owner, &[id], JobKind::Read).await.unwrap();
        let lease = w.claim(JobKind::Read).await.unwrap();
        let (number, issued) = (format!("FV/{i:02}/2026"), format!("2026-0{}-15", 1 + i % 7));
        let amount = format!("{}.50", (i * 37) % 100);
        let fields = [
            (FieldName::InvoiceNumber, number.as_str()),
            (FieldName::SellerName, sellers[i as usize % 3]),
            (FieldName::SellerTaxId, "PL5260250274"),
            (FieldName::IssueDate, &issued),
            (FieldName::AmountPayable, &amount),
        ];
        reading::record(s, &lease, vec![read(&fields)], &[]).await.unwrap();
    }
    let all = everything(w, &Filter::default(), Sort::default()).await;
    assert_eq!(all.len(), 40);

    let cases: Vec<(Filter, Rule)> = vec![
        (Filter { company: Some(w.piekarnia), ..Filter::default() }, |d| d.name.contains("faktura") && d.subject.is_some()),
        (Filter { state: vec![DocumentState::ToReview], ..Filter::default() }, |d| d.state == DocumentState::ToReview),
        (Filter { state: vec![DocumentState::New, DocumentState::Filed], ..Filter::default() }, |d| {
            d.state == DocumentState::New
        }),
        (Filter { direction: Some(Direction::Sale), ..Filter::default() }, |d| d.direction == Direction::Sale),
        (Filter { period: Some("2026-03".to_owned()), ..Filter::default() }, |d| d.period.as_deref() == Some("2026-03")),
        (Filter { seller: Some("lodz".to_owned()), ..Filter::default() }, |d| d.seller_name.as_deref() == Some("Żabka Łódź")),
        (Filter { seller: Some("PL52602".to_owned()), ..Filter::default() }, |d| d.seller_name.is_some()),
        (Filter { seller: Some("100%".to_owned()), ..Filter::default() }, |_| false),
        (Filter { number: Some("fv-07".to_owned()), ..Filter::default() }, |d| d.number.as_deref() == Some("FV/07/2026")),
        (Filter { text: Some("zazolc spolka".to_owned()), ..Filter::default() }, |_| false),
        (Filter { text: Some("ZAŻÓ".to_owned()), ..Filter::default() }, |d| d.seller_name.as_deref() == Some(sellers_of(1))),
        (Filter { subject: Some("nr11 paczka".to_owned()), ..Filter::default() }, |d| d.number.as_deref() == Some("FV/11/2026")),
        (Filter { issued_to: "2026-03-31".parse().ok(), ..Filter::default() }, |d| {
            d.issue_date.is_some_and(|day| day.month() <= 3)
        }),
        (Filter { issued_from: "2026-03-15".parse().ok(), ..Filter::default() }, |d| {
            d.issue_date.is_some_and(|day| day.month() >= 3)
        }),
        (Filter { amount_from: Some("50".to_owned()), ..Filter::default() }, |d| amount(d).is_some_and(|a| a >= 50.0)),
        (Filter { amount_to: Some("50.5".to_owned()), ..Filter::default() }, |d| amount(d).is_some_and(|a| a <= 50.5)),
        (Filter { created_to: Some(Timestamp::UNIX_EPOCH), ..Filter::default() }, |_| false),
        (Filter { trashed: true, ..Filter::default() }, |_| false),
    ];
    for (filter, want) in cases {
        let got: Vec<_> = everything(w, &filter, Sort::default()).await.iter().map(|d| d.id).collect();
        let in_company = |d: &&Document| filter.company.is_none_or(|company| d.company == company);
        let want: Vec<_> = all.iter().filter(in_company).filter(|d| want(d)).map(|d| d.id).collect();
        assert_eq!(got, want, "{filter:?}");
    }
    for key in SortKey::ALL.iter().copied() {
        for descending in [false, true] {
            let got = everything(w, &Filter::default(), Sort { key, descending }).await;
            assert_eq!(got.len(), 40, "{key}");
            let ordered = got.windows(2).all(|pair| {
                let (a, b) = (sort_key(key, &pair[0]), sort_key(key, &pair[1]));
                if descending { a > b } else { a < b }
            });
            assert!(ordered, "{key} descending {descending}");
        }
    }
    let counts = document::counts(s, &w.owner, None).await.unwrap();
    let new = all.iter().filter(|d| d.state == DocumentState::New).count() as u64;
    assert_eq!((counts.states[&DocumentState::New], counts.states[&DocumentState::ToReview]), (new, 40 - new));
}

fn sellers_of(i: usize) -> &'static str {
    ["Żabka Łódź", "Zażółć Sp. z o.o.", "ABC GmbH"][i]
}

fn amount(d: &Document) -> Option<f64> {
    d.amount.as_deref().map(|text| text.parse().unwrap())
}

/// All pages, seven rows each: no row twice, none left out.
async fn everything(w: &World, filter: &Filter, sort: Sort) -> Vec<Document> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let page = document::list(&w.store, &w.owner, filter, sort, after.as_ref(), 7).await.unwrap();
        all.extend(page.documents);
        match page.next {
            // Through its text, as a client gives it back.
            Some(cursor) => after = Some(cursor.to_string().parse().unwrap()),
            None => return all,
        }
    }
}

fn sort_key(key: SortKey, d: &Document) -> (String, store::DocumentId) {
    let text = match key {
        SortKey::Created => String::new(),
        SortKey::Issued => d.issue_date.map(|day| day.to_string()).unwrap_or_default(),
        SortKey::Due => d.due_date.map(|day| day.to_string()).unwrap_or_default(),
        SortKey::Amount => format!("{:012.2}", amount(d).unwrap_or(0.0)),
        SortKey::Seller => d.seller_name.as_deref().map(ocr::fold::fold).unwrap_or_default(),
        SortKey::Number => d.number.as_deref().map(|n| ocr::fold::fold(n).replace('/', "")).unwrap_or_default(),
    };
    (text, d.id)
}
