//! Enums whose variants have one name each, the same in SQL, JSON and panels.

/// An enum with `as_str`, `FromStr`, `Display` and serde from one table of names. The names are `tt`: as `literal` they would reach
/// utoipa within invisible brackets, and it would describe the variants' names instead.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name in SQL, JSON and panels.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;
            fn from_str(word: &str) -> std::result::Result<Self, $crate::Error> {
                match word {
                    $($word => Ok($name::$variant),)+
                    _ => Err($crate::Error::invalid("word", format!("{word:?} is none of: {}.", [$($word),+].join(", ")))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<$name> for $crate::sql::Value {
            fn from(word: $name) -> Self {
                $crate::sql::Value::Text(Some(word.as_str().to_owned()))
            }
        }

        impl From<Option<$name>> for $crate::sql::Value {
            fn from(word: Option<$name>) -> Self {
                $crate::sql::Value::Text(word.map(|word| word.as_str().to_owned()))
            }
        }
    };
}
pub(crate) use words;

use ocr::reading::{Direction, DocumentType};
use ocr::split::Split;

use crate::error::Error;

/// The words of `ocr` that are columns here, spelt as serde spells them.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Purchase => "purchase",
        Direction::Sale => "sale",
        Direction::None => "none",
    }
}

pub(crate) fn document_type(document_type: DocumentType) -> &'static str {
    match document_type {
        DocumentType::Invoice => "invoice",
        DocumentType::CreditNote => "credit_note",
        DocumentType::Proforma => "proforma",
        DocumentType::Receipt => "receipt",
        DocumentType::Statement => "statement",
        DocumentType::Letter => "letter",
        DocumentType::Contract => "contract",
        DocumentType::Payroll => "payroll",
        DocumentType::Medical => "medical",
        DocumentType::Other => "other",
    }
}

pub(crate) fn split(split: Split) -> &'static str {
    match split {
        Split::None => "none",
        Split::OneSided => "one_sided",
        Split::TwoSided => "two_sided",
        Split::Automatic => "automatic",
    }
}

/// Back from the column to the word of `ocr`.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(Error::internal)
}
