//! Words with their places out of a recognised line.

use super::decode::Glyph;
use super::ink::Ink;

/// A word inside a line; `from` and `to` are shares of the line's width.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Its characters.
    pub text: String,
    /// Left edge, 0 to 1.
    pub from: f32,
    /// Right edge, 0 to 1.
    pub to: f32,
    /// Mean probability of its characters.
    pub confidence: f32,
    /// That of its least sure character.
    pub lowest: f32,
}

/// Splits a line at its blanks, and where `ink` shows one that was not read. `characters` names the classes; `steps` is the
/// number of time steps of the whole line.
pub fn words(glyphs: &[Glyph], characters: &[String], steps: usize, ink: &Ink) -> Vec<Word> {
    let centers: Vec<f32> = glyphs.iter().map(|g| (g.first + g.last + 1) as f32 / 2.0 / steps.max(1) as f32).collect();
    let blank = |i: usize| characters.get(glyphs[i].class).is_none_or(|c| c.trim().is_empty());
    let parted = parted(glyphs, characters, &centers, ink);
    let half = advance(&centers, steps) / 2.0;
    let mut out = Vec::new();
    let mut i = 0;
    while i < glyphs.len() {
        if blank(i) {
            i += 1;
            continue;
        }
        let start = i;
        i += 1;
        while i < glyphs.len() && !blank(i) && !parted[i] {
            i += 1;
        }
        let text = glyphs[start..i].iter().map(|g| plain(&characters[g.class])).collect::<String>();
        let left = if start == 0 { 0.0 } else { (centers[start - 1] + centers[start]) / 2.0 };
        let right = if i == glyphs.len() { 1.0 } else { (centers[i - 1] + centers[i]) / 2.0 };
        out.push(Word {
            text,
            from: (centers[start] - half).max(left),
            to: (centers[i - 1] + half).min(right),
            lowest: glyphs[start..i].iter().map(|g| g.probability).fold(1.0, f32::min),
            confidence: glyphs[start..i].iter().map(|g| g.probability).sum::<f32>() / (i - start) as f32,
        });
    }
    out
}

/// Whether a blank that was not read stands before each glyph. Between digits and what belongs to a number there is none: a
/// narrow 1 stands as far from its neighbours in some fonts as words do in others.
fn parted(glyphs: &[Glyph], characters: &[String], centers: &[f32], ink: &Ink) -> Vec<bool> {
    let gaps: Vec<f32> = centers.windows(2).map(|w| ink.gap(w[0], w[1])).collect();
    let mut sorted = gaps.clone();
    sorted.sort_by(f32::total_cmp);
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let first = |i: usize| characters.get(glyphs[i].class).and_then(|c| c.chars().next()).unwrap_or(' ');
    let one_number = |a: char, b: char| {
        let digit = |c: char| c.is_ascii_digit();
        (digit(a) || digit(b)) && !a.is_alphabetic() && !b.is_alphabetic()
    };
    // `Nr.471102`: the point belongs to the letters before it.
    let abbreviated = |i: usize| i > 0 && matches!(first(i), '.' | ':') && first(i - 1).is_alphabetic();
    let apart =
        |i: usize| gaps[i] >= WORD_GAP && gaps[i] >= 2.0 * usual && (abbreviated(i) || !one_number(first(i), first(i + 1)));
    std::iter::once(false).chain((0..gaps.len()).map(apart)).take(glyphs.len()).collect()
}

/// A blank is a quarter of an em, and an em is four fifths of a line's height; letters stand a tenth apart at most.
const WORD_GAP: f32 = 0.2;

/// Usual distance from one character to the next: the median, so that gaps between columns do not count.
fn advance(centers: &[f32], steps: usize) -> f32 {
    let mut gaps: Vec<f32> = centers.windows(2).map(|w| w[1] - w[0]).collect();
    if gaps.is_empty() {
        return 2.0 / steps.max(1) as f32;
    }
    let middle = gaps.len() / 2;
    *gaps.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// The models read East Asian print too and use its wide forms of ASCII now and then.
fn plain(c: &str) -> String {
    c.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '、' => ',',
            '。' => '.',
            '￥' => '¥',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, every: usize) -> (Vec<Glyph>, Vec<String>, usize) {
        let characters: Vec<String> = text.chars().map(String::from).collect();
        let glyphs = (0..characters.len())
            .map(|i| Glyph { class: i, first: i * every, last: i * every, probability: if i % 2 == 0 { 1.0 } else { 0.5 } })
            .collect();
        let steps = characters.len() * every;
        (glyphs, characters, steps)
    }

    #[test]
    fn words_lie_where_their_characters_are() {
        let (glyphs, characters, steps) = line("ab cde", 4);
        let got = words(&glyphs, &characters, steps, &Ink::default());
        assert_eq!(got.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["ab", "cde"]);
        // 24 steps, a character every 4; centres at half a step: a 0.5, b 4.5, blank 8.5, c 12.5, e 20.5
        let near = |a: f32, b: f32| (a * 24.0 - b).abs() < 1e-3;
        assert!(near(got[0].from, 0.0) && near(got[0].to, 6.5), "{got:?}");
        assert!(near(got[1].from, 10.5) && near(got[1].to, 22.5), "{got:?}");
        assert!((got[0].confidence - 0.75).abs() < 1e-6);
    }

    #[test]
    fn a_blank_that_only_the_picture_shows_parts_words_but_not_numbers() {
        // every character is 4 columns wide with one column of paper after it; 6 columns more before `v` and before the last 1
        let text = "R12v1,1";
        let wide = [3, 6];
        let mut columns = Vec::new();
        let mut centers = Vec::new();
        for i in 0..text.len() {
            columns.extend(std::iter::repeat_n(true, if wide.contains(&i) { 7 } else { 1 }));
            centers.push(columns.len() + 2);
            columns.extend([false; 4]);
        }
        let steps = columns.len();
        let picture: Vec<f32> =
            (0..20).flat_map(|y| columns.iter().map(move |paper| if *paper || y < 3 { 0.9 } else { -0.8 })).collect();
        let characters: Vec<String> = text.chars().map(String::from).collect();
        let glyphs: Vec<Glyph> =
            centers.iter().enumerate().map(|(class, at)| Glyph { class, first: *at, last: *at, probability: 1.0 }).collect();
        let got = words(&glyphs, &characters, steps, &Ink::of(&picture, steps, 20));
        assert_eq!(got.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["R12", "v1,1"]);
    }

    #[test]
    fn wide_forms_become_plain_and_blanks_alone_give_nothing() {
        let (glyphs, characters, steps) = line("（１０，５）", 2);
        assert_eq!(words(&glyphs, &characters, steps, &Ink::default())[0].text, "(10,5)");
        let (glyphs, characters, steps) = line("  ", 2);
        assert!(words(&glyphs, &characters, steps, &Ink::default()).is_empty());
        assert!(words(&[], &[], 0, &Ink::default()).is_empty());
    }

    #[test]
    fn a_single_character_has_a_width() {
        let (glyphs, characters, _) = line("7", 2);
        let got = words(&glyphs, &characters, 6, &Ink::default());
        assert!(got[0].to > got[0].from);
    }
}
