//! What bytes are, by their content: names and declared types are hints that senders get wrong.

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// PDF.
    Pdf,
    /// XML of any vocabulary.
    Xml,
    /// ZIP archive; office files of newer kinds are told apart by [`Kind::Office`].
    Zip,
    /// Word, Excel or OpenDocument file (a ZIP inside).
    Office,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// TIFF.
    Tiff,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// BMP.
    Bmp,
    /// HEIC or HEIF.
    Heic,
    /// AVIF.
    Avif,
    /// JPEG 2000.
    Jp2,
    /// SVG.
    Svg,
    /// HTML.
    Html,
    /// RTF.
    Rtf,
    /// OLE compound file: old Office files, Outlook messages.
    Ole,
    /// winmail.dat.
    Tnef,
    /// PKCS#7: signed or encrypted wrapping.
    Pkcs7,
    /// gzip.
    Gzip,
    /// 7-Zip.
    SevenZip,
    /// RAR.
    Rar,
    /// tar.
    Tar,
    /// bzip2, xz, zstd: one compressed file.
    Compressed,
    /// PostScript.
    PostScript,
    /// A program: ELF, Windows, Mach-O, script.
    Program,
    /// A mail (headers and a body).
    Mail,
    /// Plain text.
    Text,
    /// No bytes.
    Empty,
    /// None of these.
    Unknown,
}

impl Kind {
    /// What these bytes are.
    pub fn of(bytes: &[u8]) -> Kind {
        if bytes.is_empty() {
            return Kind::Empty;
        }
        magic(bytes).or_else(|| markup(bytes)).unwrap_or_else(|| plain(bytes))
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Xml => "application/xml",
            Kind::Zip => "application/zip",
            Kind::Office => "application/vnd.openxmlformats-officedocument",
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Tiff => "image/tiff",
            Kind::Webp => "image/webp",
            Kind::Gif => "image/gif",
            Kind::Bmp => "image/bmp",
            Kind::Heic => "image/heic",
            Kind::Avif => "image/avif",
            Kind::Jp2 => "image/jp2",
            Kind::Svg => "image/svg+xml",
            Kind::Html => "text/html",
            Kind::Rtf => "application/rtf",
            Kind::Ole => "application/x-ole-storage",
            Kind::Tnef => "application/ms-tnef",
            Kind::Pkcs7 => "application/pkcs7-mime",
            Kind::Gzip => "application/gzip",
            Kind::SevenZip => "application/x-7z-compressed",
            Kind::Rar => "application/vnd.rar",
            Kind::Tar => "application/x-tar",
            Kind::Compressed => "application/x-compressed",
            Kind::PostScript => "application/postscript",
            Kind::Program => "application/x-executable",
            Kind::Mail => "message/rfc822",
            Kind::Text => "text/plain",
            Kind::Empty => "application/x-empty",
            Kind::Unknown => "application/octet-stream",
        }
    }

    /// A picture that we decode.
    pub const fn is_picture(self) -> bool {
        matches!(self, Kind::Png | Kind::Jpeg | Kind::Tiff | Kind::Webp | Kind::Gif | Kind::Bmp | Kind::Heic)
    }

    /// What `read` takes: a paper.
    pub const fn is_paper(self) -> bool {
        matches!(self, Kind::Pdf | Kind::Xml | Kind::Html) || self.is_picture()
    }
}

/// Readers accept a PDF header within the first KiB (ISO 32000-1, annex H.3, note 13).
const PDF_HEADER_WITHIN: usize = 1024;

