//! Sheets of paper on a table: which words of a photo stand on one sheet. Paper is where the shade changes only slowly around the words;
//! an edge, a shadow beside it, or the table between two sheets parts them.

use std::ops::Range;

use image::GrayImage;

use super::scale;

/// The picture is looked at so small that a line of text is so many cells high: then letters are thin enough to be filled in.
const LINE: f32 = 5.0;
/// Cells of that picture along its longer side at most.
const MOST: f32 = 900.0;
/// Features narrower than twice this and one are filled with what is around them: strokes of letters.
const FILL: usize = 2;
/// Steps between neighbouring cells that paper does not make, tried one after the other: a light table meets paper softly, and folds and
/// shadows are sharper than that.
const STEPS: [u8; 3] = [6, 4, 3];
/// The share of all words that sheets hold; else some sheet was not seen.
const MOST_WORDS: f32 = 0.85;
/// Words on a sheet at least; fewer are a logo, or a pen that lies there.
const FEWEST: usize = 8;
/// Sheets that overlap by more of the smaller are one: a table's coloured head lies inside its sheet. Sheets that lie askew have corners in
/// common as upright rectangles have them.
const COMMON: f32 = 0.35;

/// A sheet, in pixels of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The upright rectangle around it: left, top, right, bottom.
    pub place: [f32; 4],
    /// Indices of the words on it.
    pub words: Vec<usize>,
}

/// The sheets on which the words stand, if there are several. `words` are their rectangles in pixels.
pub fn several(picture: &GrayImage, words: &[[f32; 4]]) -> Vec<Sheet> {
    let Some(mut cells) = Cells::of(picture, words) else { return Vec::new() };
    let held = |sheets: &[Sheet]| sheets.iter().map(|sheet| sheet.words.len()).sum::<usize>() as f32;
    for step in STEPS {
        cells.part(step);
        let sheets = sheets(&cells, words);
        if sheets.len() > 1 && held(&sheets) >= MOST_WORDS * words.len() as f32 {
            return sheets;
        }
    }
    Vec::new()
}

/// The words on the one sheet that most of them stand on, in order: what a picture cut out of another shows beside them is left out.
pub fn main(picture: &GrayImage, words: &[[f32; 4]]) -> Option<Vec<usize>> {
    let mut cells = Cells::of(picture, words)?;
    cells.part(STEPS[STEPS.len() - 1]);
    let main = sheets(&cells, words).into_iter().next()?;
    (main.words.len() * 2 > words.len()).then_some(main.words)
}

/// The sheets at one step, those with most words first.
fn sheets(cells: &Cells, words: &[[f32; 4]]) -> Vec<Sheet> {
    let homes: Vec<Option<u32>> = words.iter().map(|word| cells.home(word)).collect();
    let mut labels: Vec<u32> = homes.iter().flatten().copied().collect();
    labels.sort_unstable();
    let counted = labels.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0]));
    let mut counted: Vec<(usize, u32)> = counted.filter(|(count, _)| *count >= FEWEST).collect();
    counted.sort_by(|a, b| b.cmp(a));
    let mut sheets: Vec<(Extent, Sheet)> = Vec::new();
    for (_, label) in counted {
        let extent = Extent::of(cells, label);
        let place = extent.place();
        if sheets.iter().all(|(_, sheet)| common(sheet.place, place) < COMMON) {
            sheets.push((extent, Sheet { place, words: Vec::new() }));
        }
    }
    for (i, word) in words.iter().enumerate() {
        let (x, y) = cells.at((word[0] + word[2]) / 2.0, (word[1] + word[3]) / 2.0);
        if let Some((_, sheet)) = sheets.iter_mut().find(|(extent, _)| extent.holds(x, y)) {
            sheet.words.push(i);
        }
    }
    let pixels = |sheet: Sheet| Sheet { place: sheet.place.map(|v| v / cells.scale), ..sheet };
    sheets.into_iter().map(|(_, sheet)| pixels(sheet)).collect()
}

/// What two rectangles have in common, as a share of the smaller.
fn common(a: [f32; 4], b: [f32; 4]) -> f32 {
    let side = |i: usize| (a[i + 2].min(b[i + 2]) - a[i].max(b[i])).max(0.0);
    let area = |r: [f32; 4]| (r[2] - r[0]) * (r[3] - r[1]);
    side(0) * side(1) / area(a).min(area(b)).max(1.0)
}

