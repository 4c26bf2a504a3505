//! Who is found by name, number or word: indexes that follow the event log, and what a search asks of them.
//!
//! Whatever an operator searches is told by an event, so the log says what is new. SQLite finds parts of names and
//! numbers by trigrams (FTS5) and words of messages by another such index; PostgreSQL has `pg_trgm` and `tsvector`.

use lotline_common::{At, LeadId};

use crate::{
    db::{DbError, EngineKind, Json, Query, Tx},
    domain::organization::OrgKey,
    limits,
};

/// Organizations whose log goes on behind what can be searched.
pub async fn behind(tx: &mut Tx) -> Result<Vec<OrgKey>, DbError> {
    let rows: Vec<(i64,)> = tx
        .query(
            "SELECT o.id FROM organizations o LEFT JOIN search_positions p ON p.organization_id = o.id
             WHERE o.event_seq > COALESCE(p.seq, 0) ORDER BY o.id",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| OrgKey::new(number)).collect())
}

/// Makes the next `limit` events searchable. True when there is more.
pub async fn advance(tx: &mut Tx, org: OrgKey, limit: i64) -> Result<bool, DbError> {
    tx.guard(org)?;
    if tx.pick(false, true) {
        // Two daemons must not both read the same events.
        let turn = "SELECT pg_advisory_xact_lock(hashtext('search'), $1::int)";
        tx.query(turn).bind(org.number()).execute().await?;
    }
    let (mut from, present): (i64, i64) = tx
        .query(
            "SELECT COALESCE(p.seq, 0), o.event_seq FROM organizations o
             LEFT JOIN search_positions p ON p.organization_id = o.id WHERE o.id = $1",
        )
        .bind(org.number())
        .one()
        .await?;
    // A restored backup has left millions of numbers out: where nothing is found, the steps grow.
    let (mut added, mut step) = (0, limit);
    while added == 0 && from < present {
        let to = present.min(from + step);
        added = add_leads(tx, org, from, to).await? + add_words(tx, org, from, to).await?;
        move_to(tx, org, to).await?;
        (from, step) = (to, step * 2);
    }
    Ok(from < present)
}

/// The leads that the events from `from` to `to` tell of, as they are now.
async fn add_leads(tx: &mut Tx, org: OrgKey, from: i64, to: i64) -> Result<u64, DbError> {
    // On PostgreSQL lower-cased; SQLite's trigrams are of no case.
    let sql = tx.pick(
        "INSERT INTO search_leads (k, organization_id, lead_id, text)
         SELECT $1 * 1099511627776 + n.seq, $1, l.id, ' ' || concat_ws(' ', l.name, l.vehicle,
             (SELECT string_agg(c.value, ' ') FROM lead_contacts c WHERE c.lead_id = l.id AND c.organization_id = $1))
         FROM (SELECT lead_id, MIN(seq) AS seq FROM events WHERE organization_id = $1 AND seq > $2 AND seq <= $3
               AND kind IN ('lead.created', 'lead.updated') GROUP BY lead_id) n
         JOIN leads l ON l.id = n.lead_id AND l.organization_id = $1
         WHERE TRUE ORDER BY n.seq
         ON CONFLICT (lead_id, organization_id) DO UPDATE SET text = excluded.text
         WHERE search_leads.text <> excluded.text",
        "INSERT INTO search_leads (k, organization_id, lead_id, text)
         SELECT $1 * 1099511627776 + n.seq, $1, l.id, lower(' ' || concat_ws(' ', l.name, l.vehicle,
             (SELECT string_agg(c.value, ' ') FROM lead_contacts c WHERE c.lead_id = l.id AND c.organization_id = $1)))
         FROM (SELECT lead_id, MIN(seq) AS seq FROM events WHERE organization_id = $1 AND seq > $2 AND seq <= $3
               AND kind IN ('lead.created', 'lead.updated') GROUP BY lead_id) n
         JOIN leads l ON l.id = n.lead_id AND l.organization_id = $1
         ORDER BY n.seq
         ON CONFLICT (lead_id, organization_id) DO UPDATE SET text = excluded.text
         WHERE search_leads.text <> excluded.text",
    );
    tx.query(sql).bind(org.number()).bind(from).bind(to).execute().await
}

/// What was said and noted; markers of the system are nobody's words.
async fn add_words(tx: &mut Tx, org: OrgKey, from: i64, to: i64) -> Result<u64, DbError> {
    let sql = tx.pick(
        "INSERT INTO search_words (rowid, text)
         SELECT $1 * 1099511627776 + e.seq, t.text FROM events e
         JOIN turns t ON t.id = e.turn_id AND t.organization_id = e.organization_id
         WHERE e.organization_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind = 'turn.added' AND t.kind <> 'system'
         ORDER BY e.seq",
        "INSERT INTO search_words (k, organization_id, words)
         SELECT $1 * 1099511627776 + e.seq, $1,
             to_tsvector('simple', regexp_replace(t.text, '[^[:alnum:]]+', ' ', 'g')) FROM events e
         JOIN turns t ON t.id = e.turn_id AND t.organization_id = e.organization_id
         WHERE e.organization_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind = 'turn.added' AND t.kind <> 'system'
         ORDER BY e.seq",
    );
    tx.query(sql).bind(org.number()).bind(from).bind(to).execute().await
}

async fn move_to(tx: &mut Tx, org: OrgKey, seq: i64) -> Result<(), DbError> {
    tx.query(
        "INSERT INTO search_positions (organization_id, seq) VALUES ($1, $2)
         ON CONFLICT (organization_id) DO UPDATE SET seq = excluded.seq",
    )
    .bind(org.number())
    .bind(seq)
    .execute()
    .await
    .map(drop)
}

/// A customer is forgotten: neither who they were nor what was said finds anybody. What they are now is read anew.
pub async fn forget(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    tx.guard(org)?;
    let words = tx.pick(
        "DELETE FROM search_words WHERE rowid IN (SELECT $1 * 1099511627776 + seq FROM events
             WHERE organization_id = $1 AND lead_id = $2 AND turn_id IS NOT NULL)",
        "DELETE FROM search_words WHERE organization_id = $1 AND k IN (SELECT $1 * 1099511627776 + seq FROM events
             WHERE organization_id = $1 AND lead_id = $2 AND turn_id IS NOT NULL)",
    );
    for sql in [words, "DELETE FROM search_leads WHERE organization_id = $1 AND lead_id = $2"] {
        tx.query(sql).bind(org.number()).bind(lead).execute().await?;
    }
    Ok(())
}

