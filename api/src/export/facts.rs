//! The values of a paper as writers want them: amounts as numbers, the company's side and the other party's.

use jiff::civil::Date;
use ocr::reading::{Direction, DocumentType, FieldName, VatRow};
use rust_decimal::Decimal;
use store::batch::Paper;
use store::booking::Booking;

use super::Ground;

/// One paper.
pub struct Facts<'a> {
    /// What it is made from.
    pub paper: &'a Paper,
    /// How it is booked.
    pub booking: &'a Booking,
    /// The company sold.
    pub sale: bool,
    /// It corrects another.
    pub correction: bool,
    /// Its number.
    pub number: &'a str,
    /// Its day.
    pub issued: Option<Date>,
    /// The day of supply, else its own.
    pub sold: Option<Date>,
    /// When it is due.
    pub due: Option<Date>,
    /// ISO 4217.
    pub currency: &'a str,
    /// Units of the books' currency for one of the paper's; 1 where they are the same, none where it is not said.
    pub rate: Option<Decimal>,
    /// The other party: the seller of what was bought, the buyer of what was sold.
    pub party: Party<'a>,
    /// Rows of VAT.
    pub rows: Vec<Row<'a>>,
    /// The total.
    pub gross: Option<Decimal>,
}

/// Whom the company dealt with.
pub struct Party<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its tax id, as kept: country code and characters, or characters alone.
    pub tax_id: &'a str,
    /// ISO 3166-1 alpha-2, empty where unknown.
    pub country: &'a str,
    /// As printed.
    pub address: &'a str,
}

/// A row of VAT.
pub struct Row<'a> {
    /// As the paper has it.
    pub row: &'a VatRow,
    /// The percentage.
    pub rate: Option<Decimal>,
    /// Its base.
    pub net: Option<Decimal>,
    /// The tax; 0 where a base stands without tax under a category.
    pub vat: Option<Decimal>,
}

impl Row<'_> {
    /// Both together.
    pub fn gross(&self) -> Option<Decimal> {
        Some(self.net? + self.vat?)
    }

    /// How profiles look it up, best first: rate with category, category, rate.
    pub fn keys(&self) -> Vec<String> {
        let rate = self.rate.map(|rate| rate.normalize().to_string());
        let category = self.row.category.clone().filter(|category| !category.is_empty() && category != "S");
        match (rate, category) {
            (Some(rate), Some(category)) => vec![format!("{rate}/{category}"), category, rate],
            (Some(rate), None) => vec![rate],
            (None, Some(category)) => vec![category],
            (None, None) => vec![],
        }
    }
}

impl<'a> Facts<'a> {
    /// Of a paper of a company whose books are in `home`.
    pub fn of(paper: &'a Paper, home: &str) -> Facts<'a> {
        let (document, booking) = (&paper.document, &paper.document.booking);
        let sale = document.direction == Direction::Sale;
        let value = |name| text(paper, name);
        let [name, tax_id, country, address] = match sale {
            true => [FieldName::BuyerName, FieldName::BuyerTaxId, FieldName::BuyerCountry, FieldName::BuyerAddress],
            false => [FieldName::SellerName, FieldName::SellerTaxId, FieldName::SellerCountry, FieldName::SellerAddress],
        }
        .map(value);
        let country = if country.is_empty() { prefix(tax_id) } else { country };
        let currency = value(FieldName::Currency);
        let said = booking.exchange_rate.as_deref().or(Some(value(FieldName::ExchangeRate)));
        let rate = if currency == home { Some(Decimal::ONE) } else { said.and_then(decimal) };
        let issued = day(value(FieldName::IssueDate));
        Facts {
            booking,
            sale,
            correction: document.document_type == DocumentType::CreditNote,
            number: value(FieldName::InvoiceNumber),
            issued,
            sold: day(value(FieldName::SaleDate)).or(issued),
            due: day(value(FieldName::DueDate)),
            currency,
            rate,
            party: Party { name, tax_id, country, address },
            rows: paper.reading.vat_breakdown.iter().map(row).collect(),
            gross: decimal(value(FieldName::TotalGross)).or_else(|| decimal(value(FieldName::AmountPayable))),
            paper,
        }
    }

    /// A value of the paper, empty where it has none.
    pub fn value(&self, name: FieldName) -> &'a str {
        text(self.paper, name)
    }

