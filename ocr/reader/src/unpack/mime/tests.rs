use super::*;

/// Path, body and whether it was cut, for each leaf.
fn leaves(mail: &str) -> Vec<(String, String, bool)> {
    let (leaves, full) = split(mail.as_bytes(), 1000);
    assert!(!full);
    leaves.into_iter().map(|l| (l.path, mail[l.body].to_owned(), l.unterminated)).collect()
}

fn whole(path: &str, body: &str) -> (String, String, bool) {
    (path.to_owned(), body.to_owned(), false)
}

#[test]
fn one_body() {
    assert_eq!(leaves("Subject: x\r\n\r\nhello\r\n"), [whole("1", "hello\r\n")]);
    assert_eq!(leaves("Subject: x\r\n\r\n"), [whole("1", "")]);
    assert_eq!(leaves(""), [whole("1", "")]);
    // No blank line after the header; junk within it.
    assert_eq!(leaves("To: a\nSubject: x\nhello there\nworld\n"), [whole("1", "hello there\nworld\n")]);
    assert_eq!(leaves("From a@b Mon\nTo: a\njunk line\nSubject: x\n\nhello"), [whole("1", "hello")]);
}

#[test]
fn nested_multiparts_and_exact_ranges() {
    let mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\nThis is MIME.\r\n--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n\
                --bb\r\n\r\none\r\n--b in the text\r\n--bb  \r\n\r\ntwo\r\n\r\n--bb--\r\n\r\n--b\r\n\r\nthree --b\r\n--bbb\r\n--b--\r\nbye\r\n";
    assert_eq!(leaves(mail), [whole("1.1", "one\r\n--b in the text"), whole("1.2", "two\r\n"), whole("2", "three --b\r\n--bbb")]);
}

#[test]
fn an_outer_boundary_ends_inner_parts() {
    let mail = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--a\n\ntwo\n--a--\n";
    assert_eq!(leaves(mail), [whole("1.1", "one"), whole("2", "two")]);
}

#[test]
fn cut_mails_keep_what_arrived() {
    let mail = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntw";
    assert_eq!(leaves(mail), [whole("1", "one"), ("2".to_owned(), "tw".to_owned(), true)]);
    let mail = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\nContent-Type: text/pl";
    assert_eq!(leaves(mail), [whole("1", "one"), ("2".to_owned(), String::new(), true)]);
}

#[test]
fn parts_after_the_end_are_found() {
    let mail = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\n--a\n\ntwo\n--a--\n";
    assert_eq!(leaves(mail), [whole("1", "one"), whole("2", "two")]);
}

#[test]
fn a_wrong_or_missing_boundary_is_mended() {
    for header in ["Content-Type: multipart/mixed; boundary=wrong", "Content-Type: multipart/mixed"] {
        let mail = format!("{header}\n\n--real\nContent-Type: text/plain\n\none\n--real--\n");
        assert_eq!(leaves(&mail), [whole("1", "one")], "{header}");
    }
    let mail = "Content-Type: multipart/mixed; boundary=wrong\n\nno part at all\n";
    assert_eq!(leaves(mail), [whole("0", "no part at all\n")]);
}

#[test]
fn much_text_outside_of_the_parts_is_a_leaf() {
    let long = "begin 644 a\n".repeat(60);
    let mail = format!("Content-Type: multipart/mixed; boundary=a\n\n{long}--a\n\none\n--a--\n{long}");
    let got = leaves(&mail);
    assert_eq!(got.iter().map(|l| l.0.as_str()).collect::<Vec<_>>(), ["0", "1", "2.0"]);
    assert_eq!(got[2].1, long);
}

#[test]
fn depth_and_number_are_bounded_and_cheap() {
    let mut deep = String::new();
    for i in 0..5000 {
        deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"));
    }
    assert_eq!(leaves(&deep).len(), 1);
    let many = format!("Content-Type: multipart/mixed; boundary=a\n\n{}", "--a\n\nx\n".repeat(200_000));
    let (found, full) = split(many.as_bytes(), 1000);
    assert_eq!((found.len(), full), (1000, true));
}
