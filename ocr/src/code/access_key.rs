//! Brazil: the access key alone (CODE-128 on the DANFE) or in the URL of an NFC-e, CT-e, NFCom, BP-e or NF-e QR code: `chNFe=KEY`, or
//! `p=KEY|version|…` with, for notes issued offline, the day and the total (Manual de Especificações Técnicas do QR Code 2.00).

use super::{Kind, Said, amount};
use crate::reading::FieldName;
use crate::value::access_key::AccessKey;

/// Model of the transport manifest, which is no invoice.
const MANIFEST: &str = "58";

pub(super) fn read(text: &str) -> Option<Said> {
    let plain = AccessKey::parse(text).ok();
    let in_url = || {
        let query = text.split_once('?')?.1;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(_, value)| AccessKey::parse(value.split(['|', '%']).next()?).ok())
    };
    let key = plain.or_else(in_url)?;
    let mut said = Said::new(Kind::AccessKey);
    if key.model() == MANIFEST {
        return None;
    }
    said.add(FieldName::AccessKey, key.as_str());
    said.add(FieldName::SellerTaxId, key.issuer().map(|i| i.number().to_owned()).unwrap_or_default());
    said.add(FieldName::InvoiceNumber, key.number());
    said.add(FieldName::Currency, "BRL");
    if let Some(total) = total(text) {
        said.add(FieldName::TotalGross, total);
    }
    Some(said)
}

/// `vNF=` of version 1, or the fifth part of an offline version 2 code (key, version, environment, day, total, digest, id, hash).
fn total(text: &str) -> Option<String> {
    let query = text.split_once('?')?.1.replace("%7C", "|");
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let offline = || value("p")?.split('|').collect::<Vec<_>>().get(4..8)?.first().map(|v| (*v).to_owned());
    amount(&value("vNF").map(str::to_owned).or_else(offline)?)
}
