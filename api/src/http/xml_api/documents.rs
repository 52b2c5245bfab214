//! Calls about documents.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ocr::reading::{Direction, FieldName};
use ocr::split::Split;
use roxmltree::Node;
use store::batch::{self, Paper, Told};
use store::company::Company;
use store::document::{self, BooksState, Document, DocumentState, Filter, PaymentState, Sort};
use store::queue::JobKind;
use store::review::{self, Review};
use store::{DocumentId, number};

use super::Call;
use super::answer::result;
use super::wire::{command, each, file, parse, text};
use crate::export::Xml;
use crate::http::problem::{Code, Problem};
use crate::http::v1::document::{Bringer, NewFile, Said, documents_of, keep_file};
use crate::pages::name_of;

/// A call waits so long for what it sent to be taken apart.
const PATIENCE: Duration = Duration::from_secs(20);
/// Documents that a list gives.
const MOST: usize = 1_000;

/// The company of a call, and its command.
async fn opened(call: &Call) -> Result<(Company, String), Problem> {
    Ok((call.company().await?, command(call.parameter("command")?)?))
}

/// Brings files, each into a month.
pub async fn add(call: &Call) -> Result<Vec<u8>, Problem> {
    let (company, xml) = opened(call).await?;
    let tree = parse(&xml)?;
    let mut answer = Xml::part();
    answer.open("RESULTS");
    for node in each(&tree, "DOCUMENTS", "DOCUMENT") {
        let period = match (text(node, "YEAR"), text(node, "MONTH")) {
            (Some(year), Some(month)) => Some(format!("{year}-{month:0>2}")),
            _ => None,
        };
        let key = text(node, "ATTMNT").unwrap_or("1").trim_start_matches("attmnt_");
        let said = Said::of(period, None, None);
        let kept = keep(call, &company, key, text(node, "ATTMNT_NAME"), &said).await;
        match kept {
            Err(problem) => result(&mut answer, "", &Err(problem)),
            Ok(documents) => {
                for (_, number) in number::of(call.app.store(), &call.caller.scope, company.id, &documents).await? {
                    result(&mut answer, &number.to_string(), &Ok("CREATED"));
                }
            }
        }
    }
    Ok(answer.finish())
}

/// Keeps a file and waits for its documents.
async fn keep(call: &Call, company: &Company, key: &str, name: Option<&str>, said: &Said) -> Result<Vec<DocumentId>, Problem> {
    call.caller.allow(store::Role::may_send)?;
    let bytes = file(call.parameter(&format!("attmnt_{key}"))?)?;
    let _turn = call.app.uploads().take().await?;
    let new = NewFile { name: name.map(str::to_owned), bytes: bytes.into() };
    let kept = keep_file(&call.app, &Bringer::from(&call.caller), company.id, said, call.peer, new).await?;
    let documents = documents_of(&call.app, &call.caller, kept.submission, Instant::now() + PATIENCE).await?;
    match documents.is_empty() {
        true => Err(Problem::with(Code::Unreadable, "The file is kept; no document was found in it yet. See the mail log.")),
        false => Ok(documents),
    }
}

/// Has documents read.
pub async fn recognize(call: &Call) -> Result<Vec<u8>, Problem> {
    let (company, xml) = opened(call).await?;
    let tree = parse(&xml)?;
    let mut answer = Xml::part();
    answer.open("RESULTS");
    for node in each(&tree, "DOCUMENTS", "DOCUMENT") {
        let number = text(node, "DOCUMENT_ID").unwrap_or_default();
        let done = async {
            let document = document_of(call, &company, number).await?;
            read(call, &[document.id]).await
        };
        answer.open("DOCUMENT").leaf("DOCUMENT_ID", number);
        match done.await {
            Ok(()) => answer.leaf("STATUS", "SENT").leaf("OCR_ORIGIN_ID", number),
            Err(problem) => answer.leaf("STATUS", "NOT_VALID").leaf("STATUS_MESSAGE", problem.sentence()),
        };
        answer.close();
    }
    Ok(answer.finish())
}

async fn read(call: &Call, ids: &[DocumentId]) -> Result<(), Problem> {
    for (_, job) in document::request_reading(call.app.store(), &call.caller.scope, ids, JobKind::Read).await? {
        job?;
    }
    Ok(())
}

