use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

fn packed(members: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, method) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(*method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn all(bytes: &[u8], mut budget: u64) -> Vec<(String, Vec<u8>, Option<Reason>)> {
    let mut archive = Archive::open(bytes, 1000).unwrap();
    std::iter::from_fn(|| archive.next(&mut budget)).map(|m| (m.path, m.bytes, m.reason)).collect()
}

#[test]
fn members_come_out_whole() {
    let bytes = packed(&[
        ("inv/a.pdf", b"%PDF-1", CompressionMethod::Deflated),
        ("b.xml", b"<a/>", CompressionMethod::Stored),
        ("empty", b"", CompressionMethod::Deflated),
    ]);
    let want = vec![
        ("inv/a.pdf".to_owned(), b"%PDF-1".to_vec(), None),
        ("b.xml".to_owned(), b"<a/>".to_vec(), None),
        ("empty".to_owned(), vec![], None),
    ];
    assert_eq!(all(&bytes, 1 << 20), want);
    // Bytes before the archive shift all its offsets.
    assert_eq!(all(&[&b"junk before"[..], &bytes].concat(), 1 << 20), want);
}

#[test]
fn two_members_of_one_name_are_two() {
    let mut bytes = packed(&[("a.pdf", b"one", CompressionMethod::Stored), ("b.pdf", b"two", CompressionMethod::Stored)]);
    for at in 0..bytes.len() - 5 {
        if &bytes[at..at + 5] == b"b.pdf" {
            bytes[at] = b'a';
        }
    }
    let names: Vec<String> = all(&bytes, 1 << 20).into_iter().map(|m| m.0).collect();
    assert_eq!(names, ["a.pdf", "a.pdf#2"]);
}

#[test]
fn bombs_cost_no_more_than_the_budget() {
    let zeros = vec![0u8; 40 << 20];
    let bytes = packed(&[
        ("bomb", &zeros, CompressionMethod::Deflated),
        ("again", &zeros, CompressionMethod::Deflated),
        ("small", b"ok", CompressionMethod::Stored),
    ]);
    let reasons: Vec<Option<Reason>> = all(&bytes, 100 << 20).into_iter().map(|m| m.2).collect();
    assert_eq!(reasons, [Some(Reason::SuspiciousRatio), Some(Reason::SuspiciousRatio), None]);
    let reasons: Vec<Option<Reason>> = all(&bytes, 1 << 20).into_iter().map(|m| m.2).collect();
    assert_eq!(reasons, [Some(Reason::TooLarge); 3]);
}

#[test]
fn what_is_wrong_is_said() {
    let mut bytes = packed(&[("a", b"hello hello hello", CompressionMethod::Stored), ("b", b"ok", CompressionMethod::Stored)]);
    let at = bytes.windows(5).position(|w| w == b"hello").unwrap();
    bytes[at] = b'j';
    let got = all(&bytes, 1 << 20);
    assert_eq!(got[0], ("a".to_owned(), b"jello hello hello".to_vec(), Some(Reason::DamagedMember)));
    assert_eq!(got[1].2, None);
    assert_eq!(Archive::open(&bytes, 1).unwrap_err(), Reason::TooManyMembers);
    assert_eq!(Archive::open(&bytes[..bytes.len() - 30], 9).unwrap_err(), Reason::BrokenArchive);
    assert_eq!(Archive::open(b"PK\x03\x04", 9).unwrap_err(), Reason::BrokenArchive);
}

#[test]
fn overlapping_members_are_not_opened() {
    let bytes = packed(&[("a", b"hello", CompressionMethod::Stored), ("b", b"hello", CompressionMethod::Stored)]);
    // The second entry points at the first member, too.
    let second = bytes.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x01\x02").nth(1).unwrap().0;
    let mut bytes = bytes;
    bytes[second + 42..second + 46].fill(0);
    assert_eq!(Archive::open(&bytes, 9).unwrap_err(), Reason::Overlapping);
}

#[test]
fn names_of_old_windows_archives() {
    assert_eq!(text(b"rozliczenie p\xa2\x88roczne \xbe.pdf"), "rozliczenie półroczne ż.pdf");
    assert_eq!(text("zażółć".as_bytes()), "zażółć");
}

proptest! {
    #[test]
    fn mutated_archives_do_no_harm(flips: Vec<(prop::sample::Index, u8)>, cut: prop::sample::Index) {
        let mut bytes = packed(&[("a/b", &[7; 3000], CompressionMethod::Deflated), ("c", b"ok", CompressionMethod::Stored)]);
        for (at, value) in flips.iter().take(20) {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let end = cut.index(bytes.len() * 2).min(bytes.len());
        if let Ok(mut archive) = Archive::open(&bytes[..end], 100) {
            let mut budget = 1 << 16;
            while archive.next(&mut budget).is_some() {}
        }
    }
}
