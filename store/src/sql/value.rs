//! Values and rows as both databases have them: text, 64-bit integers, bytes, and nulls that know their type (PostgreSQL asks).

use std::str::FromStr;

use bytes::Bytes;
use jiff::Timestamp;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Blob(Option<Vec<u8>>),
}

/// From JSON, which has texts, integers and nulls for these.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Value, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Value;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, an integer or null")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Value, E> {
                Ok(Value::Text(Some(text.to_owned())))
            }
            fn visit_i64<E: serde::de::Error>(self, int: i64) -> std::result::Result<Value, E> {
                Ok(Value::Int(Some(int)))
            }
            fn visit_u64<E: serde::de::Error>(self, int: u64) -> std::result::Result<Value, E> {
                i64::try_from(int).map(|int| Value::Int(Some(int))).map_err(E::custom)
            }
            fn visit_unit<E: serde::de::Error>(self) -> std::result::Result<Value, E> {
                Ok(Value::Text(None))
            }
        }
        from.deserialize_any(Any)
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Blob,
}

/// `params![a, b]`: values of a statement, in the order of `$1`, `$2`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Value::from($value)),*] };
}
pub(crate) use params;

/// Appends values to those of a statement and gives their places: `$3, $4`.
pub(crate) fn marks<T: Into<Value>>(params: &mut Vec<Value>, values: impl IntoIterator<Item = T>) -> String {
    let mark = |value: T| {
        params.push(value.into());
        format!("${}", params.len())
    };
    values.into_iter().map(mark).collect::<Vec<_>>().join(", ")
}

macro_rules! from {
    ($($type:ty => |$v:ident| $make:expr, $variant:ident);+ $(;)?) => {$(
        impl From<$type> for Value {
            fn from($v: $type) -> Value {
                Value::$variant(Some($make))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Value {
                Value::$variant(value.map(|$v| $make))
            }
        }
    )+};
}

/// PostgreSQL has no U+0000 in its texts; on both databases the character for "none" (U+FFFD) stands for it.
fn text(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

from! {
    &str => |v| text(v.to_owned()), Text;
    String => |v| text(v), Text;
    &String => |v| text(v.clone()), Text;
    i64 => |v| v, Int;
    u32 => |v| i64::from(v), Int;
    bool => |v| i64::from(v), Int;
    Timestamp => |v| v.as_microsecond(), Int;
    jiff::civil::Date => |v| v.to_string(), Text;
    Vec<u8> => |v| v, Blob;
    &[u8] => |v| v.to_vec(), Blob;
    Bytes => |v| v.to_vec(), Blob;
}

/// One row of a result.
#[derive(Clone, Debug)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// Its columns, to be taken from left to right.
    pub fn columns(self) -> Columns {
        Columns(self.0.into_iter())
    }
}

/// The columns of a row not taken yet. Each call takes the next one.
pub struct Columns(std::vec::IntoIter<Value>);

impl Columns {
    /// What was not taken yet.
    pub fn rest(self) -> Vec<Value> {
        self.0.collect()
    }

    pub fn opt_text(&mut self) -> Result<Option<String>> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unexpected("text", &other)),
        }
    }

    pub fn opt_int(&mut self) -> Result<Option<i64>> {
        match self.0.next() {
            Some(Value::Int(int)) => Ok(int),
            // A null has no type of its own on SQLite.
            Some(Value::Text(None)) => Ok(None),
            other => Err(unexpected("an integer", &other)),
        }
    }

    pub fn opt_blob(&mut self) -> Result<Option<Vec<u8>>> {
        match self.0.next() {
            Some(Value::Blob(blob)) => Ok(blob),
            Some(Value::Text(None)) => Ok(None),
            other => Err(unexpected("bytes", &other)),
        }
    }

    pub fn text(&mut self) -> Result<String> {
        self.opt_text()?.ok_or_else(null)
    }

    pub fn int(&mut self) -> Result<i64> {
        self.opt_int()?.ok_or_else(null)
    }

    pub fn blob(&mut self) -> Result<Vec<u8>> {
        self.opt_blob()?.ok_or_else(null)
    }

    /// A count or size, never negative.
    pub fn count(&mut self) -> Result<u64> {
        u64::try_from(self.int()?).map_err(Error::internal)
    }

    pub fn bool(&mut self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    pub fn opt_time(&mut self) -> Result<Option<Timestamp>> {
        self.opt_int()?.map(|us| Timestamp::from_microsecond(us).map_err(Error::internal)).transpose()
    }

    pub fn time(&mut self) -> Result<Timestamp> {
        self.opt_time()?.ok_or_else(null)
    }

    /// An id, a word, a date: whatever is parsed from text.
    pub fn parse<T: FromStr<Err: std::fmt::Display>>(&mut self) -> Result<T> {
        self.text()?.parse().map_err(Error::internal)
    }

    pub fn opt_parse<T: FromStr<Err: std::fmt::Display>>(&mut self) -> Result<Option<T>> {
        self.opt_text()?.map(|text| text.parse().map_err(Error::internal)).transpose()
    }

    /// JSON kept as text.
    pub fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T> {
        serde_json::from_str(&self.text()?).map_err(Error::internal)
    }
}

fn unexpected(wanted: &str, got: &Option<Value>) -> Error {
    let got = match got {
        None => "no more columns",
        Some(Value::Text(_)) => "text",
        Some(Value::Int(_)) => "an integer",
        Some(Value::Blob(_)) => "bytes",
    };
    Error::internal(format!("column: wanted {wanted}, got {got}"))
}

fn null() -> Error {
    Error::internal("column: null where there must be a value")
}