/// Brings one file and has it read.
pub async fn add_recognize(call: &Call) -> Result<Vec<u8>, Problem> {
    let xml = command(call.parameter("command")?)?;
    let tree = parse(&xml)?;
    let root = tree.root_element();
    let node = root.children().find(|node| node.has_tag_name("DOCUMENT")).unwrap_or(root);
    let company = match call.parameters.get("company_program_id") {
        Some(named) => call.company_of(named).await?,
        None => {
            let needed = || Problem::field(Code::Invalid, "VAT_NUMBER", "It names the company.");
            call.company_of(text(node, "VAT_NUMBER").ok_or_else(needed)?).await?
        }
    };
    let direction = match text(node, "DOCUMENT_TYPE") {
        Some("COST") => Some(Direction::Purchase),
        Some("SALE") => Some(Direction::Sale),
        _ => None,
    };
    let mode = text(node, "SPLIT_MODE").unwrap_or("NO_SPLIT");
    let split = match mode {
        "SPLIT_ONE_SIDED" => Split::OneSided,
        "SPLIT_TWO_SIDED" => Split::TwoSided,
        mode if mode.starts_with("AUTO") => Split::Automatic,
        _ => Split::None,
    };
    let done = async {
        let documents = keep(call, &company, "1", text(node, "ATTMNT_NAME"), &Said::of(None, direction, Some(split))).await?;
        read(call, &documents).await?;
        Ok::<_, Problem>(number::of(call.app.store(), &call.caller.scope, company.id, &documents).await?)
    };
    let mut answer = Xml::part();
    answer.open("DOCUMENT");
    match done.await {
        Ok(numbers) => {
            answer.leaf("STATUS", "SENT").leaf("SENT_DOCUMENT_COUNT", numbers.len().to_string()).leaf("SPLIT_MODE", mode);
            for number in numbers.values() {
                answer.leaf("OCR_ORIGIN_ID", number.to_string());
            }
        }
        Err(problem) => {
            answer.leaf("STATUS", "NOT_VALID").leaf("STATUS_MESSAGE", problem.sentence());
        }
    }
    Ok(answer.finish())
}

/// Documents of late, of late and read, or approved and waiting for the accounting program.
pub async fn list(call: &Call) -> Result<Vec<u8>, Problem> {
    let company = call.company().await?;
    let policy = call.parameter("policy")?;
    let mut filter = Filter { company: Some(company.id), ..Filter::default() };
    match policy {
        "LAST_10_DAYS" | "LAST_10_DAYS_OCRED" => {
            filter.created_from = Some(Timestamp::now() - SignedDuration::from_hours(240));
        }
        "SALDEO" => filter.state = vec![DocumentState::Approved],
        _ => return Err(Problem::field(Code::Invalid, "policy", "It is LAST_10_DAYS, LAST_10_DAYS_OCRED or SALDEO.")),
    }
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = document::list(call.app.store(), &call.caller.scope, &filter, Sort::default(), after.as_ref(), 200).await?;
        let wanted = page.documents.iter().filter(|one| policy != "LAST_10_DAYS_OCRED" || one.reading_version.is_some());
        ids.extend(wanted.map(|one| one.id));
        after = page.next;
        if after.is_none() || ids.len() >= MOST {
            break;
        }
    }
    show(call, &company, &ids).await
}

/// Documents by the numbers that reading them gave.
pub async fn list_recognized(call: &Call) -> Result<Vec<u8>, Problem> {
    let (company, xml) = opened(call).await?;
    let tree = parse(&xml)?;
    let mut ids = Vec::new();
    for node in each(&tree, "OCR_ID_LIST", "OCR_ORIGIN_ID").into_iter().take(MOST) {
        ids.push(document_of(call, &company, node.text().unwrap_or_default().trim()).await?.id);
    }
    show(call, &company, &ids).await
}

async fn document_of(call: &Call, company: &Company, number: &str) -> Result<Document, Problem> {
    let unknown = || Problem::with(Code::NotFound, "There is no such document of this company.");
    let number = number.parse().map_err(|_| unknown())?;
    let id = number::document(call.app.store(), &call.caller.scope, number).await?;
    let document = document::get(call.app.store(), &call.caller.scope, id).await?;
    if document.company == company.id { Ok(document) } else { Err(unknown()) }
}

async fn show(call: &Call, company: &Company, ids: &[DocumentId]) -> Result<Vec<u8>, Problem> {
    let (store, scope) = (call.app.store(), &call.caller.scope);
    let numbers = number::of(store, scope, company.id, ids).await?;
    let papers = batch::papers_of(store, scope, company.id, ids).await?;
    let mut xml = Xml::part();
    xml.open("DOCUMENTS");
    for paper in &papers {
        let number = numbers.get(&paper.document.id).copied().unwrap_or_default();
        one(&mut xml, paper, number);
    }
    Ok(xml.finish())
}