fn magic(bytes: &[u8]) -> Option<Kind> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let head = &bytes[..bytes.len().min(PDF_HEADER_WITHIN)];
    let kind = if starts(b"\x89PNG\r\n\x1a\n") {
        Kind::Png
    } else if starts(b"\xff\xd8\xff") {
        Kind::Jpeg
    } else if starts(b"II\x2a\0") || starts(b"MM\0\x2a") || starts(b"II\x2b\0") || starts(b"MM\0\x2b") {
        Kind::Tiff
    } else if starts(b"RIFF") && at(8, b"WEBP") {
        Kind::Webp
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Kind::Gif
    } else if starts(b"BM") && at(14, &[40, 0, 0, 0])
        || starts(b"BM") && at(14, &[124, 0, 0, 0])
        || starts(b"BM") && at(14, &[12, 0, 0, 0])
    {
        Kind::Bmp
    } else if at(4, b"ftyp") {
        brand(bytes.get(8..12)?)?
    } else if starts(b"\0\0\0\x0cjP  ") || starts(b"\xff\x4f\xff\x51") {
        Kind::Jp2
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        zip(bytes)
    } else if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        Kind::Ole
    } else if starts(b"\x78\x9f\x3e\x22") {
        Kind::Tnef
    } else if starts(b"{\\rtf") {
        Kind::Rtf
    } else if starts(b"\x1f\x8b") {
        Kind::Gzip
    } else if starts(b"7z\xbc\xaf\x27\x1c") {
        Kind::SevenZip
    } else if starts(b"Rar!\x1a\x07") {
        Kind::Rar
    } else if starts(b"BZh") || starts(b"\xfd7zXZ\0") || starts(b"\x28\xb5\x2f\xfd") {
        Kind::Compressed
    } else if at(257, b"ustar") {
        Kind::Tar
    } else if is_program(bytes) {
        Kind::Program
    } else if starts(b"%!PS") {
        Kind::PostScript
    } else if is_pkcs7(bytes) {
        Kind::Pkcs7
    } else if find(head, b"%PDF-").is_some() {
        Kind::Pdf
    } else {
        return None;
    };
    Some(kind)
}

fn brand(brand: &[u8]) -> Option<Kind> {
    match brand {
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => Some(Kind::Heic),
        b"avif" | b"avis" => Some(Kind::Avif),
        _ => None,
    }
}

/// Office files name their own type in their first members: `mimetype` (OpenDocument), `[Content_Types].xml` (Office Open XML).
fn zip(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(4096)];
    let office = [&b"[Content_Types].xml"[..], b"mimetypeapplication/vnd.oasis", b"word/", b"xl/"];
    match office.iter().any(|name| find(head, name).is_some()) {
        true => Kind::Office,
        false => Kind::Zip,
    }
}

fn is_program(bytes: &[u8]) -> bool {
    let magics: [&[u8]; 7] =
        [b"\x7fELF", b"#!/", b"#! /", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
    // A text may begin with "MZ"; a DOS header has a PE offset inside the file and no printable second line.
    let windows = bytes.starts_with(b"MZ") && bytes.len() > 64 && bytes[..64].contains(&0);
    windows || magics.iter().any(|magic| bytes.starts_with(magic))
}

/// A DER SEQUENCE whose first member is the object identifier of PKCS#7 signed, enveloped or compressed data
/// (1.2.840.113549.1.7.x, RFC 5652).
fn is_pkcs7(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30) && find(&bytes[..bytes.len().min(32)], b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07").is_some()
}

/// XML, HTML and SVG, in any of the encodings that begin with a byte-order mark or plain ASCII.
fn markup(bytes: &[u8]) -> Option<Kind> {
    let text = ascii_head(bytes);
    let text = text.trim_start();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Some(Kind::Html);
    }
    if text.starts_with("<?xml") || element(text).is_some() {
        return Some(match root(&lower) {
            Some("svg") => Kind::Svg,
            Some("html") => Kind::Html,
            _ if text.starts_with("<?xml") || text.contains("xmlns") => Kind::Xml,
            Some("head" | "body" | "div" | "table" | "p" | "span" | "meta" | "style" | "br" | "font" | "center" | "a") => {
                Kind::Html
            }
            _ => Kind::Xml,
        });
    }
    None
}

