//! Weights of the scorer: data, so that they can be fitted without touching code.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// All weights, in log-odds; see `ocr/weights/evidence.toml` for what each means.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Weights {
    pub inline: f32,
    pub right: f32,
    pub right_step: f32,
    pub below: f32,
    pub below_step: f32,
    pub strong_label: f32,
    pub weak_label: f32,
    pub clean_label: f32,
    pub leading_label: f32,
    pub stranger: f32,
    pub checksum: f32,
    pub closes: f32,
    pub does_not_close: f32,
    pub rows_close: f32,
    pub largest: f32,
    pub decimals: f32,
    pub currency_beside: f32,
    pub other_label: f32,
}

impl Weights {
    /// The embedded weights.
    ///
    /// # Panics
    /// If the embedded file is malformed, which a test excludes.
    pub fn shared() -> &'static Weights {
        static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
            toml::from_str(include_str!("../../weights/evidence.toml")).expect("the embedded weights are well formed")
        });
        &WEIGHTS
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_weights_load() {
        assert!(super::Weights::shared().inline > super::Weights::shared().below);
    }
}
