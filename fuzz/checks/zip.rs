//! An archive costs no more than the budget, whatever its headers say.

use postroom_reader::unpack::archive::Archive;

/// Checks one input.
pub fn run(data: &[u8]) {
    let Ok(mut archive) = Archive::open(data, 100) else { return };
    let all = 1 << 20;
    let (mut budget, mut out, mut members) = (all, 0, 0);
    while let Some(member) = archive.next(&mut budget) {
        assert!(member.reason.is_some() || member.size == member.bytes.len() as u64);
        out += member.bytes.len() as u64;
        members += 1;
    }
    assert!(out <= all && members <= 100);
}
