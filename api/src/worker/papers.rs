//! Which parts make one paper: a picture or PDF by itself, an e-invoice with its signature, a PDF with its e-invoice.

use ocr::protocol::{Part, PartVerdict, Role};
use store::part::{NewDocument, NewPiece};

/// What ANAF calls the signature of an e-invoice: this, and the invoice's own name.
const SIGNATURE_OF: &str = "semnatura_";

/// Documents of a submission, in the order of their parts. `subject` names what has no name.
pub fn documents<'a>(parts: impl Iterator<Item = &'a Part>, subject: Option<&str>) -> Vec<NewDocument> {
    let mut papers: Vec<Paper<'a>> = Vec::new();
    let mut signatures = Vec::new();
    for part in parts {
        if part.verdict == PartVerdict::Document {
            add(&mut papers, part);
        } else if part.reason.as_deref() == Some("detached_signature") {
            signatures.push(part);
        }
    }
    for signature in signatures {
        sign(&mut papers, signature);
    }
    papers.into_iter().map(|paper| paper.document(subject)).collect()
}

/// Makes a paper of the text of a mail that has none, if the text may be an invoice.
pub fn take_body(mut parts: Vec<&mut Part>) {
    if parts.iter().any(|part| part.verdict == PartVerdict::Document) {
        return;
    }
    if let Some(body) = parts.iter_mut().find(|part| part.reason.as_deref() == Some("html_invoice")) {
        (body.verdict, body.reason, body.message) = (PartVerdict::Document, None, None);
        // It has no name of its own: the subject is better than one that was made.
        body.name = None;
    }
}

/// One paper of all parts that are papers, in their order: its sender said so.
pub fn together<'a>(parts: impl Iterator<Item = &'a Part>, name: Option<&str>) -> Vec<NewDocument> {
    let pieces: Vec<(&Part, Role)> = parts
        .filter(|part| part.verdict == PartVerdict::Document)
        .map(|part| (part, if is_xml(part) { Role::Structured } else { Role::Visual }))
        .collect();
    if pieces.is_empty() {
        return Vec::new();
    }
    let mut document = Paper { pieces }.document(None);
    document.name = name.map_or(document.name, str::to_owned);
    vec![document]
}

struct Paper<'a> {
    pieces: Vec<(&'a Part, Role)>,
}

/// An XML and a PDF of one name from one container are one paper, if there is exactly one of each.
fn add<'a>(papers: &mut Vec<Paper<'a>>, part: &'a Part) {
    let role = if is_xml(part) { Role::Structured } else { Role::Visual };
    let other = papers.iter_mut().find(|paper| {
        let [(first, first_role)] = paper.pieces[..] else { return false };
        let pair = (first_role == Role::Structured) != (role == Role::Structured);
        pair && (is_pdf(first) || is_pdf(part))
            && container(first) == container(part)
            && stem(first).is_some()
            && stem(first) == stem(part)
    });
    match (other, role) {
        (Some(paper), Role::Visual) => paper.pieces.insert(0, (part, role)),
        (Some(paper), _) => paper.pieces.push((part, role)),
        (None, _) => papers.push(Paper { pieces: vec![(part, role)] }),
    }
}

/// A signature belongs to the e-invoice beside it: by its name, or because there is only one.
fn sign<'a>(papers: &mut [Paper<'a>], signature: &'a Part) {
    let name = stem(signature).map(|stem| stem.strip_prefix(SIGNATURE_OF).map(str::to_owned).unwrap_or(stem));
    let mut beside: Vec<&mut Paper<'a>> = papers
        .iter_mut()
        .filter(|paper| {
            paper.pieces.iter().any(|(part, role)| *role == Role::Structured && container(part) == container(signature))
        })
        .collect();
    let named = beside.iter().position(|paper| paper.pieces.iter().any(|(part, _)| stem(part) == name));
    let index = match named {
        Some(index) => index,
        None if beside.len() == 1 => 0,
        None => return,
    };
    beside[index].pieces.push((signature, Role::Signature));
}

impl Paper<'_> {
    fn document(self, subject: Option<&str>) -> NewDocument {
        let name = self.pieces.iter().find_map(|(part, _)| part.name.clone());
        let pieces = self.pieces.iter().map(|(part, role)| NewPiece { path: part.path.clone(), role: *role, page_range: None });
        NewDocument { name: name.or_else(|| subject.map(str::to_owned)).unwrap_or_default(), pieces: pieces.collect() }
    }
}

