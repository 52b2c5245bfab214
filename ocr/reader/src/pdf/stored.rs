//! Pictures as the file stores them. To draw one, PDFium first makes a colour transform of its ICC profile, which takes longer than to
//! read all the text of the page; a code is as well seen without.

#![expect(unsafe_code, reason = "the binding does not lend the bytes of a picture")]

use std::ffi::{c_ulong, c_void};
use std::io::Cursor;
use std::ptr::NonNull;

use image::{GrayImage, ImageFormat, ImageReader};
use pdfium_render::prelude::{PdfDocument, PdfiumLibraryBindings, PdfiumLibraryBindingsAccessor};

use super::inflate;

/// Where an object is on its page: its place among the page's objects and, if that is a form, among the form's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Among the objects of the page.
    pub object: usize,
    /// Among the objects of the form that it is.
    pub within: Option<usize>,
}

/// A picture, or why it can't be told without drawing it.
#[derive(Debug)]
pub enum Stored {
    /// Its shades, from black to white. If not `exact`, light and dark may be exchanged: the samples may be places in a palette.
    Shades {
        /// The picture.
        shades: GrayImage,
        /// Whether the samples are colours.
        exact: bool,
    },
    /// It has too many pixels.
    Enormous,
    /// It is stored in another way.
    Unknown,
}

/// A page opened a second time, for what the binding does not lend of the first.
pub struct Page<'a> {
    bindings: &'a dyn PdfiumLibraryBindings,
    document: NonNull<c_void>,
    page: NonNull<c_void>,
    /// PDFium reads from them until the document is closed.
    bytes: &'a [u8],
}

