//! A name shown to people is one plain line, short, without a path, and cleaning it again changes nothing.

use postroom_reader::unpack::header::Fields;
use postroom_reader::unpack::name::clean;

/// Checks one input: the bytes of a header block.
pub fn run(data: &[u8]) {
    let fields = Fields::parse(data);
    let raw = String::from_utf8_lossy(data);
    for name in [fields.name.as_deref(), fields.subject.as_deref(), Some(&raw)].into_iter().flatten() {
        let Some(shown) = clean(name) else { continue };
        assert!(!shown.is_empty() && shown.chars().count() <= 120);
        assert!(!shown.contains(['/', '\\']) && !shown.contains(char::is_control) && !shown.starts_with('.'));
        assert!(!shown.contains(['\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}']));
        assert_eq!(clean(&shown).as_deref(), Some(shown.as_str()));
    }
}
