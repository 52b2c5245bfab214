//! SAGA C, import of invoices from XML: after the manual of SAGA C, "Diverse → Import date" (tags Facturi/Factura/Antet and
//! Detalii/Continut/Linie in the manual's order; several invoices in one file; file name `F_<cod fiscal>_<numar>_<data>.xml`). The manual gives
//! no schema and does not fix how days and decimals are written: days are dd.mm.yyyy and decimals have a point, as other programs that
//! write for SAGA have them too; both are to be confirmed on a copy of the firm. One line for each rate of VAT.

use crate::export::check::{account_of, rate_code};
use crate::export::facts::Facts;
use crate::export::format::xml::Xml;
use crate::export::{Ground, Problem};

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut xml = Xml::new();
    xml.open("Facturi");
    for facts in papers {
        xml.open("Factura");
        head(&mut xml, ground, facts);
        lines(&mut xml, ground, facts);
        xml.leaf("FacturaID", facts.paper.document.id.to_string()).close();
    }
    Ok(xml.finish())
}

fn head(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>) {
    let company = &ground.company.facts;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.strftime("%d.%m.%Y").to_string()).unwrap_or_default();
    let own = company.tax_ids.first().map(String::as_str).unwrap_or_default();
    let yes = |is: Option<bool>| if is == Some(true) { "Da" } else { "Nu" };
    let (seller, client) = ((&facts.party.name, facts.party.tax_id, facts.party.address), (&company.name.as_str(), own, ""));
    let (seller, client) = if facts.sale { (client, seller) } else { (seller, client) };
    xml.open("Antet").leaf("FurnizorNume", seller.0).leaf("FurnizorCIF", seller.1).leaf("FurnizorNrRegCom", "");
    let (here, there) = (company.country.as_str(), facts.party.country);
    xml.leaf("FurnizorTara", if facts.sale { here } else { there }).leaf("FurnizorAdresa", seller.2);
    xml.leaf("FurnizorIBAN", facts.value(ocr::reading::FieldName::Iban));
    xml.leaf("ClientNume", client.0).leaf("ClientCIF", client.1).leaf("ClientTara", if facts.sale { there } else { here });
    xml.leaf("ClientAdresa", client.2);
    xml.leaf("FacturaNumar", facts.number)
        .leaf("FacturaData", day(facts.issued))
        .leaf("FacturaScadenta", day(facts.due.or(facts.issued)));
    xml.leaf("FacturaTaxareInversa", yes(facts.booking.reverse_charge)).leaf("FacturaTVAIncasare", yes(facts.booking.cash_basis));
    xml.leaf("FacturaInformatiiSuplimentare", facts.booking.note.as_deref().unwrap_or_default())
        .leaf("FacturaMoneda", facts.currency);
    xml.maybe("FacturaIndexSPV", facts.value(ocr::reading::FieldName::SpvId)).close();
}

fn lines(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>) {
    xml.open("Detalii").open("Continut");
    for (n, row) in (1u32..).zip(&facts.rows) {
        let (Some(rate), Some(net), Some(vat)) = (rate_code(ground.profile, row), row.net, row.vat) else { continue };
        let category = facts.booking.category.as_deref().unwrap_or_default();
        let named = ground.choice(store::booking::ChoiceKind::Category, Some(category)).map_or(category, |choice| &choice.name);
        let text = facts.booking.description.as_deref().unwrap_or(if named.is_empty() { facts.number } else { named });
        // What reduces has a negative quantity, as SAGA's own corrections have it.
        let (net, vat) = (facts.signed(net), facts.signed(vat));
        let quantity = if net.is_sign_negative() { "-1" } else { "1" };
        xml.open("Linie").leaf("LinieNrCrt", n.to_string()).leaf("Descriere", text).leaf("UM", "buc").leaf("Cantitate", quantity);
        xml.leaf("Pret", facts.money(net.abs()))
            .leaf("Valoare", facts.money(net))
            .leaf("ProcTVA", rate)
            .leaf("TVA", facts.money(vat));
        xml.maybe("Cont", account_of(ground, facts).unwrap_or_default()).close();
    }
    xml.close().close();
}