/// The small picture: for each cell the number of its region.
struct Cells {
    /// Cells a pixel.
    scale: f32,
    width: usize,
    height: usize,
    shades: Vec<u8>,
    regions: Vec<u32>,
}

impl Cells {
    fn of(picture: &GrayImage, words: &[[f32; 4]]) -> Option<Cells> {
        let mut heights: Vec<f32> = words.iter().map(|[left, top, right, bottom]| (right - left).min(bottom - top)).collect();
        heights.sort_by(f32::total_cmp);
        let height = heights.get(heights.len() / 2)?.max(1.0);
        let scale = (LINE / height).min(MOST / picture.width().max(picture.height()) as f32).min(1.0);
        let small = scale::scaled(picture, scale)?;
        let (width, height) = (small.width() as usize, small.height() as usize);
        let shades = closed(&small.into_raw(), width);
        Some(Cells { scale, width, height, shades, regions: Vec::new() })
    }

    /// Numbers the regions in which neighbours' shades differ by no more than `step`.
    fn part(&mut self, step: u8) {
        self.regions = regions(&self.shades, self.width, step);
    }

    /// A place of the picture as a cell.
    fn at(&self, x: f32, y: f32) -> (usize, usize) {
        let cell = |v: f32, end: usize| ((v * self.scale).max(0.0) as usize).min(end.saturating_sub(1));
        (cell(x, self.width), cell(y, self.height))
    }

    /// The region that most of the cells around a word belong to.
    fn home(&self, word: &[f32; 4]) -> Option<u32> {
        let (left, top) = self.at(word[0], word[1]);
        let (right, bottom) = self.at(word[2], word[3]);
        let (left, top) = (left.saturating_sub(FILL), top.saturating_sub(FILL));
        let (right, bottom) = ((right + FILL).min(self.width - 1), (bottom + FILL).min(self.height - 1));
        let level = [top, bottom].into_iter().flat_map(|y| (left..=right).map(move |x| (x, y)));
        let sides = [left, right].into_iter().flat_map(|x| (top..=bottom).map(move |y| (x, y)));
        let mut around: Vec<u32> = level.chain(sides).map(|(x, y)| self.regions[y * self.width + x]).collect();
        around.sort_unstable();
        around.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map(|run| run[0])
    }
}

/// A region's first and last cell in each row: sheets are convex.
struct Extent(Vec<Range<usize>>);

impl Extent {
    fn of(cells: &Cells, region: u32) -> Extent {
        let rows = cells.regions.chunks_exact(cells.width.max(1)).map(|row| {
            let first = row.iter().position(|cell| *cell == region);
            let last = row.iter().rposition(|cell| *cell == region);
            first.zip(last).map_or(0..0, |(first, last)| first..last + 1)
        });
        Extent(rows.collect())
    }

    fn holds(&self, x: usize, y: usize) -> bool {
        self.0.get(y).is_some_and(|row| row.contains(&x))
    }

    /// Left, top, right, bottom in cells. Letters are filled where they stand, so the rows of a sheet follow each other.
    fn place(&self) -> [f32; 4] {
        let rows = || self.0.iter().enumerate().filter(|(_, row)| !row.is_empty());
        let left = rows().map(|(_, row)| row.start).min().unwrap_or(0);
        let right = rows().map(|(_, row)| row.end).max().unwrap_or(0);
        let top = rows().next().map_or(0, |(y, _)| y);
        let bottom = rows().next_back().map_or(0, |(y, _)| y + 1);
        [left, top, right, bottom].map(|v| v as f32)
    }
}

/// Grey closing: the lightest of the neighbourhood, then the darkest of that. What is dark and narrow is gone, the rest as it was.
fn closed(picture: &[u8], width: usize) -> Vec<u8> {
    spread(&spread(picture, width, u8::max), width, u8::min)
}

fn spread(picture: &[u8], width: usize, best: impl Fn(u8, u8) -> u8 + Copy) -> Vec<u8> {
    let mut level = picture.to_vec();
    for (out, row) in level.chunks_exact_mut(width.max(1)).zip(picture.chunks_exact(width.max(1))) {
        shifted(out, row, 1, best);
    }
    let mut out = level.clone();
    shifted(&mut out, &level, width, best);
    out
}

