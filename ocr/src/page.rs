//! Pages and the tokens on them: what a text layer or an OCR engine saw, in one shape for all of them.

use serde::{Deserialize, Serialize};

use crate::reading::Source;

/// A rectangle on a page in points (1/72 inch), origin top left: left, top, right, bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct Box {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
}

impl Box {
    /// The smallest rectangle that holds both.
    pub fn union(self, other: Box) -> Box {
        Box {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Whether a point lies in it.
    pub fn contains(self, x: f32, y: f32) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// The same place, counted from the corner of `part`.
    #[must_use]
    pub fn seen_from(self, part: Box) -> Box {
        let Box { left, top, right, bottom } = self;
        Box { left: left - part.left, top: top - part.top, right: right - part.left, bottom: bottom - part.top }
    }

    /// What both have in common, if anything.
    pub fn common(self, other: Box) -> Option<Box> {
        let both = Box {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (both.width() > 0.0 && both.height() > 0.0).then_some(both)
    }

    /// Width in points.
    pub fn width(self) -> f32 {
        self.right - self.left
    }

    /// Height in points.
    pub fn height(self) -> f32 {
        self.bottom - self.top
    }

    /// Area in square points.
    pub fn area(self) -> f32 {
        self.width() * self.height()
    }

    /// Horizontal centre.
    pub fn center_x(self) -> f32 {
        (self.left + self.right) / 2.0
    }

    /// Vertical centre.
    pub fn center_y(self) -> f32 {
        (self.top + self.bottom) / 2.0
    }
}

impl From<[f32; 4]> for Box {
    fn from([left, top, right, bottom]: [f32; 4]) -> Self {
        Box { left, top, right, bottom }
    }
}

impl From<Box> for [f32; 4] {
    fn from(b: Box) -> Self {
        // Hundredths of a point are finer than any printer; more digits only make the JSON longer.
        [b.left, b.top, b.right, b.bottom].map(|v| (v * 100.0).round() / 100.0)
    }
}

/// A word as printed, with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PageToken))]
pub struct Token {
    /// The characters as read, without blanks.
    pub text: String,
    /// Where it stands.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = [f32; 4]))]
    pub bbox: Box,
    /// How sure the engine is of the characters, 0 to 1; 1 for a text layer.
    pub confidence: f32,
    /// Index of the line it belongs to as the source saw it, counted from 0 down the page.
    pub line: u32,
    /// Font size in points; 0 where the source does not know.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size: f32,
    /// Set in a bold face.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// Text a reader of the paper cannot see (render mode, colour, size, clip): it never decides a field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

/// One page of a paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    /// Counted from 1 within the file.
    pub number: u32,
    /// Width in points, as displayed (after rotation).
    pub width: f32,
    /// Height in points, as displayed.
    pub height: f32,
    /// Degrees clockwise (0, 90, 180 or 270) by which the page as displayed was turned to stand upright; size and boxes are
    /// those of the turned page.
    #[serde(default, skip_serializing_if = "is_upright")]
    pub turned: u16,
    /// Degrees clockwise by which lines still slope on the turned page: a sheet laid askew, a photo. 0 for a text layer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skew: f32,
    /// The part of the page, before any turn, that this is: one of several papers on one photo, say. Size and boxes are those of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[f32; 4]>))]
    pub region: Option<Box>,
    /// Where the tokens are from: the PDF's text layer or OCR.
    pub source: Source,
    /// Words in reading order: by line, then left to right.
    pub tokens: Vec<Token>,
    /// Codes found on the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
}

impl Page {
    /// What stands in a part of the page, as a page of its own; places count from the part's corner.
    #[must_use]
    pub fn part(&self, part: Box) -> Page {
        let inside = |place: Box| part.contains(place.center_x(), place.center_y());
        let tokens = self.tokens.iter().filter(|token| inside(token.bbox));
        let codes = self.codes.iter().filter(|code| inside(code.bbox));
        Page {
            width: part.width(),
            height: part.height(),
            tokens: tokens.map(|token| Token { bbox: token.bbox.seen_from(part), ..token.clone() }).collect(),
            codes: codes.map(|code| Code { bbox: code.bbox.seen_from(part), ..code.clone() }).collect(),
            ..self.clone()
        }
    }
}

/// A QR code or barcode, as decoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PageCode))]
pub struct Code {
    /// `qr`, `code128`, `datamatrix`, `ean13`, …
    pub symbology: String,
    /// Its content.
    pub text: String,
    /// Where it stands.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = [f32; 4]))]
    pub bbox: Box,
}

fn is_upright(turned: &u16) -> bool {
    *turned == 0
}

fn is_zero(v: &f32) -> bool {
    *v == 0.0
}
