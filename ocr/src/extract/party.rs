//! Seller and buyer: where their blocks are, their names, tax ids and addresses.

mod address;
mod ids;
mod name;
mod region;

use super::candidate::Candidates;
use super::labels::Labels;
use super::letterhead;
use super::pick::Choice;
use super::sheet::Sheet;
use super::table::Table;
use super::weights::Weights;
use crate::context::Context;
use crate::page::Box;
use crate::reading::FieldName;
use crate::value::tax_id::TaxId;

pub(super) use name::{clean_name, has_legal_form};
use region::{Side, inside};

/// Decides everything about the two parties.
pub(super) fn decide(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    tables: &[Table],
    context: &Context,
    weights: &Weights,
) -> Vec<(FieldName, Choice)> {
    let mut regions = region::regions(sheet, labels, tables);
    let buyer = name::name_of(sheet, labels, &regions, Side::Buyer, weights);
    let seller = name::name_of(sheet, labels, &regions, Side::Seller, weights);
    let taken: Vec<String> = buyer.iter().map(|c| c.value.clone()).collect();
    let ids = ids::find(sheet, labels, weights);
    let proven: Vec<Box> = ids.iter().filter_map(|id| id.place(sheet)).collect();
    let listed = |row| region::in_table(tables, row);
    let elsewhere = |row, bbox| listed(row) || inside(&regions, sheet, row, bbox).is_some_and(|s| s != Side::Seller);
    let own_seller = seller.is_some();
    let seller = seller.or_else(|| letterhead::seller(sheet, labels, found, &elsewhere, &proven, &taken));
    if !own_seller && let Some(name) = &seller {
        regions.extend(region::around(sheet, tables, &regions, name, Side::Seller));
    }
    let buyer = buyer.or_else(|| {
        let elsewhere = |row, _| listed(row);
        let of_seller = |row, bbox| inside(&regions, sheet, row, bbox) == Some(Side::Seller);
        let known = seller.as_ref().map(|c| c.value.as_str());
        let buyer = letterhead::buyer(sheet, labels, found, &elsewhere, &of_seller, &proven, known)?;
        regions.extend(region::around(sheet, tables, &regions, &buyer, Side::Buyer));
        Some(buyer)
    });
    let mut out = Vec::new();
    let mut ids = ids::tax_ids(sheet, labels, &regions, ids, weights);
    ids::assign_ids(&mut ids, context);
    for (side, id_field, country_field) in [
        (Side::Seller, FieldName::SellerTaxId, FieldName::SellerCountry),
        (Side::Buyer, FieldName::BuyerTaxId, FieldName::BuyerCountry),
    ] {
        let Some(choice) = ids::best_id(&ids, side) else { continue };
        if let Ok(id) = TaxId::parse(&choice.value, None)
            && choice.value.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            let country = id.country().as_str().to_owned();
            out.push((country_field, Choice { value: country, alternatives: Vec::new(), ..choice.clone() }));
        }
        out.push((id_field, choice));
    }
    for (side, field, name) in [(Side::Seller, FieldName::SellerAddress, &seller), (Side::Buyer, FieldName::BuyerAddress, &buyer)]
    {
        let address = address::address_of(sheet, labels, found, &regions, side, name.as_ref());
        out.extend(address.map(|a| (field, a)));
    }
    out.extend(seller.map(|c| (FieldName::SellerName, c)));
    out.extend(buyer.map(|c| (FieldName::BuyerName, c)));
    out
}
