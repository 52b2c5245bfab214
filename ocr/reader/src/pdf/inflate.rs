//! Samples of a deflated picture, unpacked once. What they were predicted by is told by their number: the predictors of PNG begin each
//! row with a byte of their own (ISO 32000-1, 7.4.4.4).

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Bits a pixel may have, likeliest first.
const BITS: [usize; 6] = [24, 8, 1, 32, 4, 2];

/// Unpacks; nothing if it is damaged, longer than `most` bytes, or of no number of samples that the size allows.
pub(super) fn samples(packed: &[u8], width: usize, height: usize, most: usize) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    ZlibDecoder::new(packed).take(most as u64 + 1).read_to_end(&mut data).ok()?;
    let stride = |bits: usize| (width * bits).div_ceil(8);
    if height == 0 || width < 8 || data.len() > most {
        return None;
    }
    if BITS.iter().any(|bits| stride(*bits) * height == data.len()) {
        return Some(data);
    }
    let bits = BITS.into_iter().find(|bits| (stride(*bits) + 1) * height == data.len())?;
    restored(&data, stride(bits), (bits / 8).max(1))
}

/// Rows of PNG (W3C PNG, 9.2), each after the byte that names its filter, `each` bytes a pixel.
fn restored(data: &[u8], stride: usize, each: usize) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0u8; stride];
    for row in data.chunks_exact(stride + 1) {
        let start = out.len();
        for (x, value) in row[1..].iter().enumerate() {
            let left = if x < each { 0 } else { out[start + x - each] };
            let corner = if x < each { 0 } else { above[x - each] };
            let predicted = match row[0] {
                0 => 0,
                1 => left,
                2 => above[x],
                3 => u8::midpoint(left, above[x]),
                4 => paeth(left, above[x], corner),
                _ => return None,
            };
            out.push(value.wrapping_add(predicted));
        }
        above.copy_from_slice(&out[start..]);
    }
    Some(out)
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let [near_a, near_b, near_c] = [a, b, c].map(|v| (a + b - c - v).abs());
    if near_a <= near_b && near_a <= near_c {
        left
    } else if near_b <= near_c {
        above
    } else {
        corner
    }
}

/// Whether the file says of anything that its samples are differences to the left (TIFF's predictor 2), which their number does not tell.
pub(super) fn has_differences(file: &[u8]) -> bool {
    const NAME: &[u8] = b"/Predictor";
    let mut rest = file;
    while let Some(at) = rest.iter().position(|b| *b == b'/') {
        rest = &rest[at..];
        if let Some(value) = rest.strip_prefix(NAME)
            && value.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'2')
        {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    fn packed(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    #[allow(clippy::needless_range_loop)] // the same index goes through three rows
    fn samples_come_back_whatever_predicted_them() {
        let rows: Vec<[u8; 8]> = vec![
            [0, 10, 20, 30, 200, 255, 7, 7],
            [1, 9, 21, 33, 180, 250, 0, 255],
            [90; 8],
            [3; 8],
            [255, 0, 255, 0, 1, 2, 3, 4],
        ];
        let plain: Vec<u8> = rows.concat();
        assert_eq!(samples(&packed(&plain), 8, 5, 1000).as_ref(), Some(&plain));
        let mut filtered = Vec::new();
        for (y, row) in rows.iter().enumerate() {
            filtered.push(y as u8);
            for x in 0..8 {
                let left = if x == 0 { 0 } else { row[x - 1] };
                let above = if y == 0 { 0 } else { rows[y - 1][x] };
                let corner = if x == 0 || y == 0 { 0 } else { rows[y - 1][x - 1] };
                let predicted = match y {
                    0 => 0,
                    1 => left,
                    2 => above,
                    3 => ((u16::from(left) + u16::from(above)) / 2) as u8,
                    _ => paeth(left, above, corner),
                };
                filtered.push(row[x].wrapping_sub(predicted));
            }
        }
        assert_eq!(samples(&packed(&filtered), 8, 5, 1000), Some(plain.clone()));
        assert_eq!(samples(&packed(&plain), 8, 4, 1000), None, "of no known size");
        assert_eq!(samples(&packed(&plain), 8, 5, 20), None, "too long");
        assert_eq!(samples(&packed(&plain)[..10], 8, 5, 1000), None, "cut off");
    }

    #[test]
    fn differences_are_said_in_the_open() {
        assert!(has_differences(b"<</Columns 9/Predictor 2>>"));
        assert!(!has_differences(b"<</Predictor 15/Columns 9 /Predictor\n12>>"));
    }
}
