use proptest::prelude::*;

use super::*;

fn check(encoding: Encoding, raw: &str, want: &[u8], flaw: Option<Flaw>) {
    let got = decode(raw.as_bytes(), encoding);
    assert_eq!((String::from_utf8_lossy(&got.bytes), got.flaw), (String::from_utf8_lossy(want), flaw), "{raw:?}");
}

#[test]
fn names_of_encodings() {
    for (value, want) in [
        ("base64", Encoding::Base64),
        (" BASE64 ; comment", Encoding::Base64),
        ("\"quoted-printable\"", Encoding::QuotedPrintable),
        ("8BIT", Encoding::Identity),
        ("", Encoding::Identity),
        ("x-uuencode", Encoding::Uuencode),
        ("x-gzip64", Encoding::Unknown),
    ] {
        assert_eq!(Encoding::named(value.as_bytes()), want, "{value}");
    }
}

#[test]
fn base64_as_it_really_comes() {
    for (raw, want, flaw) in [
        ("VGVzdA==", "Test", None),
        ("VGVz\r\ndA==\r\n", "Test", None),
        // No padding: the last byte is not lost.
        ("VGVzdA", "Test", None),
        // Cut in the middle of a group.
        ("VGVzd", "Tes", Some(Flaw::Cut)),
        // Characters that crept in.
        ("VG!Vz\0dA==", "Test", Some(Flaw::Junk)),
        // Pieces padded one by one.
        ("VGVzdA==\r\nVGVzdA==\r\n", "TestTest", None),
        ("VGVzdA==\r\n-- \r\nScanned by Mail Guard\r\n", "Test", Some(Flaw::Trailer)),
        // The URL-safe alphabet.
        ("xb_FvA", "\u{17f}\u{17c}", None),
        ("", "", None),
        ("====", "", None),
    ] {
        check(Encoding::Base64, raw, want.as_bytes(), flaw);
    }
}

#[test]
fn quoted_printable_as_it_really_comes() {
    for (raw, want, flaw) in [
        ("Zap=C5=82ata", "Zapłata", None),
        ("a=\r\nb=  \r\nc", "abc", None),
        ("a  \r\nb\t\r\n", "a\r\nb\r\n", None),
        ("a=3d=3D", "a==", None),
        ("1=x 2=", "1=x 2", Some(Flaw::Junk)),
        ("end=", "end", None),
    ] {
        check(Encoding::QuotedPrintable, raw, want.as_bytes(), flaw);
    }
}

#[test]
fn uuencoded_files_in_text() {
    let text = b"Dzien dobry\r\nbegin with care\r\nbegin 644 a b.txt\r\n#0V%T\r\n`\r\nend\r\nbye\r\nbegin-base64 600 c\r\nVGVzdA==\r\n====\r\n";
    let files: Vec<Uufile> = uuencoded(text).collect();
    assert_eq!(files.len(), 2);
    assert_eq!((files[0].name.as_slice(), files[0].bytes.as_slice(), files[0].flaw), (&b"a b.txt"[..], &b"Cat"[..], None));
    assert_eq!((files[1].name.as_slice(), files[1].bytes.as_slice(), files[1].flaw), (&b"c"[..], &b"Test"[..], None));
    let cut: Vec<Uufile> = uuencoded(b"begin 644 x\n#0V%T\n").collect();
    assert_eq!((cut[0].bytes.as_slice(), cut[0].flaw), (&b"Cat"[..], Some(Flaw::Cut)));
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode_base64(bytes: &[u8], padding: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().chain([0, 0].iter()).take(3).fold(0u32, |g, b| g << 8 | u32::from(*b));
        for i in 0..=chunk.len() {
            out.push(ALPHABET[(group >> (18 - 6 * i)) as usize & 63]);
        }
        if padding {
            out.extend(std::iter::repeat_n(b'=', 3 - chunk.len()));
        }
    }
    out
}

fn encode_quoted(bytes: &[u8], width: usize, escape_all: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut column = 0;
    for byte in bytes {
        let plain = !escape_all && (33..=126).contains(byte) && *byte != b'=';
        let piece = if plain { vec![*byte] } else { format!("={byte:02X}").into_bytes() };
        if column + piece.len() > width {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        column += piece.len();
        out.extend(piece);
    }
    out
}

fn encode_uu(bytes: &[u8], grave: bool, cut_blanks: bool) -> Vec<u8> {
    let digit = |v: u32| if v == 0 && grave { b'`' } else { v as u8 + b' ' };
    let mut out = b"begin 644 f.bin\r\n".to_vec();
    for line in bytes.chunks(45) {
        let mut text = vec![digit(line.len() as u32)];
        for chunk in line.chunks(3) {
            let group = chunk.iter().chain([0, 0].iter()).take(3).fold(0u32, |g, b| g << 8 | u32::from(*b));
            text.extend((0..4).map(|i| digit(group >> (18 - 6 * i) & 63)));
        }
        if cut_blanks {
            text.truncate(text.trim_ascii_end().len());
        }
        out.extend(text);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"`\r\nend\r\n");
    out
}

proptest! {
    #[test]
    fn base64_gives_back_what_went_in(bytes: Vec<u8>, width in 1usize..100, padding: bool, url_safe: bool) {
        let mut text = encode_base64(&bytes, padding);
        if url_safe {
            for b in &mut text {
                *b = match *b { b'+' => b'-', b'/' => b'_', other => other };
            }
        }
        let lines: Vec<u8> = text.chunks(width).flat_map(|line| [line, b"\r\n"].concat()).collect();
        let got = decode(&lines, Encoding::Base64);
        prop_assert_eq!((got.bytes.as_ref(), got.flaw), (bytes.as_slice(), None));
    }

    #[test]
    fn junk_between_base64_characters_is_left_out(bytes: Vec<u8>, at: Vec<prop::sample::Index>, junk in "[!#$%&*.,:;<>?@^~\u{0}-\u{8}]{1,8}") {
        // Without padding: after padding, prose is taken for a footer.
        let mut text = encode_base64(&bytes, false);
        for (at, j) in at.iter().zip(junk.bytes().cycle()) {
            text.insert(at.index(text.len() + 1), j);
        }
        let got = decode(&text, Encoding::Base64);
        prop_assert_eq!(got.bytes.as_ref(), bytes.as_slice());
    }

    #[test]
    fn quoted_printable_gives_back_what_went_in(bytes: Vec<u8>, width in 4usize..80, escape_all: bool) {
        let text = encode_quoted(&bytes, width, escape_all);
        let got = decode(&text, Encoding::QuotedPrintable);
        prop_assert_eq!((got.bytes.as_ref(), got.flaw), (bytes.as_slice(), None));
    }

    #[test]
    fn uuencode_gives_back_what_went_in(bytes: Vec<u8>, grave: bool, cut_blanks: bool) {
        let text = encode_uu(&bytes, grave, cut_blanks);
        let files: Vec<Uufile> = uuencoded(&text).collect();
        prop_assert_eq!(files.len(), 1);
        prop_assert_eq!((files[0].bytes.as_slice(), files[0].flaw), (bytes.as_slice(), None));
    }

    #[test]
    fn nothing_makes_them_fail(raw: Vec<u8>) {
        for encoding in [Encoding::Base64, Encoding::QuotedPrintable, Encoding::Uuencode, Encoding::Unknown] {
            decode(&raw, encoding);
        }
    }
}
