//! A value that was chosen, with what else it could have been.

use super::confidence::rounded;
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
    pub fn into_field(self, source: Source, confidence: f32) -> Field {
        let (score, rest) = (self.score, 1.0 - confidence);
        let less = |a: &Choice| rounded((rest / (1.0 + (score - a.score).max(0.0).exp())).min(rest));
        let alternatives = self.alternatives.iter().take(3);
        let alternatives = alternatives
            .map(|a| Alternative { confidence: less(a), value: a.value.clone(), page: a.page, bbox: a.bbox })
            .collect();
        Field { value: self.value, confidence, source, via: None, page: self.page, bbox: self.bbox, raw: self.raw, alternatives }
    }
}