/// For each cell the best of those up to [`FILL`] steps before and behind it.
fn shifted(out: &mut [u8], cells: &[u8], step: usize, best: impl Fn(u8, u8) -> u8) {
    for shift in (1..=FILL).map(|distance| distance * step).filter(|shift| *shift < cells.len()) {
        out[shift..].iter_mut().zip(cells).for_each(|(out, cell)| *out = best(*out, *cell));
        out.iter_mut().zip(&cells[shift..]).for_each(|(out, cell)| *out = best(*out, *cell));
    }
}

/// Numbers of connected regions: neighbours whose shades differ by no more than `step` belong together.
fn regions(picture: &[u8], width: usize, step: u8) -> Vec<u32> {
    let mut parents: Vec<u32> = (0..).take(picture.len()).collect();
    for i in 0..picture.len() {
        if i % width > 0 && picture[i].abs_diff(picture[i - 1]) <= step {
            join(&mut parents, i, i - 1);
        }
        if i >= width && picture[i].abs_diff(picture[i - width]) <= step {
            join(&mut parents, i, i - width);
        }
    }
    (0..parents.len()).map(|i| root(&mut parents, i)).collect()
}

fn join(parents: &mut [u32], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b) as usize] = a.min(b);
}

fn root(parents: &mut [u32], mut cell: usize) -> u32 {
    while parents[cell] as usize != cell {
        parents[cell] = parents[parents[cell] as usize];
        cell = parents[cell] as usize;
    }
    cell as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of one shade with sheets of another on it, and on each rows of words, black strokes with gaps.
    fn table(shade: u8, sheets: &[([u32; 4], u8)]) -> (GrayImage, Vec<[f32; 4]>) {
        let mut picture = GrayImage::from_pixel(600, 400, image::Luma([shade]));
        let mut words = Vec::new();
        for ([left, top, right, bottom], paper) in sheets {
            for (x, y) in (*left..*right).flat_map(|x| (*top..*bottom).map(move |y| (x, y))) {
                picture.put_pixel(x, y, image::Luma([*paper]));
            }
            for (x, y) in
                (left + 10..right - 50).step_by(60).flat_map(|x| (top + 10..bottom - 20).step_by(25).map(move |y| (x, y)))
            {
                words.push([x as f32, y as f32, x as f32 + 40.0, y as f32 + 10.0]);
                for (dx, dy) in (0..40).step_by(3).flat_map(|dx| (0..10).map(move |dy| (dx, dy))) {
                    picture.put_pixel(x + dx, y + dy, image::Luma([20]));
                }
            }
        }
        (picture, words)
    }

    #[test]
    fn sheets_on_dark_and_on_light_tables() {
        for shade in [60, 200, 255] {
            let (picture, words) = table(shade, &[([20, 20, 260, 380], 230), ([290, 40, 580, 300], 225)]);
            let found = several(&picture, &words);
            assert_eq!(found.len(), 2, "on {shade}");
            assert_eq!(found.iter().map(|sheet| sheet.words.len()).sum::<usize>(), words.len(), "on {shade}");
            let first = found.iter().find(|sheet| sheet.words.contains(&0)).expect("the first sheet");
            let near = first.place.iter().zip([20.0, 20.0, 260.0, 380.0]).all(|(a, b): (&f32, f32)| (a - b).abs() < 8.0);
            assert!(near, "{:?}", first.place);
        }
    }

    #[test]
    fn a_coloured_field_is_no_sheet() {
        let (mut picture, words) = table(90, &[([20, 20, 580, 380], 240)]);
        for (x, y) in (30..570).flat_map(|x| (80..200).map(move |y| (x, y))) {
            let shade = picture.get_pixel(x, y).0[0];
            picture.put_pixel(x, y, image::Luma([if shade > 100 { 200 } else { shade }]));
        }
        assert!(several(&picture, &words).is_empty());
        assert_eq!(main(&picture, &words).map(|words| words.len()), Some(words.len()));
    }

    #[test]
    fn a_neighbours_corner_is_left_out() {
        let (picture, words) = table(70, &[([20, 20, 400, 380], 235), ([430, 20, 600, 380], 235)]);
        let ours: Vec<usize> = (0..words.len()).filter(|&i| words[i][0] < 400.0).collect();
        assert_eq!(main(&picture, &words), Some(ours));
    }

    #[test]
    fn nothing_is_found_on_nothing() {
        assert!(several(&GrayImage::new(0, 0), &[]).is_empty());
        assert!(several(&GrayImage::new(300, 200), &[[0.0, 0.0, 400.0, 300.0]]).is_empty());
    }
}
