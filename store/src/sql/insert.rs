//! Rows inserted many at a time.

use super::value::{Row, Value};
use super::{Statement, Tx};
use crate::error::Result;

/// Rows of one statement: few enough sizes that the text of each stays prepared, and none of them wasteful for small batches.
const SIZES: &[usize] = &[32, 16, 8, 7, 6, 5, 4, 3, 2, 1];

/// Cuts `rows` into as few pieces as have one of the sizes.
pub(crate) fn pieces<T>(mut rows: &[T]) -> Vec<&[T]> {
    let mut pieces = Vec::new();
    while let Some(size) = SIZES.iter().find(|size| **size <= rows.len()) {
        let (piece, rest) = rows.split_at(*size);
        pieces.push(piece);
        rows = rest;
    }
    pieces
}

/// `VALUES` of these rows, with their values.
pub(crate) fn values(rows: impl IntoIterator<Item = Vec<Value>>) -> Statement {
    use std::fmt::Write as _;
    let (mut sql, mut params) = (String::from("VALUES "), Vec::new());
    for row in rows {
        sql.push_str(if params.is_empty() { "(" } else { ", (" });
        for (n, value) in row.into_iter().enumerate() {
            params.push(value);
            // Writing to a string cannot fail.
            let _ = write!(sql, "{}${}", if n == 0 { "" } else { ", " }, params.len());
        }
        sql.push(')');
    }
    Statement { sql, params }
}

/// `INSERT` of all rows, in as few statements as may be; gives what they return.
pub(crate) async fn insert_all(tx: &mut Tx, head: &str, rows: Vec<Vec<Value>>, end: &str) -> Result<Vec<Row>> {
    let mut answers = Vec::new();
    for piece in pieces(&rows) {
        let Statement { sql, params } = values(piece.iter().cloned());
        answers.append(&mut tx.fetch_all(format!("{head} {sql} {end}"), params).await?);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::params;

    #[test]
    fn every_row_is_in_one_piece() {
        for len in 0..100 {
            let rows: Vec<usize> = (0..len).collect();
            assert_eq!(pieces(&rows).concat(), rows);
        }
        assert_eq!(pieces(&[0; 45]).iter().map(|piece| piece.len()).collect::<Vec<_>>(), [32, 8, 5]);
    }

    #[test]
    fn values_are_numbered_through() {
        let Statement { sql, params } = values([params![1i64, "a"], params![2i64, "b"]]);
        assert_eq!((sql.as_str(), params.len()), ("VALUES ($1, $2), ($3, $4)", 4));
    }
}
