//! Draws the page that is made for a paper that is XML only, with a font that is part of the program: whatever a country's letters are.

use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont, point};
use encoding_rs::Encoding;
use image::{GrayImage, Luma};
use ocr::html::Laid;
use ocr::reading::Reading;
use ocr::sheet::{self, Ink, Item, Sheet};

/// The faces, regular and bold.
struct Faces([FontRef<'static>; 2]);

impl Faces {
    fn open() -> Option<Faces> {
        let regular = FontRef::try_from_slice(dejavu::sans_condensed::regular()).ok()?;
        let bold = FontRef::try_from_slice(dejavu::sans_condensed::bold()).ok()?;
        Some(Faces([regular, bold]))
    }

    fn face(&self, ink: Ink) -> &FontRef<'static> {
        &self.0[usize::from(ink.bold)]
    }

    /// Pixels per em at `scale` pixels a point, in the crate's measure (ascent to descent).
    fn px(&self, ink: Ink, scale: f32) -> PxScale {
        let face = self.face(ink);
        let em = face.units_per_em().unwrap_or(1000.0);
        PxScale::from(ink.size * scale * face.height_unscaled() / em)
    }

    fn width(&self, text: &str, ink: Ink) -> f32 {
        let font = self.face(ink).as_scaled(self.px(ink, 1.0));
        let (mut x, mut last) = (0.0, None);
        for c in text.chars() {
            let glyph = font.glyph_id(c);
            x += last.map_or(0.0, |last: GlyphId| font.kern(last, glyph)) + font.h_advance(glyph);
            last = Some(glyph);
        }
        x
    }

    fn draw(&self, picture: &mut GrayImage, [x, y]: [f32; 2], text: &str, ink: Ink, scale: f32) {
        let px = self.px(ink, scale);
        let font = self.face(ink).as_scaled(px);
        let (mut x, mut last) = (x * scale, None);
        for c in text.chars() {
            let id = font.glyph_id(c);
            x += last.map_or(0.0, |last: GlyphId| font.kern(last, id));
            if let Some(outline) = font.outline_glyph(id.with_scale_and_position(px, point(x, y * scale))) {
                let corner = outline.px_bounds().min;
                outline.draw(|dx, dy, cover| shade(picture, [corner.x + dx as f32, corner.y + dy as f32], cover, ink.shade));
            }
            x += font.h_advance(id);
            last = Some(id);
        }
    }
}

/// A pixel darkened by as much of it as the letter covers.
fn shade(picture: &mut GrayImage, [x, y]: [f32; 2], cover: f32, ink: u8) {
    if x < 0.0 || y < 0.0 {
        return;
    }
    if let Some(pixel) = picture.get_pixel_mut_checked(x as u32, y as u32) {
        let cover = cover.clamp(0.0, 1.0);
        pixel.0[0] = (f32::from(pixel.0[0]) * (1.0 - cover) + f32::from(ink) * cover).round() as u8;
    }
}

/// The page of a reading, set in the program's own font.
pub fn set(reading: &Reading) -> Option<Sheet> {
    let faces = Faces::open()?;
    Some(sheet::of(reading, &|text, ink| faces.width(text, ink)))
}

/// The pages of HTML, set in the program's own font. `declared` is its media type as its mail says it.
pub fn html(bytes: &[u8], declared: Option<&str>) -> Option<Vec<Laid>> {
    let faces = Faces::open()?;
    Some(ocr::html::pages(&characters(bytes, declared), &|text, ink| faces.width(text, ink)))
}

/// By a byte order mark, by what the mail says, by what the file says itself; else UTF-8 if it is that, else the letters of Central Europe.
fn characters(bytes: &[u8], declared: Option<&str>) -> String {
    let named = declared.and_then(|declared| declared.split("charset=").nth(1)).map(|name| name.trim_matches('"').to_owned());
    let label = |name: String| Encoding::for_label(name.as_bytes());
    let head = || String::from_utf8_lossy(&bytes[..bytes.len().min(8 << 10)]).into_owned();
    let said = Encoding::for_bom(bytes).map(|(encoding, _)| encoding).or_else(|| named.and_then(label));
    // What is valid UTF-8 with letters beyond ASCII is that, whatever a program left in its head.
    let valid = std::str::from_utf8(bytes).is_ok();
    let encoding = said.unwrap_or_else(|| match valid {
        true => encoding_rs::UTF_8,
        false => ocr::html::declared_charset(&head()).and_then(label).unwrap_or(encoding_rs::WINDOWS_1250),
    });
    encoding.decode(bytes).0.into_owned()
}

/// A page drawn at `dpi`.
pub fn draw(sheet: &Sheet, dpi: f32) -> Option<GrayImage> {
    let faces = Faces::open()?;
    let scale = dpi / 72.0;
    let side = |points: f32| ((points * scale).round() as u32).max(1);
    let mut picture = GrayImage::from_pixel(side(sheet.width), side(sheet.height), Luma([255]));
    for item in &sheet.items {
        match item {
            Item::Text { x, y, ink, text } => faces.draw(&mut picture, [*x, *y], text, *ink, scale),
            Item::Fill { area, shade } => {
                let (right, bottom) = (side(area.right).min(picture.width()), side(area.bottom).min(picture.height()));
                let top = side(area.top).min(bottom.saturating_sub(1));
                for y in top..bottom {
                    for x in side(area.left)..right {
                        picture.put_pixel(x, y, Luma([*shade]));
                    }
                }
            }
        }
    }
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_the_letters_of_our_languages() {
        let faces = Faces::open().expect("faces");
        for face in &faces.0 {
            for c in "ąćęłńóśźżĄĆĘŁŃÓŚŹŻăâîșțşţĂÂÎȘȚğıİöüçŞĞäßõãáéíúàêôñ€₺zł…×".chars()
            {
                assert_ne!(face.glyph_id(c), GlyphId(0), "{c}");
            }
        }
    }

    #[test]
    fn charsets_of_mails() {
        let polish = b"<p>Do zap\xb3aty</p>";
        assert!(characters(polish, Some("text/html; charset=iso-8859-2")).contains("zapłaty"));
        assert!(characters(polish, None).contains("zapłaty"));
        assert!(characters(b"<meta charset=windows-1254><p>\xfe\xfd</p>", None).contains("şı"));
        assert!(characters("<meta charset=iso-8859-1><p>zapłaty".as_bytes(), None).contains("zapłaty"));
    }

    #[test]
    fn a_page_has_ink_where_its_text_is() {
        let xml = r#"<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"><Podmiot1><DaneIdentyfikacyjne><Nazwa>Młyn Łódź</Nazwa></DaneIdentyfikacyjne></Podmiot1><Fa><P_2>FV/7</P_2><P_15>10.00</P_15></Fa></Faktura>"#;
        let reading = ocr::xml::read(xml.as_bytes()).expect("XML").remove(0);
        let sheet = set(&reading).expect("sheet");
        let picture = draw(&sheet, 100.0).expect("picture");
        assert_eq!((picture.width(), picture.height()), (826, 1169));
        let dark = |place: ocr::page::Box| {
            let pixels = |v: f32| (v * 100.0 / 72.0) as u32;
            (pixels(place.top)..pixels(place.bottom))
                .flat_map(|y| (pixels(place.left)..pixels(place.right)).map(move |x| (x, y)))
                .filter(|(x, y)| picture.get_pixel(*x, *y).0[0] < 100)
                .count()
        };
        assert!(!sheet.places.is_empty());
        for (name, place) in &sheet.places {
            assert!(dark(*place) > 5, "{}", name.as_str());
        }
    }
}