impl<'a> Page<'a> {
    /// A page (from 1) of a file that is open already.
    pub fn open(open: &PdfDocument<'a>, bytes: &'a [u8], number: u32) -> Option<Page<'a>> {
        let (bindings, index) = (open.bindings(), i32::try_from(number.checked_sub(1)?).ok()?);
        // SAFETY: the bytes outlive the document, which `drop` closes.
        let document = NonNull::new(unsafe { bindings.FPDF_LoadMemDocument64(bytes, None) }.cast::<c_void>())?;
        // SAFETY: the document was just opened; an index out of range gives null.
        let page = NonNull::new(unsafe { bindings.FPDF_LoadPage(document.as_ptr().cast(), index) }.cast::<c_void>());
        if page.is_none() {
            // SAFETY: nothing of the document is in use.
            unsafe { bindings.FPDF_CloseDocument(document.as_ptr().cast()) };
        }
        Some(Page { bindings, document, page: page?, bytes })
    }

    /// A picture of at most `most` pixels.
    pub fn picture(&self, path: Path, most: u64) -> Stored {
        let Some(object) = self.object(path) else { return Stored::Unknown };
        let (mut width, mut height) = (0, 0);
        // SAFETY: the object belongs to the open page; of one that is no picture, the call writes nothing.
        let is_picture = unsafe { self.bindings.FPDFImageObj_GetImagePixelSize(object.as_ptr().cast(), &mut width, &mut height) };
        if is_picture == 0 {
            return Stored::Unknown;
        }
        if u64::from(width) * u64::from(height) > most {
            return Stored::Enormous;
        }
        self.shades(object, width, height).unwrap_or(Stored::Unknown)
    }

    fn shades(&self, object: NonNull<c_void>, width: u32, height: u32) -> Option<Stored> {
        match self.packing(object)? {
            Packing::Flate => grey(self.inflated(object, width, height).or_else(|| self.data(object))?, width, height),
            Packing::Plain => grey(self.data(object)?, width, height),
            Packing::Jpeg => {
                let mut reader = ImageReader::with_format(Cursor::new(self.data(object)?), ImageFormat::Jpeg);
                // The file says one size, the JPEG in it may say another.
                let mut allowed = image::Limits::default();
                (allowed.max_image_width, allowed.max_image_height) = (Some(width), Some(height));
                reader.limits(allowed);
                Some(Stored::Shades { shades: reader.decode().ok()?.into_luma8(), exact: true })
            }
        }
    }

    fn object(&self, path: Path) -> Option<NonNull<c_void>> {
        // SAFETY: the page is open; an index out of range gives null.
        let object = unsafe { self.bindings.FPDFPage_GetObject(self.page.as_ptr().cast(), i32::try_from(path.object).ok()?) };
        let object = NonNull::new(object.cast::<c_void>())?;
        let Some(within) = path.within else { return Some(object) };
        // SAFETY: as above; of an object that is no form, null.
        let inner = unsafe { self.bindings.FPDFFormObj_GetObject(object.as_ptr().cast(), within as c_ulong) };
        NonNull::new(inner.cast::<c_void>())
    }

    /// How the picture is packed, by the last of its filters.
    fn packing(&self, object: NonNull<c_void>) -> Option<Packing> {
        // SAFETY: the object belongs to the open page.
        let count = unsafe { self.bindings.FPDFImageObj_GetImageFilterCount(object.as_ptr().cast()) };
        if count <= 0 {
            return Some(Packing::Plain);
        }
        let mut name = [0u8; 32];
        // SAFETY: at most as many bytes are written as the buffer has.
        let length = unsafe {
            let (buffer, size) = (name.as_mut_ptr().cast(), name.len() as c_ulong);
            self.bindings.FPDFImageObj_GetImageFilter(object.as_ptr().cast(), count - 1, buffer, size)
        };
        match name.get(..(length as usize).checked_sub(1)?)? {
            b"FlateDecode" | b"Fl" if count == 1 => Some(Packing::Flate),
            b"FlateDecode" | b"Fl" | b"LZWDecode" | b"LZW" | b"RunLengthDecode" | b"RL" | b"ASCII85Decode" | b"A85"
            | b"ASCIIHexDecode" | b"AHx" => Some(Packing::Plain),
            b"DCTDecode" | b"DCT" => Some(Packing::Jpeg),
            _ => None,
        }
    }

    /// The bytes of a picture that is only deflated. PDFium unpacks all of it to tell its length, and once more to give it.
    fn inflated(&self, object: NonNull<c_void>, width: u32, height: u32) -> Option<Vec<u8>> {
        // SAFETY: the object belongs to the open page, and nothing is written to no buffer.
        let length =
            unsafe { self.bindings.FPDFImageObj_GetImageDataRaw(object.as_ptr().cast(), std::ptr::null_mut(), 0) } as usize;
        // The binding does not tell the predictor. One that can't be told by the length is said in the open somewhere in the file.
        if length == 0 || length > MOST_BYTES || inflate::has_differences(self.bytes) {
            return None;
        }
        let mut packed = vec![0u8; length];
        // SAFETY: as above; no more is written than the buffer holds.
        let written = unsafe {
            let (data, size) = (packed.as_mut_ptr().cast(), length as c_ulong);
            self.bindings.FPDFImageObj_GetImageDataRaw(object.as_ptr().cast(), data, size)
        };
        (written as usize == length).then(|| inflate::samples(&packed, width as usize, height as usize, MOST_BYTES))?
    }

    /// The bytes of a picture, unpacked but for JPEG.
    fn data(&self, object: NonNull<c_void>) -> Option<Vec<u8>> {
        // PDFium ends the process if a buffer is shorter than the data, and writes nothing into a longer one: the length comes first.
        let length = self.decoded(object, &mut []);
        if length == 0 || length > MOST_BYTES {
            return None;
        }
        let mut data = vec![0u8; length];
        (self.decoded(object, &mut data) == length).then_some(data)
    }

    /// Writes the data into a buffer of exactly its length; of an empty one it tells the length alone.
    fn decoded(&self, object: NonNull<c_void>, buffer: &mut [u8]) -> usize {
        // SAFETY: the object belongs to the open page, and no more is written than the buffer holds.
        let length = unsafe {
            let (data, size) = (buffer.as_mut_ptr().cast(), buffer.len() as c_ulong);
            self.bindings.FPDFImageObj_GetImageDataDecoded(object.as_ptr().cast(), data, size)
        };
        length as usize
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // SAFETY: both were opened here, and nothing of them is lent out.
        unsafe {
            self.bindings.FPDF_ClosePage(self.page.as_ptr().cast());
            self.bindings.FPDF_CloseDocument(self.document.as_ptr().cast());
        }
    }
}

