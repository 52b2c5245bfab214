use std::convert::Infallible;
use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const PDF: &[u8] = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nnot much of a paper\n%%EOF\n";
const PDF64: &str = "JVBERi0xLjQKJeLjz9MKbm90IG11Y2ggb2YgYSBwYXBlcgolJUVPRgo=";

fn run(bytes: &[u8], name: Option<&str>, limits: &Limits) -> Vec<(Part, Vec<u8>)> {
    let mut parts = Vec::new();
    let Ok(()) = unpack(bytes, name, limits, &mut |part, bytes| {
        parts.push((part, bytes.to_vec()));
        Ok::<(), Infallible>(())
    });
    for (part, bytes) in &parts {
        assert!(
            part.verdict == PartVerdict::Document || part.verdict == PartVerdict::Container || part.reason.is_some(),
            "{part:?}"
        );
        assert_eq!(part.reason.is_some(), part.message.is_some());
        if part.verdict != PartVerdict::Refused {
            assert_eq!((part.size, &part.sha256), (bytes.len() as u64, &sha256(bytes)));
        }
    }
    let mut paths: Vec<&str> = parts.iter().map(|(p, _)| p.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), parts.len(), "a path stands twice: {parts:?}");
    parts
}

/// Path, name, verdict and reason of each part.
fn told(bytes: &[u8], name: Option<&str>) -> Vec<String> {
    let line = |(p, _): (Part, Vec<u8>)| {
        let verdict = serde_json::to_value(p.verdict).unwrap();
        format!("{} {} {} {}", p.path, p.name.unwrap_or_default(), verdict.as_str().unwrap(), p.reason.unwrap_or_default())
    };
    run(bytes, name, &Limits::default()).into_iter().map(line).map(|l| l.trim_end().to_owned()).collect()
}

fn mail(parts: &[&str]) -> Vec<u8> {
    let mut mail = "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=XX\r\n\r\n".to_owned();
    for part in parts {
        mail.push_str(&format!("--XX\r\n{part}\r\n"));
    }
    mail.push_str("--XX--\r\n");
    mail.into_bytes()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image::RgbImage::new(width, height).write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().chain([0, 0].iter()).take(3).fold(0u32, |g, b| g << 8 | u32::from(*b));
        (0..=chunk.len()).for_each(|i| out.push(char::from(ALPHABET[(group >> (18 - 6 * i)) as usize & 63])));
        out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    out
}

