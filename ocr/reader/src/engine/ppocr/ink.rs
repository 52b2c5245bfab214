//! Where a line has no ink: the recogniser now and then leaves out the blank between two words, the picture still shows it.

/// Which columns of a line's picture are paper from top to bottom.
#[derive(Clone, Debug, Default)]
pub struct Ink {
    paper: Vec<bool>,
    height: usize,
}

/// A column is paper where its brightness differs by less than this share of the line's strongest contrast.
const FLAT: f32 = 0.3;

impl Ink {
    /// Looks at a picture of `width` columns and `height` rows.
    pub fn of(picture: &[f32], width: usize, height: usize) -> Ink {
        let (mut low, mut high) = (vec![f32::MAX; width], vec![f32::MIN; width]);
        for row in picture.chunks_exact(width.max(1)).take(height) {
            for (x, v) in row.iter().enumerate() {
                low[x] = low[x].min(*v);
                high[x] = high[x].max(*v);
            }
        }
        let contrast = low.iter().zip(&high).map(|(l, h)| h - l).fold(0.0, f32::max);
        Ink { paper: low.iter().zip(&high).map(|(l, h)| h - l < FLAT * contrast).collect(), height }
    }

    /// The widest stretch of paper between two places (shares of the width), in heights of the line.
    pub fn gap(&self, from: f32, to: f32) -> f32 {
        let column = |share: f32| ((share * self.paper.len() as f32) as usize).min(self.paper.len());
        let (mut widest, mut run) = (0usize, 0usize);
        for paper in &self.paper[column(from)..column(to).max(column(from))] {
            run = if *paper { run + 1 } else { 0 };
            widest = widest.max(run);
        }
        widest as f32 / self.height.max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_gap_counts_in_heights_of_the_line() {
        // ink in columns 0..4, 6..10 and 18..20 of a line 10 high
        let ink = |x: usize| (0..4).contains(&x) || (6..10).contains(&x) || (18..20).contains(&x);
        let picture: Vec<f32> = (0..10).flat_map(|y| (0..20).map(move |x| if ink(x) && y > 2 { -1.0 } else { 0.9 })).collect();
        let ink = Ink::of(&picture, 20, 10);
        assert_eq!([ink.gap(0.1, 0.4), ink.gap(0.4, 0.95), ink.gap(0.0, 1.0), ink.gap(0.9, 0.1)], [0.2, 0.8, 0.8, 0.0]);
        assert_eq!(Ink::default().gap(0.0, 1.0), 0.0);
    }
}