enum Packing {
    Flate,
    Plain,
    Jpeg,
}

/// Unpacked bytes of a picture at most.
const MOST_BYTES: usize = 32 << 20;

/// Shades of unpacked pixels. How many samples a pixel has is told by their number.
fn grey(data: Vec<u8>, width: u32, height: u32) -> Option<Stored> {
    let (columns, rows) = (width as usize, height as usize);
    let pixels = columns * rows;
    let packed = |bits: usize| (columns * bits).div_ceil(8) * rows;
    let (shades, exact) = match data.len() {
        _ if pixels == 0 => return None,
        n if n == pixels => (data, false),
        n if n == pixels * 3 => (data.chunks_exact(3).map(light).collect(), true),
        // The more ink of any colour, the darker.
        n if n == pixels * 4 => (data.chunks_exact(4).map(|inks| 255 - inks.iter().max().unwrap_or(&0)).collect(), true),
        n => (unpacked(&data, columns, rows, [1, 2, 4].into_iter().find(|bits| packed(*bits) == n)?), false),
    };
    Some(Stored::Shades { shades: GrayImage::from_raw(width, height, spread(shades)?)?, exact })
}

fn light(rgb: &[u8]) -> u8 {
    ((u16::from(rgb[0]) + 2 * u16::from(rgb[1]) + u16::from(rgb[2])) / 4) as u8
}

/// One byte a sample of 1, 2 or 4 bits; each row begins with a byte of its own (ISO 32000-1, 8.9.3).
fn unpacked(data: &[u8], columns: usize, rows: usize, bits: usize) -> Vec<u8> {
    let (stride, each) = ((columns * bits).div_ceil(8), 8 / bits);
    let mask = (1u8 << bits) - 1;
    let sample = |row: &[u8], x: usize| (row[x / each] >> (8 - bits - x % each * bits)) & mask;
    data.chunks_exact(stride).take(rows).flat_map(|row| (0..columns).map(move |x| sample(row, x))).collect()
}

/// From black to white whatever the samples are; none of a picture of one shade, whose form may be in its mask.
fn spread(mut shades: Vec<u8>) -> Option<Vec<u8>> {
    let (low, high) = shades.iter().fold((255u8, 0u8), |(l, h), v| (l.min(*v), h.max(*v)));
    if low == high {
        return None;
    }
    if high - low < 128 {
        let range = u16::from(high - low);
        shades.iter_mut().for_each(|v| *v = (u16::from(*v - low) * 255 / range) as u8);
    }
    Some(shades)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_any_size_become_shades() {
        let striped = Some([255, 0, 255, 0, 255, 0].as_slice());
        let cases = [
            ("one bit", vec![0b1010_0000, 0b0100_0000], striped),
            ("a byte", vec![1, 0, 1, 0, 1, 0], striped),
            ("red, green, blue", [[255; 3], [0; 3]].concat().repeat(3), striped),
            ("four inks", [[0, 0, 0, 0], [0, 0, 0, 255]].concat().repeat(3), striped),
            ("one shade", vec![7; 6], None),
            ("of no known size", vec![7; 5], None),
        ];
        for (name, data, expected) in cases {
            let shades = match grey(data, 3, 2) {
                Some(Stored::Shades { shades, .. }) => Some(shades.into_raw()),
                _ => None,
            };
            assert_eq!(shades.as_deref(), expected, "{name}");
        }
    }
}
