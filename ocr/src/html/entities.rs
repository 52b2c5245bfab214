//! Character references (HTML 5, section 13.5): numbers, and the names that mails use.

/// Names of the characters from U+00A0 to U+00FF, in their order (HTML 4, section 24.2.1).
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para \
    middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml \
    Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave \
    aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde \
    ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// Others.
const OTHERS: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("euro", '€'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("bull", '•'),
    ("trade", '™'),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("oelig", 'œ'),
    ("aogon", 'ą'),
    ("cacute", 'ć'),
    ("eogon", 'ę'),
    ("lstrok", 'ł'),
    ("nacute", 'ń'),
    ("sacute", 'ś'),
    ("zacute", 'ź'),
    ("zdot", 'ż'),
    ("Aogon", 'Ą'),
    ("Cacute", 'Ć'),
    ("Eogon", 'Ę'),
    ("Lstrok", 'Ł'),
    ("Nacute", 'Ń'),
    ("Sacute", 'Ś'),
    ("Zacute", 'Ź'),
    ("Zdot", 'Ż'),
    ("abreve", 'ă'),
    ("Abreve", 'Ă'),
    ("scedil", 'ş'),
    ("Scedil", 'Ş'),
    ("tcedil", 'ţ'),
    ("Tcedil", 'Ţ'),
    ("gbreve", 'ğ'),
    ("Gbreve", 'Ğ'),
    ("inodot", 'ı'),
    ("imath", 'ı'),
    ("Idot", 'İ'),
];

/// Text with its character references resolved; what is none stays as it is.
pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '#')).unwrap_or(rest.len());
        match character(&rest[..end]) {
            Some(c) => {
                out.push(c);
                rest = &rest[end..];
                rest = rest.strip_prefix(';').unwrap_or(rest);
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control()).or(Some(' '));
    }
    if let Some((_, c)) = OTHERS.iter().find(|(other, _)| *other == name) {
        return Some(*c);
    }
    let index = LATIN.split_whitespace().position(|other| other == name)?;
    char::from_u32(0xa0 + u32::try_from(index).ok()?)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn references_are_resolved() {
        for (text, want) in [
            ("Do zap&#322;aty: 1&nbsp;230,00 &euro;", "Do zapłaty: 1\u{a0}230,00 €"),
            ("a &amp b &amp; c & d &unknown; &#x17C;", "a & b & c & d &unknown; ż"),
            ("&yuml;&szlig;&times;&eacute;", "ÿß×é"),
            ("&#0;&#xFFFFFFFF;&", "  &"),
        ] {
            assert_eq!(decode(text), want, "{text}");
        }
    }
}
