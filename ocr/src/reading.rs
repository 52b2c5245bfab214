//! A reading: what a paper says, field by field, with evidence. This is the JSON that `postroom read --json` prints and the
//! API serves; names are the semantic names of EN 16931 in snake_case (the BT and BG numbers stand beside them).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::page::{Box, Page};

/// What a paper says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reading {
    /// Media type by content.
    pub media_type: String,
    /// Pages of the file.
    pub pages: u32,
    /// First and last page of this paper within the file, from 1.
    pub page_range: [u32; 2],
    /// The part of that page, in points before any turn, where it shows several papers (receipts on one photo); boxes count from its corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[f32; 4]>))]
    pub region: Option<Box>,
    /// Version of the code and models that read it.
    pub reader_version: String,
    /// What kind of paper it is.
    pub document_type: DocumentType,
    /// Bought or sold, seen from the company; `none` where it cannot be told.
    pub direction: Direction,
    /// ISO 639-1 code, or null.
    pub language: Option<String>,
    /// Values by name; a field that was not found is absent.
    pub fields: BTreeMap<FieldName, Field>,
    /// BG-23, one row a rate.
    pub vat_breakdown: Vec<VatRow>,
    /// BG-25.
    pub lines: Vec<Line>,
    /// Taxes beside VAT (ICMS, IPI, ST, ÖTV, ÖİV, IBS/CBS, …).
    pub taxes: Vec<Tax>,
    /// Legal marks printed on it.
    pub marks: Vec<Mark>,
    /// What the checks say; never a hidden value.
    pub findings: Vec<Finding>,
    /// Milliseconds by stage.
    pub took_ms: TookMs,
}

impl Reading {
    /// Whether a page of its file is one of this paper's, where the file holds several papers.
    pub fn has_page(&self, page: &Page) -> bool {
        let [first, last] = self.page_range;
        (first..=last).contains(&page.number) && self.region == page.region
    }
}

/// Kind of paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// BT-3 380 and its national likes.
    Invoice,
    /// BT-3 381, a correction in either direction.
    CreditNote,
    /// No tax document.
    Proforma,
    /// Till receipt, simplified invoice.
    Receipt,
    /// Account or partner statement.
    Statement,
    /// A letter.
    Letter,
    /// A contract.
    Contract,
    /// Wages and what belongs to them. Never read off a paper: whoever brings it, or a person, says so.
    Payroll,
    /// What says something of somebody's health. As `payroll`.
    Medical,
    /// None of these.
    #[default]
    Other,
}

/// Seen from the company the paper arrived for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The company is the buyer.
    Purchase,
    /// The company is the seller.
    Sale,
    /// Neither, or unknown.
    #[default]
    None,
}

/// Where the evidence for a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Structured data, alone or inside a PDF.
    Xml,
    /// A QR code or barcode.
    Code,
    /// The PDF's own text layer.
    Text,
    /// Recognised from a picture.
    Ocr,
    /// A person typed or confirmed it.
    Human,
}

macro_rules! field_names {
    ($($(#[$doc:meta])* $variant:ident = $name:tt),+ $(,)?) => {
        /// Every single-valued field, in the order in which people read an invoice.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum FieldName { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

        impl FieldName {
            /// All of them.
            pub const ALL: &'static [FieldName] = &[$(FieldName::$variant),+];

            /// The name in JSON, SQL and panels.
            pub const fn as_str(self) -> &'static str {
                match self { $(FieldName::$variant => $name),+ }
            }
        }

        impl std::str::FromStr for FieldName {
            type Err = UnknownField;
            fn from_str(name: &str) -> Result<Self, UnknownField> {
                match name { $($name => Ok(FieldName::$variant),)+ _ => Err(UnknownField(name.to_owned())) }
            }
        }
    };
}

/// A name that is not in the field table.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no field named {0:?}")]
pub struct UnknownField(pub String);

field_names! {
    /// BT-1
    InvoiceNumber = "invoice_number",
    /// BT-2
    IssueDate = "issue_date",
    /// BT-72 or BT-7: date of supply
    SaleDate = "sale_date",
    /// BT-9
    DueDate = "due_date",
    /// BT-3, as the format writes it
    TypeCode = "type_code",
    /// BT-5, ISO 4217
    Currency = "currency",
    /// BT-6
    AccountingCurrency = "accounting_currency",
    /// Rate from currency to accounting currency
    ExchangeRate = "exchange_rate",
    /// BT-13
    PurchaseOrder = "purchase_order",
    /// BT-25: the invoice a correction refers to
    PrecedingInvoice = "preceding_invoice",
    /// BT-27
    SellerName = "seller_name",
    /// BT-31 or BT-32
    SellerTaxId = "seller_tax_id",
    /// BG-5
    SellerAddress = "seller_address",
    /// BT-40, ISO 3166-1 alpha-2
    SellerCountry = "seller_country",
    /// BT-44
    BuyerName = "buyer_name",
    /// BT-48
    BuyerTaxId = "buyer_tax_id",
    /// BG-8
    BuyerAddress = "buyer_address",
    /// BT-55
    BuyerCountry = "buyer_country",
    /// BT-107
    AllowancesTotal = "allowances_total",
    /// BT-108
    ChargesTotal = "charges_total",
    /// BT-109
    TotalNet = "total_net",
    /// BT-110
    TotalVat = "total_vat",
    /// BT-111
    TotalVatAccounting = "total_vat_accounting",
    /// BT-112
    TotalGross = "total_gross",
    /// Tax withheld by the buyer (tevkifat, IRRF, …)
    Withholding = "withholding",
    /// BT-113
    AmountPaid = "amount_paid",
    /// BT-114
    Rounding = "rounding",
    /// BT-115
    AmountPayable = "amount_payable",
    /// BT-84
    Iban = "iban",
    /// BT-86
    Bic = "bic",
    /// BT-81, as the format writes it
    PaymentMeans = "payment_means",
    /// BT-83
    PaymentReference = "payment_reference",
    /// Poland: number given by KSeF
    KsefNumber = "ksef_number",
    /// Brazil: 44 digits
    AccessKey = "access_key",
    /// Türkiye: UUID of the e-invoice
    Ettn = "ettn",
    /// Romania: id in the SPV
    SpvId = "spv_id",
}

/// What the value of a field is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A day, ISO 8601.
    Date,
    /// A decimal number.
    Amount,
    /// Anything else.
    Text,
}

