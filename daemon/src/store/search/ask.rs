//! What a search asks of the indexes.

use crate::{
    db::{EngineKind, Json, Query},
    domain::organization::OrgKey,
    limits,
};

/// The newest leads by how words begin, `$2`, and if there are none, by parts of words, `$7`; conditions on words of one
/// letter follow. `$3` and `$4`: the organization's first and last row, `$5`: how many. The joins cross, which keeps their
/// order: SQLite does not look into the limit.
const BY_NAME_ON_SQLITE: &str = "begun AS MATERIALIZED (
    SELECT s.lead_id FROM search_leads_words i CROSS JOIN search_leads s ON s.k = i.rowid
    WHERE i.text MATCH $2 AND i.rowid BETWEEN $3 AND $4 ORDER BY i.rowid DESC LIMIT $5),
hits AS MATERIALIZED (
    SELECT lead_id FROM begun
    UNION SELECT lead_id FROM (SELECT s.lead_id FROM search_leads_index i CROSS JOIN search_leads s ON s.k = i.rowid
        WHERE i.text MATCH $7 AND i.rowid BETWEEN $3 AND $4";
/// The end of it, which a limit of 0 keeps from being read at all, and the newest by what was said, `$6`.
const BY_WORDS_ON_SQLITE: &str = "
        ORDER BY i.rowid DESC LIMIT CASE WHEN EXISTS (SELECT 1 FROM begun) THEN 0 ELSE $5 END)
    UNION SELECT e.lead_id FROM (SELECT rowid AS k FROM search_words
        WHERE text MATCH $6 AND rowid BETWEEN $3 AND $4 ORDER BY rowid DESC LIMIT $5) w
    CROSS JOIN events e ON e.organization_id = $1 AND e.seq = w.k - $1 * 1099511627776";
/// Row security keeps statements from the indexes of a search, so functions of the owner look into them.
const ON_POSTGRES: &str = "hits AS MATERIALIZED (
    SELECT lead_id FROM found_by_name($1, $2, $4) AS lead_id
    UNION SELECT (SELECT e.lead_id FROM events e
        WHERE e.organization_id = $1 AND e.seq = k - $1 * 1099511627776)
    FROM found_by_words($1, $3, $4) AS k";
const WHOLE: &str = "
    UNION SELECT lead_id FROM lead_contacts
    WHERE organization_id = $1 AND kind IN ('phone', 'email') AND value IN (";
/// Looked up once, with what sorts and filters ask for.
const LEADS: &str = "), found AS MATERIALIZED (
    SELECT leads.id, erased_at, status, sentiment, floor_kind, assigned_to, waiting_since, last_turn_at, sort_name
    FROM hits CROSS JOIN leads WHERE leads.id = hits.lead_id AND leads.organization_id = $1)";

/// A phone number is known by its runs of so many digits.
const RUN: usize = 4;
/// SQLite's index has a character for each run; this is the one for four zeros.
const RUNS: u32 = 0xF_0000;
/// What stands between words.
const APART: &str = "[^[:alnum:]]";

/// Writes `found`: the leads in which every word is found, the newest [`limits::SEARCH_FOUND`] by who they are and as
/// many by what was said. A whole number or address is looked up itself, so that whoever has just written is found. The
/// organization is `$1` of the query, and its only argument so far.
pub(in crate::store) fn found<'q>(
    query: Query<'q>,
    engine: EngineKind,
    org: OrgKey,
    words: &[String],
) -> Query<'q> {
    let mut query = match engine {
        EngineKind::Sqlite => on_sqlite(query, org, words),
        EngineKind::Postgres => on_postgres(query, words),
    };
    if let [whole] = words {
        query = query
            .push(WHOLE)
            .push_bind(whole.clone())
            .push(", ")
            .push_bind(format!("+{whole}"))
            .push(", ")
            .push_bind(format!("+1{whole}"))
            .push(")");
    }
    query.push(LEADS)
}

fn on_sqlite<'q>(query: Query<'q>, org: OrgKey, words: &[String]) -> Query<'q> {
    let first = org.number() << 40;
    let mut query = query
        .bind(words.iter().map(|word| beginning(word)).collect::<Vec<_>>().join(" AND "))
        .bind(first)
        .bind(first + (1 << 40) - 1)
        .bind(limits::SEARCH_FOUND)
        .bind(phrases(words.iter().cloned()))
        .bind(phrases(words.iter().filter_map(|word| part(word))))
        .push(BY_NAME_ON_SQLITE);
    for letter in words.iter().filter(|word| word.chars().nth(1).is_none()) {
        query = query.push(" AND instr(lower(s.text), ").push_bind(format!(" {letter}")).push(") > 0");
    }
    query.push(BY_WORDS_ON_SQLITE)
}

/// Finds words that begin so; four digits or more also where they stand in a row in a phone number.
fn beginning(word: &str) -> String {
    let begins = format!("{} *", quoted(word));
    if !is_number(word) {
        return begins;
    }
    let run = |at| word.get(at..at + RUN)?.parse().ok().and_then(|run: u32| char::from_u32(RUNS + run));
    let runs: Vec<String> = (0..=word.len() - RUN).filter_map(run).map(String::from).collect();
    format!("({} OR {begins})", quoted(&runs.join(" ")))
}

/// A trigram has three letters: two are looked for where a word begins, one is no search of its own.
fn part(word: &str) -> Option<String> {
    match word.chars().count() {
        0 | 1 => None,
        2 => Some(format!(" {word}")),
        _ => Some(word.to_owned()),
    }
}

/// All of them must be there.
fn phrases(words: impl Iterator<Item = String>) -> String {
    words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

/// Nothing in it is an operator of the index.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// The ways to look, each as patterns that must all match; the first that finds anybody counts.
fn on_postgres<'q>(query: Query<'q>, words: &[String]) -> Query<'q> {
    let begin: Option<Vec<String>> = words.iter().map(|word| begins(word)).collect();
    let part = words.iter().map(|word| within(word)).collect();
    let ways: Vec<Vec<String>> = begin.into_iter().chain([part]).collect();
    query.bind(Json(ways)).bind(words.join(" ")).bind(limits::SEARCH_FOUND).push(ON_POSTGRES)
}

/// Finds what [`beginning`] does; nothing begins with a word that has no letter.
fn begins(word: &str) -> Option<String> {
    let pieces: Vec<&str> =
        word.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty()).collect();
    if pieces.is_empty() {
        return None;
    }
    if is_short(word) {
        return Some(within(word));
    }
    let row = if is_number(word) { "[0-9]*" } else { "" };
    Some(format!("{APART}{row}{}", pieces.join(&format!("{APART}+"))))
}

/// Finds `word` itself, whatever characters it has; a short one where a word begins.
fn within(word: &str) -> String {
    let mut pattern = if is_short(word) { " ".to_owned() } else { String::new() };
    for c in word.chars() {
        if !c.is_alphanumeric() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// Less than a trigram, which the space before it makes one.
fn is_short(word: &str) -> bool {
    word.chars().nth(2).is_none()
}

/// Enough digits to be looked for within a phone number.
fn is_number(word: &str) -> bool {
    word.len() >= RUN && word.bytes().all(|byte| byte.is_ascii_digit())
}