/// The first element's name, past declarations and comments.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let open = rest.find('<')?;
        rest = &rest[open..];
        match element(rest) {
            Some(name) => return Some(name.rsplit(':').next().unwrap_or(name)),
            None => rest = rest.get(rest.find('>')? + 1..)?,
        }
    }
}

fn element(text: &str) -> Option<&str> {
    let name = text.strip_prefix('<')?;
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-' | '.')))?;
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name[end..].starts_with([' ', '>', '/', '\n', '\r', '\t']);
    good.then_some(&name[..end])
}

/// The first 2 KiB as ASCII: byte-order marks and the zero bytes of UTF-16 are dropped.
fn ascii_head(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(2048)];
    let wide =
        head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.starts_with(b"<\0") || head.starts_with(b"\0<");
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.iter().filter(|&&b| !(wide && (b == 0 || b >= 0xfe))).map(|&b| char::from(b)).collect()
}

fn plain(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(4096)];
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if !wide && head.iter().any(|&b| b < 9 || (14..32).contains(&b) && b != 27) {
        return Kind::Unknown;
    }
    if is_mail(head) { Kind::Mail } else { Kind::Text }
}

/// At least two header fields at the start, one of them a field every mail has.
fn is_mail(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut fields = 0;
    let mut known = false;
    for line in text.lines().take(40) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && fields > 0 || line.starts_with("From ") && fields == 0 {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return false;
        }
        fields += 1;
        known |= ["from", "received", "return-path", "date", "message-id", "mime-version", "delivered-to"]
            .contains(&name.to_ascii_lowercase().as_str());
    }
    known && fields >= 2
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_content() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("<?xml version=\"1.0\"?><Faktura/>".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let late_pdf = [&[b' '; 400][..], b"%PDF-1.7\n"].concat();
        let too_late_pdf = [&[b' '; 1100][..], b"%PDF-1.7\n"].concat();
        let cases: &[(&[u8], Kind)] = &[
            (b"", Kind::Empty),
            (b"%PDF-1.4\n%\xe2\xe3", Kind::Pdf),
            (&late_pdf, Kind::Pdf),
            (&too_late_pdf, Kind::Text),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?><Invoice/>", Kind::Xml),
            (b"<Invoice xmlns=\"urn:x\">", Kind::Xml),
            (b"\n<!-- made by x --><ubl:Invoice xmlns:ubl=\"u\"/>", Kind::Text),
            (&utf16, Kind::Xml),
            (b"<?xml version=\"1.0\"?><!-- a --><svg xmlns=\"s\"/>", Kind::Svg),
            (b"<!DOCTYPE html><p>x", Kind::Html),
            (b"<HTML><body>", Kind::Html),
            (b"<div>hello</div>", Kind::Html),
            (b"PK\x03\x04\x14\0\0\0\0\0invoice.xml", Kind::Zip),
            (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml", Kind::Office),
            (b"\x89PNG\r\n\x1a\n\0", Kind::Png),
            (b"\xff\xd8\xff\xe0\0", Kind::Jpeg),
            (b"\0\0\0\x18ftypheic\0\0", Kind::Heic),
            (b"II\x2a\0\x08\0", Kind::Tiff),
            (b"BMW rachunek", Kind::Text),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Ole),
            (b"{\\rtf1\\ansi", Kind::Rtf),
            (b"\x78\x9f\x3e\x22\x01", Kind::Tnef),
            (b"\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", Kind::Pkcs7),
            (b"#!/bin/sh\n", Kind::Program),
            (b"Received: from a\r\n by b\r\nFrom: x@y\r\nSubject: z\r\n\r\nhello", Kind::Mail),
            (b"Sprzedawca: Nowak\nNabywca: Kowalski\n", Kind::Text),
            (b"\0\x01\x02\x03", Kind::Unknown),
        ];
        for (bytes, kind) in cases {
            assert_eq!(Kind::of(bytes), *kind, "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..3000)) {
            Kind::of(&bytes);
        }
    }
}
