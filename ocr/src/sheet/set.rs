//! Setting text on a page from top to bottom.

use super::Sheet;
use crate::page::Box;
use crate::reading::FieldName;

/// Width of a text in points, set in an ink.
pub type Measure<'m> = dyn Fn(&str, Ink) -> f32 + 'm;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// Points.
    pub size: f32,
    /// A bold face.
    pub bold: bool,
    /// 0 black, 255 white.
    pub shade: u8,
}

impl Ink {
    pub(super) const PLAIN: Ink = Ink { size: 9.0, bold: false, shade: 0 };
    pub(super) const BOLD: Ink = Ink { bold: true, ..Ink::PLAIN };
    pub(super) const LABEL: Ink = Ink { size: 8.0, bold: false, shade: 96 };
    pub(super) const SMALL: Ink = Ink { size: 8.0, bold: false, shade: 0 };
    pub(super) const TITLE: Ink = Ink { size: 16.0, bold: true, shade: 0 };
}

/// Something on the page, in points from its top left.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Text, its left end on the base line.
    Text {
        /// Left end.
        x: f32,
        /// Base line.
        y: f32,
        /// How it looks.
        ink: Ink,
        /// What it says.
        text: String,
    },
    /// A filled rectangle: a rule, the ground of a banner.
    Fill {
        /// Where.
        area: Box,
        /// 0 black, 255 white.
        shade: u8,
    },
}

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 42.0;

/// A page in the making: text is set at `y`, the top of the row.
pub(super) struct Setter<'m> {
    measure: &'m Measure<'m>,
    y: f32,
    sheet: Sheet,
}

impl<'m> Setter<'m> {
    pub fn new(measure: &'m Measure<'m>) -> Setter<'m> {
        Setter { measure, y: MARGIN, sheet: Sheet { width: WIDTH, height: HEIGHT, ..Sheet::default() } }
    }

    pub fn left(&self) -> f32 {
        MARGIN
    }

    pub fn right(&self) -> f32 {
        WIDTH - MARGIN
    }

    pub fn y(&self) -> f32 {
        self.y
    }

    pub fn go(&mut self, y: f32) {
        self.y = y;
    }

    pub fn down(&mut self, by: f32) {
        self.y += by;
    }

    pub fn place(&mut self, name: FieldName, place: Box) {
        self.sheet.places.push((name, place));
    }

    pub fn text(&mut self, x: f32, text: &str, ink: Ink) -> Box {
        let width = (self.measure)(text, ink);
        let place = Box { left: x, top: self.y, right: x + width, bottom: self.y + ink.size * 1.25 };
        self.sheet.items.push(Item::Text { x, y: self.y + ink.size, ink, text: text.to_owned() });
        place
    }

    pub fn text_right(&mut self, x: f32, text: &str, ink: Ink) -> Box {
        let left = (x - (self.measure)(text, ink)).max(MARGIN);
        self.text(left, text, ink)
    }

    /// One row, cut where it would leave its column.
    pub fn text_within(&mut self, from: f32, to: f32, text: &str, ink: Ink) -> Box {
        let first = self.wrap(text, to - from, ink).into_iter().next().unwrap_or_default();
        let cut = if first.chars().count() < text.chars().count() { format!("{first}…") } else { first };
        self.text(from, &cut, ink)
    }

    /// As many rows as it needs.
    pub fn paragraph(&mut self, from: f32, to: f32, text: &str, ink: Ink) -> Box {
        let mut whole: Option<Box> = None;
        for row in self.wrap(text, to - from, ink) {
            let place = self.text(from, &row, ink);
            whole = Some(whole.map_or(place, |w| w.union(place)));
            self.y += ink.size * 1.4;
        }
        whole.unwrap_or(Box { left: from, top: self.y, right: from, bottom: self.y })
    }

    pub fn wrap(&self, text: &str, width: f32, ink: Ink) -> Vec<String> {
        wrap(self.measure, text, width, ink)
    }

    pub fn heading(&mut self, text: &str) {
        self.down(4.0);
        self.text(self.left(), text, Ink::BOLD);
        self.down(14.0);
    }

    /// A line across the page.
    pub fn rule(&mut self) {
        let area = Box { left: self.left(), top: self.y, right: self.right(), bottom: self.y + 0.7 };
        self.sheet.items.push(Item::Fill { area, shade: 160 });
        self.down(8.0);
    }

    /// A sentence on a grey ground.
    pub fn banner(&mut self, text: &str) {
        let rows = self.wrap(text, self.right() - self.left() - 16.0, Ink::SMALL);
        let area = Box { left: self.left(), top: self.y, right: self.right(), bottom: self.y + 10.0 + 11.2 * rows.len() as f32 };
        self.sheet.items.push(Item::Fill { area, shade: 232 });
        self.down(5.0);
        for row in rows {
            self.text(self.left() + 8.0, &row, Ink::SMALL);
            self.down(11.2);
        }
        self.down(19.0);
    }

    pub fn finish(mut self) -> Sheet {
        self.sheet.height = HEIGHT.max((self.y + MARGIN).ceil());
        self.sheet
    }
}

/// Rows of at most `width`: broken at blanks, within words where there is none.
pub(crate) fn wrap(measure: &Measure<'_>, text: &str, width: f32, ink: Ink) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut row = String::new();
    for word in text.split_whitespace() {
        let longer = if row.is_empty() { word.to_owned() } else { format!("{row} {word}") };
        if measure(&longer, ink) <= width {
            row = longer;
            continue;
        }
        if !row.is_empty() {
            rows.push(std::mem::take(&mut row));
        }
        for c in word.chars() {
            row.push(c);
            if measure(&row, ink) > width && row.chars().count() > 1 {
                row.pop();
                rows.push(std::mem::replace(&mut row, c.to_string()));
            }
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}
