//! Characters out of the recogniser's matrix of time steps and classes (CTC, greedy).

/// A character with its place in the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// Index of its class.
    pub class: usize,
    /// First time step at which it was the likeliest.
    pub first: usize,
    /// Last such step.
    pub last: usize,
    /// Its highest probability.
    pub probability: f32,
}

/// The likeliest class of each time step, with repeats joined and blanks (class 0) dropped. `matrix` has one row of `classes`
/// probabilities for each step.
pub fn greedy(matrix: &[f32], classes: usize) -> Vec<Glyph> {
    let mut out: Vec<Glyph> = Vec::new();
    let mut before = 0;
    for (step, row) in matrix.chunks_exact(classes.max(1)).enumerate() {
        let (class, probability) = likeliest(row);
        if class != 0 {
            match out.last_mut() {
                Some(glyph) if before == class => {
                    glyph.last = step;
                    glyph.probability = glyph.probability.max(probability);
                }
                _ => out.push(Glyph { class, first: step, last: step, probability }),
            }
        }
        before = class;
    }
    out
}

/// Index and value of the largest element. Two passes: the maximum alone vectorises, a search with an index does not.
fn likeliest(row: &[f32]) -> (usize, f32) {
    let mut lanes = [f32::MIN; 16];
    let chunks = row.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane = if *v > *lane { *v } else { *lane };
        }
    }
    let top = lanes.iter().chain(rest).fold(f32::MIN, |a, b| if *b > a { *b } else { a });
    (row.iter().position(|v| *v == top).unwrap_or(0), top)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(steps: &[(usize, f32)], classes: usize) -> Vec<f32> {
        steps.iter().flat_map(|&(class, p)| (0..classes).map(move |c| if c == class { p } else { (1.0 - p) / 100.0 })).collect()
    }

    #[test]
    fn repeats_join_unless_a_blank_parts_them() {
        // blank, 1 1, blank, 1, 2 -> 1 1 2
        let m = matrix(&[(0, 0.9), (1, 0.8), (1, 0.95), (0, 0.9), (1, 0.7), (2, 0.6)], 20);
        let got = greedy(&m, 20);
        assert_eq!(got.iter().map(|g| (g.class, g.first, g.last)).collect::<Vec<_>>(), [(1, 1, 2), (1, 4, 4), (2, 5, 5)]);
        assert!((got[0].probability - 0.95).abs() < 1e-6);
    }

    #[test]
    fn only_blanks_give_nothing() {
        assert!(greedy(&matrix(&[(0, 0.9); 8], 33), 33).is_empty());
        assert!(greedy(&[], 33).is_empty());
    }

    #[test]
    fn the_largest_is_found_wherever_it_stands() {
        for classes in [1, 15, 16, 17, 40] {
            for at in 0..classes {
                let row: Vec<f32> = (0..classes).map(|c| if c == at { 0.9 } else { 0.1 }).collect();
                assert_eq!(likeliest(&row), (at, 0.9));
            }
        }
        assert_eq!(likeliest(&[f32::NAN; 20]).0, 0);
    }
}
