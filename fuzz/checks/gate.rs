//! The gate judges any bytes; without a PIN that somebody has, without a trusted sender, nothing is admitted.

use ingest::gate::{Envelope, Head, Judgement, Plus, Policy, Verdict, judge};

/// Checks one input: a mail.
pub fn run(data: &[u8]) {
    let head = Head::parse(data);
    let nobody = |_: &str| None::<()>;
    let judgement: Judgement<()> = judge(&Envelope::default(), &head, Plus::default(), &Policy::default(), &nobody, 10);
    assert_ne!(judgement.verdict, Verdict::Admit);
    assert!(judgement.wrong_pins <= 10);
    assert!(!judgement.subject.contains(['\r', '\n', '\0']));
}