/// One document, in the order of the leader's answer.
fn one(xml: &mut Xml, paper: &Paper, number: i64) {
    use FieldName as F;
    let document = &paper.document;
    let value = |name: F| paper.reading.fields.get(&name).map(|field| field.value.as_str()).unwrap_or_default();
    xml.open("DOCUMENT").leaf("DOCUMENT_ID", number.to_string()).leaf("OCR_ORIGIN_ID", number.to_string());
    xml.leaf("GUID", document.id.to_string()).maybe("NUMBER", value(F::InvoiceNumber)).maybe("ISSUE_DATE", value(F::IssueDate));
    xml.maybe("SALE_DATE", value(F::SaleDate)).maybe("PAYMENT_DATE", value(F::DueDate));
    xml.leaf("RECEIVE_DATE", document.created_at.strftime("%Y-%m-%d").to_string());
    let (short, kind) = match document.direction {
        Direction::Sale => ("DS", "INVOICE_SALE"),
        _ if matches!(name_of(&document.document_type).as_str(), "letter" | "statement") => ("P", "WRITING"),
        _ if name_of(&document.document_type) == "contract" => ("U", "CONTRACT"),
        _ => ("FK", "INVOICE_COST"),
    };
    xml.open("DOCUMENT_TYPE").leaf("SHORT_NAME", short).leaf("TYPE", kind).close();
    let sale = document.direction == Direction::Sale;
    let pick = |seller, buyer| value(if sale { buyer } else { seller });
    xml.open("CONTRACTOR")
        .maybe("SHORT_NAME", pick(F::SellerName, F::BuyerName))
        .maybe("FULL_NAME", pick(F::SellerName, F::BuyerName));
    xml.maybe("VAT_NUMBER", pick(F::SellerTaxId, F::BuyerTaxId)).maybe("STREET", pick(F::SellerAddress, F::BuyerAddress));
    xml.maybe("COUNTRY_ISO3166A2", pick(F::SellerCountry, F::BuyerCountry)).close();
    if let Some((year, month)) = document.period.as_deref().and_then(|period| period.split_once('-')) {
        xml.open("FOLDER").leaf("MONTH", month.trim_start_matches('0')).leaf("YEAR", year).close();
    }
    xml.maybe("SUM", Some(value(F::TotalGross)).filter(|sum| !sum.is_empty()).unwrap_or(value(F::AmountPayable)));
    xml.open("VAT_REGISTRIES");
    for row in &paper.reading.vat_breakdown {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        xml.open("VAT_REGISTRY").leaf("RATE", row.rate.clone().or(row.category.clone()).unwrap_or_default());
        xml.leaf("NETTO", text(&row.net)).leaf("VAT", text(&row.vat)).close();
    }
    xml.close().maybe("CURRENCY_ISO4217", value(F::Currency)).maybe("BANK_ACCOUNT", value(F::Iban));
    xml.maybe("CATEGORY", document.booking.category.as_deref().unwrap_or_default());
    xml.maybe("REGISTRY", document.booking.register.as_deref().unwrap_or_default());
    xml.maybe("DESCRIPTION", document.booking.description.as_deref().unwrap_or_default());
    xml.leaf("IS_MPP", (document.booking.split_payment == Some(true)).to_string()).leaf("STAGE", document.state.as_str());
    xml.leaf("SOURCE", format!("/v1/documents/{}/original", document.id));
    if document.books.state != BooksState::None {
        xml.open("SALDEO_SYNC_DOCUMENTS").open("SALDEO_SYNC_DOCUMENT").leaf("GUID", document.id.to_string());
        xml.maybe("ACCOUNT_DOCUMENT_NUMBER", document.books.number.as_deref().unwrap_or_default());
        xml.leaf("DOCUMENT_STATUS", document.books.state.as_str().to_uppercase()).close().close();
    }
    items(xml, paper);
    xml.leaf("IS_DOCUMENT_PAID", (document.payment_state == PaymentState::Paid).to_string()).close();
}

fn items(xml: &mut Xml, paper: &Paper) {
    xml.open("DOCUMENT_ITEMS");
    for line in &paper.reading.lines {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        xml.open("DOCUMENT_ITEM")
            .leaf("NAME", text(&line.name))
            .maybe("AMOUNT", text(&line.quantity))
            .maybe("UNIT", text(&line.unit));
        xml.maybe("RATE", text(&line.vat_rate))
            .maybe("UNIT_VALUE", text(&line.unit_price))
            .maybe("NETTO", text(&line.net))
            .close();
    }
    xml.close();
}