/// What was said before `before` is found no more.
pub async fn forget_before(tx: &mut Tx, org: OrgKey, before: At) -> Result<(), DbError> {
    tx.guard(org)?;
    let sql = tx.pick(
        "DELETE FROM search_words WHERE rowid >= $1 * 1099511627776 AND rowid <= $1 * 1099511627776
             + (SELECT COALESCE(MAX(seq), 0) FROM events WHERE organization_id = $1 AND at < $2)",
        "DELETE FROM search_words WHERE organization_id = $1 AND k <= $1 * 1099511627776
             + (SELECT COALESCE(MAX(seq), 0) FROM events WHERE organization_id = $1 AND at < $2)",
    );
    tx.query(sql).bind(org.number()).bind(before).execute().await.map(drop)
}

/// The newest leads by who they are; conditions on words of one letter follow. `$2`: what to match, `$3` and `$4`: the
/// organization's first and last row. The joins cross, which keeps their order: SQLite does not look into the limit.
const BY_NAME_ON_SQLITE: &str = "
    SELECT lead_id FROM (SELECT s.lead_id FROM search_leads_index i CROSS JOIN search_leads s ON s.k = i.rowid
        WHERE i.text MATCH $2 AND i.rowid BETWEEN $3 AND $4";
/// The end of it, and the newest by what was said. `$5`: how many of each, `$6`: what to match.
const BY_WORDS_ON_SQLITE: &str = "
        ORDER BY i.rowid DESC LIMIT $5)
    UNION SELECT e.lead_id FROM (SELECT rowid AS k FROM search_words
        WHERE text MATCH $6 AND rowid BETWEEN $3 AND $4 ORDER BY rowid DESC LIMIT $5) w
    CROSS JOIN events e ON e.organization_id = $1 AND e.seq = w.k - $1 * 1099511627776";
/// Row security keeps statements from the indexes of a search, so functions of the owner look into them.
const ON_POSTGRES: &str = "
    SELECT lead_id FROM found_by_name($1, $2, $4) AS lead_id
    UNION SELECT (SELECT e.lead_id FROM events e
        WHERE e.organization_id = $1 AND e.seq = k - $1 * 1099511627776)
    FROM found_by_words($1, $3, $4) AS k";
const WHOLE: &str = "
    UNION SELECT lead_id FROM lead_contacts
    WHERE organization_id = $1 AND kind IN ('phone', 'email') AND value IN (";

/// Writes `found`: the leads in which every word is found, the newest [`limits::SEARCH_FOUND`] by who they are and as
/// many by what was said. A whole number or address is looked up itself, so that whoever has just written is found. The
/// organization is `$1` of the query, and its only argument so far.
pub(super) fn found<'q>(query: Query<'q>, engine: EngineKind, org: OrgKey, words: &[String]) -> Query<'q> {
    let query = query.push("found AS MATERIALIZED (");
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
    query.push(")")
}

fn on_sqlite<'q>(query: Query<'q>, org: OrgKey, words: &[String]) -> Query<'q> {
    let first = org.number() << 40;
    let mut query = query
        .bind(phrases(words.iter().filter_map(|word| part_of_name(word))))
        .bind(first)
        .bind(first + (1 << 40) - 1)
        .bind(limits::SEARCH_FOUND)
        .bind(phrases(words.iter().cloned()))
        .push(BY_NAME_ON_SQLITE);
    for letter in words.iter().filter(|word| word.chars().nth(1).is_none()) {
        query = query.push(" AND s.text LIKE ").push_bind(beginning(letter)).push(" ESCAPE '\\'");
    }
    query.push(BY_WORDS_ON_SQLITE)
}

fn on_postgres<'q>(query: Query<'q>, words: &[String]) -> Query<'q> {
    let pattern =
        |word: &String| if word.chars().nth(2).is_some() { contains(word) } else { beginning(word) };
    let patterns: Vec<String> = words.iter().map(pattern).collect();
    query.bind(Json(patterns)).bind(words.join(" ")).bind(limits::SEARCH_FOUND).push(ON_POSTGRES)
}

/// A trigram has three letters: two are looked for where a word begins, one is no search of its own.
fn part_of_name(word: &str) -> Option<String> {
    match word.chars().count() {
        0 | 1 => None,
        2 => Some(format!(" {word}")),
        _ => Some(word.to_owned()),
    }
}

/// All of them must be there. Quoted, so that nothing in them is an operator of the index.
fn phrases(words: impl Iterator<Item = String>) -> String {
    words.map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect::<Vec<_>>().join(" ")
}

/// Finds `word` itself, whatever characters it has.
fn contains(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Finds words that begin so.
fn beginning(word: &str) -> String {
    contains(&format!(" {word}"))
}