#[test]
fn attachments_by_content_and_byte_for_byte() {
    let parts: Vec<String> = [
        "Content-Type: text/plain\r\n\r\nDzień dobry".to_owned(),
        format!("Content-Type: application/octet-stream; name=scan\r\nContent-Transfer-Encoding: base64\r\n\r\n{PDF64}"),
        format!("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{PDF64}"),
        format!("Content-Type: application/pdf\r\nContent-Disposition: inline; filename=\"../fv 1.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", PDF64.trim_end_matches('=')),
        "Content-Type: application/pdf; name=run.exe\r\n\r\nMZ is how it starts".to_owned(),
        "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR".to_owned(),
    ]
    .into();
    let raw = mail(&parts.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(
        told(&raw, None),
        [
            "1 text-1.txt set_aside text_body",
            "2 scan document",
            "3 application-3.pdf document",
            "4 fv 1.pdf document",
            "5 run.exe refused program",
            "6 text-6.txt set_aside calendar",
        ]
    );
    let found = run(&raw, None, &Limits::default());
    assert!((1..4).all(|i| found[i].1 == PDF), "the attachment's bytes are the sender's");
    assert!(found[4].1.is_empty());
}

#[test]
fn damage_is_said_and_nothing_is_lost() {
    let whole =
        mail(&[&format!("Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{PDF64}")]);
    let cut = &whole[..whole.len() - "\r\n--XX--\r\n".len() - 7];
    let parts = run(cut, None, &Limits::default());
    assert_eq!(parts[0].0.reason.as_deref(), Some("damaged_encoding"));
    assert!(PDF.starts_with(&parts[0].1) && parts[0].1.len() >= PDF.len() - 6);
    let open = &whole[..whole.len() - "--XX--\r\n".len()];
    let parts = run(open, None, &Limits::default());
    assert_eq!((parts[0].0.reason.as_deref(), parts[0].1.as_slice()), (Some("unterminated"), PDF));
}

#[test]
fn forwarded_as_attachment_and_nested() {
    let inner = format!(
        "From: x@y.example\r\nSubject: =?utf-8?Q?Rachunek_za_wod=C4=99?=\r\nContent-Type: application/pdf; name=w.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{PDF64}"
    );
    let middle = format!(
        "From: x@y.example\r\nContent-Type: multipart/mixed; boundary=YY\r\n\r\n--YY\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--YY--\r\n"
    );
    let raw = mail(&[&format!("Content-Type: message/rfc822\r\n\r\n{middle}")]);
    assert_eq!(told(&raw, None), ["1 message-1.eml container", "1/1 Rachunek za wodę.eml container", "1/1/1 w.pdf document"]);
    // The text of a mail may begin like a header; a file called .eml is a mail.
    let quoted = "Content-Type: text/plain\r\n\r\nFrom: x@y.example\r\nDate: today\r\n\r\nhello";
    assert_eq!(told(&mail(&[quoted]), None), ["1 text-1.txt set_aside text_body"]);
    let attached = format!("Content-Type: application/octet-stream; name=old.eml\r\n\r\n{inner}");
    assert_eq!(told(&mail(&[&attached]), None), ["1 old.eml container", "1/1 w.pdf document"]);
}

#[test]
fn too_many_layers_are_kept_closed() {
    let mut raw = "From: a@b.example\r\nSubject: x\r\n\r\nthe end".to_owned();
    for _ in 0..5000 {
        raw = format!("From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n{raw}");
    }
    let told = told(raw.as_bytes(), None);
    assert_eq!(told.len(), 9);
    assert!(told[8].ends_with("set_aside too_deep"), "{told:?}");
}

#[test]
fn archives_of_the_tax_office_and_of_people() {
    let inner = zipped(&[("b.pdf", PDF)]);
    let bytes = zipped(&[
        ("4711.xml", b"<?xml version=\"1.0\"?><Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"/>"),
        ("semnatura_4711.xml", b"<?xml version=\"1.0\"?><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>"),
        ("__MACOSX/._4711.xml", b"x"),
        ("more.zip", &inner),
    ]);
    assert_eq!(
        told(&bytes, Some("4711.zip")),
        [
            "1 4711.zip container",
            "1!4711.xml 4711.xml document",
            "1!semnatura_4711.xml semnatura_4711.xml set_aside detached_signature",
            "1!__MACOSX/_4711.xml _4711.xml set_aside system_file",
            "1!more.zip more.zip container",
            "1!more.zip!b.pdf b.pdf document",
        ]
    );
}

#[test]
fn pictures_of_the_text_and_pictures_of_papers() {
    let html = "Content-Type: text/html\r\n\r\n<img src=\"cid:logo@x\"><img src='cid:paper@x'>";
    let image = |id: &str, width, height| {
        format!(
            "Content-Type: image/png\r\nContent-ID: <{id}>\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            base64(&picture(width, height))
        )
    };
    let raw = mail(&[
        html,
        &image("logo@x", 320, 90),
        &image("paper@x", 900, 1600),
        &image("other@x", 400, 700),
        &image("dot@x", 1, 1),
    ]);
    assert_eq!(
        told(&raw, None),
        [
            "1 text-1.html set_aside html_body",
            "2 image-2.png set_aside signature_picture",
            "3 image-3.png document",
            "4 image-4.png document",
            "5 image-5.png set_aside signature_picture",
        ]
    );
    assert_eq!(told(&picture(1, 1), Some("dot.png")), ["1 dot.png document"], "a chosen file is what the person says");
}

#[test]
fn uuencoded_files_within_a_text() {
    let raw = b"From: a@b.example\nSubject: x\n\nsee below\nbegin 644 fv.txt\n#0V%T\n`\nend\n";
    assert_eq!(told(raw, None), ["1 text-1.txt set_aside text_body", "1/1 fv.txt document"]);
}

#[test]
fn budgets_end_it() {
    let many: Vec<&str> = std::iter::repeat_n("Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4", 50).collect();
    let limits = Limits { parts: 10, ..Limits::default() };
    let parts = run(&mail(&many), None, &limits);
    assert_eq!(parts.len(), 11);
    assert_eq!(parts[10].0.reason.as_deref(), Some("too_many_parts"));
    let limits = Limits { unpacked_bytes: 100, ..Limits::default() };
    let parts = run(&mail(&many), None, &limits);
    assert_eq!(parts.iter().filter(|p| p.0.verdict == PartVerdict::Document).count(), 12);
    assert!(parts[12..].iter().all(|p| p.0.reason.as_deref() == Some("too_large") && p.1.is_empty()));
}

#[test]
fn the_same_bytes_give_the_same_parts() {
    let raw = mail(&["\r\none", "Content-Type: application/zip\r\n\r\nPK\x03\x04"]);
    assert_eq!(run(&raw, None, &Limits::default()), run(&raw, None, &Limits::default()));
}

proptest! {
    #[test]
    fn mutated_mails_do_no_harm(
        edits: Vec<(prop::sample::Index, Option<u8>)>,
        cut: prop::sample::Index,
        swap: (prop::sample::Index, prop::sample::Index),
    ) {
        let inner = format!("From: x@y\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{PDF64}");
        let mut raw = mail(&[
            "Content-Type: multipart/related; boundary=\"Y Y\"\r\n\r\n--Y Y\r\nContent-Type: text/html; charset=iso-8859-2\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<img src=3Dcid:a>=\r\n\r\n--Y Y--",
            "Content-Disposition: attachment;\r\n filename*0*=utf-8''a%20;\r\n filename*1=\"b.pdf\"\r\n\r\n%PDF-1.4",
            &format!("Content-Type: message/rfc822\r\n\r\n{inner}"),
            "Content-Type: text/plain\r\n\r\nbegin 644 x\r\n#0V%T\r\n`\r\nend",
        ]);
        for (at, edit) in edits.iter().take(30) {
            let at = at.index(raw.len());
            match edit {
                Some(byte) => raw[at] = *byte,
                None => { raw.remove(at); }
            }
        }
        let (a, b) = (swap.0.index(raw.len()), swap.1.index(raw.len()));
        raw.swap(a, b);
        raw.truncate(cut.index(raw.len() * 2));
        run(&raw, Some("m.eml"), &Limits { parts: 20, depth: 3, unpacked_bytes: 4096, ..Limits::default() });
    }

    #[test]
    fn whatever_bytes_are_sent_they_are_kept(bytes: Vec<u8>, name: Option<String>) {
        let attachment = format!("Content-Type: application/octet-stream; name=f.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", base64(&bytes));
        let parts = run(&mail(&["\r\nhello", &attachment]), None, &Limits::default());
        let (part, kept) = &parts[1];
        prop_assert!(part.verdict == PartVerdict::Refused || kept == &bytes);
        prop_assert_eq!(part.size, bytes.len() as u64);
        prop_assert!(!run(&bytes, name.as_deref(), &Limits::default()).is_empty());
    }
}

#[path = "../../../../fuzz/checks/name.rs"]
mod name_check;
#[path = "../../../../fuzz/checks/unpack.rs"]
mod unpack_check;
#[path = "../../../../fuzz/checks/wrapper.rs"]
mod wrapper_check;
#[path = "../../../../fuzz/checks/zip.rs"]
mod zip_check;

/// Runs a fuzz target's check on its seeds.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = format!("{}/../../fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut seeds = 0;
    for seed in std::fs::read_dir(folder).unwrap() {
        check(&std::fs::read(seed.unwrap().path()).unwrap());
        seeds += 1;
    }
    assert!(seeds > 5, "{target} has lost its seeds");
}

#[test]
fn seeds_of_the_fuzz_targets() {
    replay("unpack", unpack_check::run);
    replay("zip", zip_check::run);
    replay("name", name_check::run);
    replay("wrapper", wrapper_check::run);
}

fn seed(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../fuzz/seeds/wrapper/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn wrappers_of_outlook_are_opened() {
    // Made by samples/generate/make_wrappers.py: a text, a paper, and a mail within with a text and a paper.
    let want = [
        "1 winmail.dat container",
        "1/1 text-1-1.txt set_aside text_body",
        "1/2 Faktura żółta.pdf document",
        "1/3 application-1-3.bin container",
        "1/3/1 text-1-3-1.txt set_aside text_body",
        "1/3/2 druga.pdf document",
    ];
    assert_eq!(told(&seed("winmail.dat"), Some("winmail.dat")), want);
    let want = [
        "1 a.msg container",
        "1/1 text-1-1.txt set_aside text_body",
        "1/2 eins.pdf document",
        "1/3 Rechnung 7.msg container",
        "1/3/1 text-1-3-1.txt set_aside text_body",
        "1/3/2 zwei.pdf document",
    ];
    assert_eq!(told(&seed("outlook.msg"), Some("a.msg")), want);
    let shallow = Limits { depth: 1, ..Limits::default() };
    let parts = run(&seed("outlook.msg"), Some("a.msg"), &shallow);
    assert!(
        parts.iter().any(|(part, _)| part.reason.as_deref() == Some("too_many_parts")),
        "the inner mail is said to be left out"
    );
    assert_eq!(parts[2].1, PDF);
}

#[test]
fn what_is_signed_is_taken_out_what_is_encrypted_is_said() {
    for (file, inner) in [("signed.p7m", true), ("indefinite.p7m", true)] {
        let mail = mail(&[&format!(
            "Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            base64(&seed(file))
        )]);
        let told = told(&mail, Some("mail.eml"));
        assert_eq!(told.iter().any(|line| line.starts_with("1/1 a.txt document")), inner, "{told:?}");
        assert_eq!(told[0], "1 smime.p7m container");
    }
    assert_eq!(told(&seed("encrypted.p7m"), Some("x.p7m")), ["1 x.p7m set_aside encrypted_mail"]);
    assert_eq!(told(&seed("detached.p7s"), Some("x.p7s")), ["1 x.p7s set_aside mail_signature"]);
    assert_eq!(told(&seed("clear.asc"), Some("list.txt.asc")), ["1 list.txt.asc container", "1/1 list.txt document"]);
    let garbage = b"\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    assert_eq!(told(garbage, Some("x.p7m")), ["1 x.p7m set_aside signed_wrapper"]);
}
