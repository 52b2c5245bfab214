//! QR codes as the path of an SVG, drawn here: no picture leaves the page.

use qrcodegen::{QrCode, QrCodeEcc};

/// Modules as a path in a field of 64 × 64 units with a quiet zone; none where the text is too long.
pub fn path(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let unit = 64.0 / f64::from(size + 4);
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let module = |(x, y): (i32, i32)| {
        format!("M{:.2} {:.2}h{unit:.2}v{unit:.2}h-{unit:.2}z", f64::from(x + 2) * unit, f64::from(y + 2) * unit)
    };
    Some(dark.map(module).collect())
}