fn is_xml(part: &Part) -> bool {
    part.media_type == "application/xml"
}

fn is_pdf(part: &Part) -> bool {
    part.media_type == "application/pdf"
}

/// The path of what a part lies in: an archive (with its folder), a nested mail, or the mail itself.
fn container(part: &Part) -> &str {
    part.path.rfind(['!', '/']).map_or("", |end| &part.path[..end])
}

/// The name without its extension, in lower case.
fn stem(part: &Part) -> Option<String> {
    let name = part.name.as_deref()?;
    Some(name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &str, name: &str, reason: Option<&str>) -> Part {
        let media_type = if name.ends_with(".xml") {
            "application/xml"
        } else if name.ends_with(".pdf") {
            "application/pdf"
        } else {
            "image/png"
        };
        let verdict = if reason.is_some() { PartVerdict::SetAside } else { PartVerdict::Document };
        Part {
            path: path.to_owned(),
            name: Some(name.to_owned()),
            media_type: media_type.to_owned(),
            declared_type: None,
            verdict,
            reason: reason.map(str::to_owned),
            message: None,
            size: 1,
            sha256: String::new(),
        }
    }

    fn told(parts: &[Part]) -> Vec<String> {
        let role = |role| match role {
            Role::Visual => 'v',
            Role::Structured => 's',
            Role::Signature => 'g',
        };
        let pieces =
            |d: NewDocument| d.pieces.iter().map(|p| format!("{}:{}", role(p.role), p.path)).collect::<Vec<_>>().join(" ");
        documents(parts.iter(), None).into_iter().map(pieces).collect()
    }

    #[test]
    fn the_text_of_a_mail_is_a_paper_where_there_is_no_other() {
        let mut body = part("1", "text.html", Some("html_invoice"));
        take_body(vec![&mut body, &mut part("2", "logo.png", Some("signature_picture"))]);
        let documents = documents([body].iter(), Some("Your invoice"));
        assert_eq!((documents.len(), documents[0].name.as_str()), (1, "Your invoice"));
        let mut body = part("1", "text.html", Some("html_invoice"));
        take_body(vec![&mut body, &mut part("2", "a.pdf", None)]);
        assert_eq!(body.verdict, PartVerdict::SetAside);
    }

    #[test]
    fn pages_said_to_be_one_paper() {
        let parts =
            [part("1!001-a.jpg", "001-a.jpg", None), part("1!002-b.jpg", "002-b.jpg", None), part("1!n", "n", Some("empty"))];
        let documents = together(parts.iter(), Some("a.jpg"));
        let [only] = documents.as_slice() else { panic!("{documents:?}") };
        assert_eq!((only.name.as_str(), only.pieces.len(), only.pieces[1].path.as_str()), ("a.jpg", 2, "1!002-b.jpg"));
        assert!(together([].into_iter(), Some("a.jpg")).is_empty());
    }

    #[test]
    fn pieces_of_one_paper() {
        let signature = Some("detached_signature");
        let cases: &[(&[Part], &[&str])] = &[
            (&[part("1", "mail", Some("text_body")), part("2", "a.pdf", None), part("3", "b.pdf", None)], &["v:2", "v:3"]),
            (
                &[part("1!7.xml", "7.xml", None), part("1!semnatura_7.xml", "semnatura_7.xml", signature)],
                &["s:1!7.xml g:1!semnatura_7.xml"],
            ),
            (&[part("1!s.xml", "s.xml", signature), part("1!7.xml", "7.xml", None)], &["s:1!7.xml g:1!s.xml"]),
            (
                &[part("1!7.xml", "7.xml", None), part("1!8.xml", "8.xml", None), part("1!x", "semnatura_8.xml", signature)],
                &["s:1!7.xml", "s:1!8.xml g:1!x"],
            ),
            (&[part("1", "FV 7.xml", None), part("2", "fv 7.PDF.pdf", None), part("3", "fv 7.pdf", None)], &["v:3 s:1", "v:2"]),
            (&[part("1", "a.pdf", None), part("2!a.xml", "a.xml", None)], &["v:1", "s:2!a.xml"]),
            (&[part("1", "a.png", None), part("2", "a.xml", None)], &["v:1", "s:2"]),
            (&[part("1", "s.xml", signature)], &[]),
        ];
        for (parts, want) in cases {
            assert_eq!(told(parts), *want);
        }
    }
}
