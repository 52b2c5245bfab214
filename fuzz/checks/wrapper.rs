//! Wrappers of mails (winmail.dat, .msg, signatures): never more out than the budget, no loop, no panic.

use postroom_reader::unpack::{msg, signed, tnef};

/// Checks one input.
pub fn run(data: &[u8]) {
    const BUDGET: u64 = 1 << 20;
    if let Some((members, _)) = msg::members(data, 3, BUDGET, 50) {
        assert!(members.len() <= 50);
        assert!(members.iter().map(|member| member.bytes.len() as u64).sum::<u64>() <= BUDGET);
    }
    let (members, _) = tnef::members(data, BUDGET);
    let out: u64 = members.iter().map(|member| member.bytes.len() as u64).sum();
    // Attachments are slices of the file; texts may be written anew, and RTF grows within the budget.
    assert!(out <= BUDGET + 4 * data.len() as u64, "{out}");
    if let signed::Content::Signed(content) = signed::content(data) {
        assert!(content.len() <= data.len());
    }
    assert!(signed::clear_text(data).is_none_or(|text| text.len() <= data.len()));
}
