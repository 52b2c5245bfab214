//! Words that may have been meant. Whoever makes one slip in a word leaves its beginning or its end as it was: both are ranges of the
//! office's words, kept forwards and backwards.

use std::collections::BTreeSet;

use super::terms::is_word;
use super::{Term, place};
use crate::error::Result;
use crate::scope::Scope;
use crate::sql::insert::insert_all;
use crate::sql::{Tx, Value, params};
use crate::store::Store;

/// Words looked at for one that was mistyped, and words taken instead of it.
const LOOKED_AT: u32 = 2_000;
const TAKEN: usize = 6;

fn reversed(word: &str) -> String {
    word.chars().rev().collect()
}

/// Remembers words of the office.
pub(super) async fn learn<'a>(tx: &mut Tx, scope: &Scope, words: impl Iterator<Item = &'a String>) -> Result<()> {
    let rows: Vec<Vec<Value>> = words.map(|word| params![scope.office(), word, reversed(word)]).collect();
    let head = "INSERT INTO search_word (office_id, word, reversed)";
    insert_all(tx, head, rows, "ON CONFLICT (office_id, word) DO NOTHING RETURNING 1").await.map(drop)
}

/// Words looked at in one transaction.
const AT_ONCE: u32 = 200;

/// Forgets the words of the office that no entry has any more.
pub(super) async fn unlearn(store: &Store, scope: &Scope) -> Result<()> {
    let mut after = String::new();
    loop {
        let (scope_, from) = (scope.clone(), after);
        let last = store.write(scope, move |tx| Box::pin(async move { unlearn_some(tx, &scope_, &from).await })).await?;
        let Some(last) = last else { return Ok(()) };
        after = last;
    }
}

/// Gives the last word that was looked at.
async fn unlearn_some(tx: &mut Tx, scope: &Scope, after: &str) -> Result<Option<String>> {
    let office = scope.office();
    let sql = format!("SELECT word FROM search_word WHERE office_id = $1 AND word > $2 ORDER BY word LIMIT {AT_ONCE}");
    let rows = tx.fetch_all(sql, params![office, after]).await?;
    let mut words = rows.into_iter().map(|row| row.columns().text()).collect::<Result<Vec<_>>>()?;
    let (from, _, fits) = tx.text_index();
    let said = format!("SELECT 1 FROM {from} WHERE {fits} LIMIT 1");
    for word in &words {
        let of_office = vec![vec![place('o', &office.to_string())], vec![Term { text: word.clone(), prefix: false }]];
        let question = tx.text_query(&of_office);
        if tx.fetch_optional(said.clone(), params![question]).await?.is_none() {
            tx.execute("DELETE FROM search_word WHERE office_id = $1 AND word = $2", params![office, word]).await?;
        }
    }
    Ok(words.pop())
}

/// Words of the office that differ from `word` by one slip (a letter more, less, another, or two changed about), by two in long words;
/// the nearest first.
pub(super) async fn similar(tx: &mut Tx, scope: &Scope, word: &str) -> Result<Vec<String>> {
    if !is_word(word) {
        return Ok(Vec::new());
    }
    let length = word.chars().count();
    let slips = if length >= 8 { 2 } else { 1 };
    // A third of a long word is whole after two slips, nearly half of any word after one.
    let kept = if length >= 8 { length / 3 } else { (length - 1) / 2 };
    let mut found = BTreeSet::new();
    for (column, text) in [("word", word.to_owned()), ("reversed", reversed(word))] {
        let from: String = text.chars().take(kept).collect();
        let sql =
            format!("SELECT word FROM search_word WHERE office_id = $1 AND {column} >= $2 AND {column} < $3 LIMIT {LOOKED_AT}");
        let end = format!("{from}\u{10FFFF}");
        for row in tx.fetch_all(sql, params![scope.office(), &from, end]).await? {
            let other = row.columns().text()?;
            let distance = strsim::osa_distance(word, &other);
            if (1..=slips).contains(&distance) {
                found.insert((distance, other));
            }
        }
    }
    Ok(found.into_iter().map(|(_, word)| word).take(TAKEN).collect())
}