impl FieldName {
    /// What its value is made of.
    pub const fn kind(self) -> ValueKind {
        use FieldName::*;
        match self {
            IssueDate | SaleDate | DueDate => ValueKind::Date,
            TotalNet | TotalVat | TotalGross | AmountPayable | TotalVatAccounting | AllowancesTotal | ChargesTotal
            | Withholding | AmountPaid | Rounding | ExchangeRate => ValueKind::Amount,
            _ => ValueKind::Text,
        }
    }
}

/// One value with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Field {
    /// Amounts as decimal strings with the document's own scale, dates ISO 8601, tax ids without spaces.
    pub value: String,
    /// Probability that the value is right, 0 to 1.
    pub confidence: f32,
    /// Where the evidence is.
    pub source: Source,
    /// `memory` where the seller's memory chose it.
    pub via: Option<String>,
    /// Page of the evidence, from 1; null for XML.
    pub page: Option<u32>,
    /// Place of the evidence.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[f32; 4]>))]
    pub bbox: Option<Box>,
    /// The characters as printed.
    pub raw: Option<String>,
    /// Other values it could be, best first.
    pub alternatives: Vec<Alternative>,
}

impl Field {
    /// A value taken as it is from structured data.
    pub fn exact(value: impl Into<String>) -> Field {
        Field {
            value: value.into(),
            confidence: 1.0,
            source: Source::Xml,
            via: None,
            page: None,
            bbox: None,
            raw: None,
            alternatives: Vec::new(),
        }
    }
}

/// A value that was considered and not chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alternative {
    /// In the same form as [`Field::value`].
    pub value: String,
    /// Its probability.
    pub confidence: f32,
    /// Page of the evidence.
    pub page: Option<u32>,
    /// Place of the evidence.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[f32; 4]>))]
    pub bbox: Option<Box>,
}

/// BG-23: one rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VatRow {
    /// BT-119, percent as a decimal string; null where exempt or outside.
    pub rate: Option<String>,
    /// BT-118 (S, Z, E, AE, K, G, O, …).
    pub category: Option<String>,
    /// BT-116
    pub net: Option<String>,
    /// BT-117
    pub vat: Option<String>,
    /// Net and VAT together.
    pub gross: Option<String>,
    /// Probability that the row is right.
    pub confidence: f32,
    /// Where the evidence is.
    pub source: Source,
    /// Page of the evidence.
    pub page: Option<u32>,
    /// Place of the row.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[f32; 4]>))]
    pub bbox: Option<Box>,
}

/// BG-25: one invoice line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// BT-153
    pub name: Option<String>,
    /// BT-129
    pub quantity: Option<String>,
    /// BT-130
    pub unit: Option<String>,
    /// BT-146
    pub unit_price: Option<String>,
    /// BT-131
    pub net: Option<String>,
    /// BT-152
    pub vat_rate: Option<String>,
    /// Probability that the line is right.
    pub confidence: f32,
    /// Page of the evidence.
    pub page: Option<u32>,
    /// Place of the line.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[f32; 4]>))]
    pub bbox: Option<Box>,
}

/// A tax beside VAT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tax {
    /// `icms`, `ipi`, `icms_st`, `otv`, `oiv`, `ibs`, `cbs`, …
    pub kind: String,
    /// Taxable base.
    pub base: Option<String>,
    /// Percent.
    pub rate: Option<String>,
    /// The tax.
    pub amount: String,
}

/// A legal mark on the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Mechanizm podzielonej płatności.
    SplitPayment,
    /// The buyer accounts for the VAT.
    ReverseCharge,
    /// Issued by the buyer.
    SelfBilling,
    /// VAT due on payment.
    CashBasis,
    /// Taxed on the margin.
    Margin,
    /// Printed again (DUPLIKAT): the same invoice once more, not another.
    Duplicate,
}

/// Something a check has to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable name, snake_case.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The fields it is about.
    pub fields: Vec<FieldName>,
    /// A sentence with the figures in it.
    pub message: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it.
    Warning,
    /// Cannot be right.
    Error,
}

/// Milliseconds by stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TookMs {
    /// Opening the file.
    pub open: u32,
    /// Text layer and structured data.
    pub text: u32,
    /// OCR.
    pub ocr: u32,
    /// Extraction and checks.
    pub extract: u32,
}
