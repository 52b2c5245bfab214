//! What is known about a paper before it is read.

use serde::{Deserialize, Serialize};

use crate::extract::memory::Remembered;
use crate::split::Split;

/// Facts the service hands over with a paper. None of them is needed; each one makes the reading surer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The company the paper arrived for.
    pub company: Option<Company>,
    /// Today in the office's time zone, ISO 8601: dates far from it are unlikely.
    pub today: Option<String>,
    /// Mail address of the original sender, a hint for the seller.
    pub sender: Option<String>,
    /// How a file is divided into papers. A file of which only some pages are asked for is one paper.
    pub split: Split,
    /// What the office's approvals taught about layouts that may be this paper's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<Remembered>,
}

/// The company a paper arrived for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Company {
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Its tax ids, normalised: country code and characters.
    pub tax_ids: Vec<String>,
}