/// Corrects values, as a person does.
pub async fn correct(call: &Call) -> Result<Vec<u8>, Problem> {
    let (company, xml) = opened(call).await?;
    let tree = parse(&xml)?;
    let mut answer = Xml::part();
    answer.open("RESULTS");
    for node in each(&tree, "DOCUMENTS", "DOCUMENT") {
        let number = text(node, "DOCUMENT_ID").unwrap_or_default();
        let done = async {
            let document = document_of(call, &company, number).await?;
            let values = values(node, document.direction == Direction::Sale)?;
            review::correct(call.app.store(), &call.caller.scope, document.id, None, values).await?;
            Ok("UPDATED")
        };
        result(&mut answer, number, &done.await);
    }
    Ok(answer.finish())
}

/// CONTRACTOR is the other party, as in what `one` answers: of a sale the buyer. A program, other than a person, does not see the finding
/// that a date which is none would get: it is told at once.
fn values(node: Node<'_, '_>, sale: bool) -> Result<Review, Problem> {
    let mut review = Review::default();
    for name in ["ISSUE_DATE", "SALE_DATE", "PAYMENT_DATE"] {
        if text(node, name).is_some_and(|date| date.parse::<jiff::civil::Date>().is_err()) {
            return Err(Problem::field(Code::Invalid, name, "A date is written as 2026-07-31."));
        }
    }
    let mut set = |name: FieldName, value: Option<String>| {
        if let Some(value) = value {
            review.fields.insert(name, Some(value));
        }
    };
    let own = |name| text(node, name).map(str::to_owned);
    set(FieldName::InvoiceNumber, own("NUMBER"));
    set(FieldName::IssueDate, own("ISSUE_DATE"));
    set(FieldName::SaleDate, own("SALE_DATE"));
    set(FieldName::DueDate, own("PAYMENT_DATE"));
    set(FieldName::Iban, own("BANK_ACCOUNT").map(|account| account.replace(' ', "")));
    if let Some(party) = node.children().find(|child| child.has_tag_name("CONTRACTOR")) {
        let of = |name| text(party, name).map(str::to_owned);
        let [name, tax_id, whole] = match sale {
            true => [FieldName::BuyerName, FieldName::BuyerTaxId, FieldName::BuyerAddress],
            false => [FieldName::SellerName, FieldName::SellerTaxId, FieldName::SellerAddress],
        };
        set(name, of("FULL_NAME").or(of("SHORT_NAME")));
        set(tax_id, of("VAT_NUMBER"));
        let place: Vec<String> = [of("POSTCODE"), of("CITY")].into_iter().flatten().collect();
        let address: Vec<String> =
            [of("STREET"), Some(place.join(" "))].into_iter().flatten().filter(|part| !part.is_empty()).collect();
        set(whole, Some(address.join(", ")).filter(|address| !address.is_empty()));
    }
    Ok(review)
}

/// What the accounting program did with documents that were handed over.
pub async fn sync(call: &Call) -> Result<Vec<u8>, Problem> {
    let (company, xml) = opened(call).await?;
    let tree = parse(&xml)?;
    let mut answer = Xml::part();
    answer.open("RESULTS");
    for node in each(&tree, "DOCUMENT_SYNCS", "DOCUMENT_SYNC") {
        let number = text(node, "SALDEO_ID").unwrap_or_default();
        result(&mut answer, number, &sync_one(call, &company, node, number).await);
    }
    Ok(answer.finish())
}

async fn sync_one(call: &Call, company: &Company, node: Node<'_, '_>, number: &str) -> Result<&'static str, Problem> {
    let (store, scope) = (call.app.store(), &call.caller.scope);
    let state = match text(node, "DOCUMENT_STATUS").unwrap_or("BUFFER") {
        "BUFFER" => BooksState::Buffer,
        "ENTERED" | "REGISTERED" => BooksState::Entered,
        "BOOKED" | "ACCOUNTED" | "POSTED" => BooksState::Booked,
        _ => return Err(Problem::field(Code::Invalid, "DOCUMENT_STATUS", "It is BUFFER, ENTERED or BOOKED.")),
    };
    let printed = text(node, "DOCUMENT_NUMBER").unwrap_or_default();
    let document = match number.is_empty() {
        false => document_of(call, company, number).await?.id,
        true => match document::exported_as(store, scope, company.id, printed, "").await?.as_slice() {
            [one] => *one,
            _ => return Err(Problem::with(Code::NotFound, "No one exported document has this number.")),
        },
    };
    let number = text(node, "ACCOUNT_DOCUMENT_NUMBER").map(str::to_owned);
    for (_, done) in batch::set_books(store, scope, vec![Told { document, state, number }]).await? {
        done?;
    }
    Ok("UPDATED")
}
