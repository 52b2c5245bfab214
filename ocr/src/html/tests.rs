//! HTML as mails have it.

use super::*;
use crate::context::Context;
use crate::reading::FieldName;
use crate::sheet::Ink;

/// All letters of one width.
fn measure(text: &str, ink: Ink) -> f32 {
    text.chars().count() as f32 * ink.size * 0.5
}

/// Its lines, cells divided by bars.
fn lines(html: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for laid in pages(html, &measure) {
        let mut last = None;
        for token in &laid.page.tokens {
            match last {
                Some((line, right)) if line == token.line => {
                    let far = token.bbox.left - right > token.size * 0.6;
                    let text: &mut String = lines.last_mut().expect("a line");
                    text.push_str(if far { " | " } else { " " });
                    text.push_str(&token.text);
                }
                _ => lines.push(token.text.clone()),
            }
            last = Some((token.line, token.bbox.right));
        }
    }
    lines
}

#[test]
fn text_and_tables_in_reading_order() {
    for (html, want) in [
        ("<p>Hello<br>world</p><div>again</div>", &["Hello", "world", "again"][..]),
        ("a<b>b</b>c &lt;d&gt;  <i>e</i>\n f", &["abc <d> e f"]),
        (
            "<table><tr><td>Netto</td><td>VAT</td></tr><tr><td>100,00</td><td>23,00</td></tr></table>",
            &["Netto | VAT", "100,00 | 23,00"],
        ),
        // Layout by tables: each inner one is read to its end.
        (
            "<table><tr><td><table><tr><td>Seller</td></tr><tr><td>NIP 1</td></tr></table></td>\
             <td><table><tr><td>Buyer</td></tr><tr><td>NIP 2</td></tr></table></td></tr></table>",
            &["Seller", "NIP 1", "Buyer", "NIP 2"],
        ),
        // Ends that are left out, an end too many.
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table></td></div>e", &["a | b", "c | d", "e"]),
        (
            "<table><tr><td colspan=2>Razem</td><td>5</td></tr><tr><td>x</td><td>y</td><td>z</td></tr></table>",
            &["Razem | 5", "x | y | z"],
        ),
        // What nobody sees.
        (
            "<head><title>t</title><style>p{}</style></head><body><div style=\"display: none\">Preview <div>x</div> 9,99</div>\
             <span style='font-size:0px'>0</span><script>if(a<b)document.write('</p>')</script><p>Seen</p><!-- <p>no</p> --></body>",
            &["Seen"],
        ),
        ("<p style=\"font-size:10px;line-height:0\">small</p>", &["small"]),
        ("<pre>one\ntwo</pre>", &["one", "two"]),
        ("<a href=\"x>y\">link</a> 1 < 2", &["link 1 < 2"]),
        ("", &[]),
        ("<p>&nbsp;</p><img src=x>", &[]),
    ] {
        assert_eq!(lines(html), want, "{html}");
    }
}

#[test]
fn hostile_html_ends() {
    for html in [
        "<table><tr><td>".repeat(20_000),
        "<div>".repeat(100_000) + "x",
        "<a title=\"".to_owned() + &"x".repeat(300_000),
        "<script>".to_owned() + &"y".repeat(100_000),
        "<p>word</p>".repeat(50_000),
        format!("<table><tr>{}</tr></table>", "<td>long cell</td>".repeat(3_000)),
        "&".repeat(100_000),
        "<".repeat(100_000),
        format!("<td colspan=999999999>{}</td>", "z".repeat(50_000)),
    ] {
        let laid = pages(&html, &measure);
        assert!(laid.len() <= MOST_PAGES);
        for one in &laid {
            assert!(one.page.tokens.iter().all(|t| t.bbox.left >= 0.0 && t.bbox.bottom <= one.sheet.height), "{}", &html[..20]);
        }
    }
}

#[test]
fn a_charset_in_the_head() {
    assert_eq!(
        declared_charset("<meta http-equiv=Content-Type content=\"text/html; charset=ISO-8859-2\">").as_deref(),
        Some("iso-8859-2")
    );
    assert_eq!(declared_charset("<META CHARSET='utf-8'>").as_deref(), Some("utf-8"));
    assert_eq!(declared_charset("<p>charset=x"), None);
}

#[test]
fn an_invoice_in_a_mail_is_read() {
    let html = "<html><body><div style='display:none'>Twoja faktura</div><table width=600 align=center><tr><td><h1>Faktura VAT nr FV/77/2026</h1>\
        <p>Data wystawienia: 2026-10-05<br>Termin płatności: 2026-10-19</p></td></tr><tr><td><table><tr><td>Sprzedawca<br>Chmura Serwer \
        sp. z o.o.<br>ul. Polna 4, 90-001 Łódź<br>NIP: 725-18-01-126</td><td>Nabywca<br>Młyn Łódź sp. z o.o.<br>NIP: 526-025-09-95</td></tr></table>\
        </td></tr><tr><td><table border=1><tr><th>Nazwa</th><th>Netto</th><th>VAT</th><th>Kwota VAT</th><th>Brutto</th></tr><tr><td>Serwer \
        wirtualny, październik</td><td align=right>1&nbsp;000,00</td><td align=right>23%</td><td align=right>230,00</td><td align=right>1&nbsp;230,00\
        </td></tr></table><p><b>Razem netto: 1&nbsp;000,00 PLN</b></p><p>VAT 23%: 230,00 PLN</p><p>Do zap&#322;aty: <b>1 230,00 PLN</b></p></td></tr></table>\
        </body></html>";
    let pages: Vec<_> = pages(html, &measure).into_iter().map(|laid| laid.page).collect();
    let reading = crate::extract::extract(&pages, &Context::default());
    let value = |name| reading.fields.get(&name).map(|field| field.value.as_str());
    assert_eq!(value(FieldName::InvoiceNumber), Some("FV/77/2026"));
    assert_eq!(value(FieldName::IssueDate), Some("2026-10-05"));
    assert_eq!(value(FieldName::SellerTaxId), Some("7251801126"));
    assert_eq!(value(FieldName::TotalNet), Some("1000.00"));
    assert_eq!(value(FieldName::TotalGross), Some("1230.00"));
}