    /// An amount in the currency of the books, to its cents.
    pub fn home(&self, amount: Decimal) -> Option<Decimal> {
        Some(rounded(amount * self.rate?, 2))
    }

    /// The same, less than nothing where the paper reduces what was billed before.
    pub fn signed_home(&self, amount: Decimal) -> Decimal {
        self.home(self.signed(amount)).unwrap_or_default()
    }

    /// An amount with the sign that it has in the books: credit notes of EN 16931 (BT-3 381, 396 …) print amounts without one, Polish
    /// corrections print the difference with its own.
    pub fn signed(&self, amount: Decimal) -> Decimal {
        let credit =
            self.correction && ["381", "396", "83", "262", "308", "420", "458", "532"].contains(&self.value(FieldName::TypeCode));
        if credit && self.gross.is_none_or(|gross| gross.is_sign_positive()) { -amount } else { amount }
    }

    /// Two decimals.
    pub fn money(&self, amount: Decimal) -> String {
        format!("{:.2}", rounded(amount, 2))
    }

    /// Net, VAT and gross of all rows, in the currency of the books.
    pub fn sums(&self) -> (Decimal, Decimal, Decimal) {
        let sum = |pick: fn(&Row<'_>) -> Option<Decimal>| {
            self.rows.iter().filter_map(pick).map(|amount| self.signed_home(amount)).sum()
        };
        let (net, vat): (Decimal, Decimal) = (sum(|row| row.net), sum(|row| row.vat));
        (net, vat, net + vat)
    }

    /// The day it arrived, in the office's zone.
    pub fn received(&self, ground: &Ground<'_>) -> Option<Date> {
        Some(self.paper.document.created_at.to_zoned(ground.zone().clone()).date())
    }

    /// The other party's tax id without its country.
    pub fn party_number(&self) -> &'a str {
        let id = self.party.tax_id;
        if prefix(id).is_empty() { id } else { &id[2..] }
    }

    /// It was paid, as far as the office knows.
    pub fn paid(&self) -> bool {
        self.paper.document.payment_state == store::document::PaymentState::Paid || self.booking.paid_on.is_some()
    }
}

fn text(paper: &Paper, name: FieldName) -> &str {
    paper.reading.fields.get(&name).map_or("", |field| field.value.trim())
}

fn row(row: &VatRow) -> Row<'_> {
    let amount = |value: &Option<String>| value.as_deref().and_then(decimal);
    let (net, gross) = (amount(&row.net), amount(&row.gross));
    let without = row.category.as_deref().is_some_and(|category| category != "S")
        || row.rate.as_deref().and_then(decimal) == Some(Decimal::ZERO);
    let vat = amount(&row.vat).or_else(|| Some(gross? - net?)).or(without.then_some(Decimal::ZERO));
    Row { row, rate: amount(&row.rate), net: net.or_else(|| Some(gross? - vat?)), vat }
}

/// To so many decimals, half away from nothing. Formatting alone cuts off.
pub fn rounded(amount: Decimal, scale: u32) -> Decimal {
    amount.round_dp_with_strategy(scale, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}

/// A plain decimal string.
pub fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text.trim()).ok()
}

fn day(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// The country that a tax id begins with.
fn prefix(id: &str) -> &str {
    let letters = id.get(..2).filter(|two| two.bytes().all(|b| b.is_ascii_uppercase()));
    letters.filter(|_| id.len() > 6).unwrap_or_default()
}
