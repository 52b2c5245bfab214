//! A value that was chosen, and how sure that is.

use super::weights::Weights;
use crate::page::Box;
use crate::reading::{Alternative, Field, Source};

/// A value with its evidence in log-odds.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub value: String,
    pub score: f32,
    pub page: Option<u32>,
    pub bbox: Option<Box>,
    pub raw: Option<String>,
    pub alternatives: Vec<Choice>,
}

impl Choice {
    /// As a field of a reading.
    pub fn into_field(self, source: Source, weights: &Weights) -> Field {
        let rival = self.alternatives.iter().map(|a| a.score).fold(f32::MIN, f32::max);
        let margin = if rival == f32::MIN { 4.0 } else { (self.score - rival).clamp(-2.0, 4.0) };
        let read = if source == Source::Ocr { weights.confidence_ocr } else { 0.0 };
        let confidence = probability(self.score + read, margin, weights);
        Field {
            value: self.value,
            confidence,
            source,
            via: None,
            page: self.page,
            bbox: self.bbox,
            raw: self.raw,
            alternatives: self
                .alternatives
                .into_iter()
                .take(3)
                .map(|a| Alternative {
                    confidence: round(probability(a.score, a.score - self.score, weights).min(1.0 - confidence)),
                    value: a.value,
                    page: a.page,
                    bbox: a.bbox,
                })
                .collect(),
        }
    }
}

/// Log-odds to probability, two digits.
pub(super) fn probability(score: f32, margin: f32, weights: &Weights) -> f32 {
    let x = weights.confidence_slope * score + weights.confidence_margin * margin + weights.confidence_offset;
    round((1.0 / (1.0 + (-x).exp())).clamp(0.01, 0.99))
}

fn round(v: f32) -> f32 {
    (v * 100.0).round() / 100.0
}
