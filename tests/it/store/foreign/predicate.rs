//! Where a statement compares with an organization, in every spelling that occurs.

use std::ops::Range;

/// One comparison of a statement, to be made true whatever it compares.
#[derive(Debug, Clone)]
pub(super) struct Mutant {
    sql: String,
    predicate: Range<usize>,
}

impl Mutant {
    /// One for each comparison of `sql` with an organization.
    pub(super) fn all(sql: &str) -> Vec<Self> {
        let mutant = |predicate| Self { sql: sql.to_owned(), predicate };
        predicates(sql).into_iter().map(mutant).collect()
    }

    pub(super) fn original(&self) -> &str {
        &self.sql
    }

    /// Its arguments are bound as before, and each is still an argument.
    pub(super) fn mutated(&self) -> String {
        self.around("(", " OR TRUE)")
    }

    /// On one line, the comparison in brackets.
    pub(super) fn shown(&self) -> String {
        squeezed(&self.around("[", "]"))
    }

    pub(super) fn comparison(&self) -> &str {
        &self.sql[self.predicate.clone()]
    }

    /// The table whose rows it chooses: the one of its alias, else the one named last before it.
    pub(super) fn table(&self) -> &str {
        let alias =
            self.comparison().split_once('.').map(|(alias, _)| alias).filter(|alias| !alias.contains(' '));
        let (before, whole) = (tables(&self.sql[..self.predicate.start]), tables(&self.sql));
        let of_alias = whole.iter().find(|(_, named)| alias.is_some() && *named == alias);
        of_alias.or(before.last()).map_or("", |(table, _)| *table)
    }

    fn around(&self, before: &str, after: &str) -> String {
        let Range { start, end } = self.predicate;
        format!("{}{before}{}{after}{}", &self.sql[..start], &self.sql[start..end], &self.sql[end..])
    }
}

/// The tables that a statement reads or changes, each with its alias.
pub(super) fn tables(sql: &str) -> Vec<(&str, Option<&str>)> {
    let words: Vec<&str> =
        sql.split(|c: char| c.is_whitespace() || "()".contains(c)).filter(|w| !w.is_empty()).collect();
    let opens = |word: &str| ["FROM", "JOIN", "UPDATE"].contains(&word);
    let named = words.windows(2).enumerate().filter(|(_, pair)| opens(pair[0]));
    named.map(|(at, pair)| (pair[1], words.get(at + 2).copied())).collect()
}

pub(super) fn squeezed(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A comparison follows one of these words; an assignment does not.
const OPENINGS: [&str; 3] = ["WHERE", "AND", "ON"];

pub(super) fn predicates(sql: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for opening in OPENINGS {
        for (at, word) in sql.match_indices(opening) {
            let rest = &sql[at + word.len()..];
            let start = at + word.len() + (rest.len() - rest.trim_start().len());
            let is_word =
                rest.starts_with(char::is_whitespace) && !sql[..at].ends_with(char::is_alphanumeric);
            if let Some(length) = is_word.then(|| comparison(&sql[start..], sql)).flatten() {
                found.push(start..start + length);
            }
        }
    }
    found.sort_by_key(|range| range.start);
    found
}

/// The length of what `text` begins with, if it compares with an organization.
fn comparison(text: &str, sql: &str) -> Option<usize> {
    let left = text.find(|c: char| !c.is_alphanumeric() && !"_.+".contains(c))?;
    let (name, rest) = text.split_at(left);
    if let Some(right) = rest.strip_prefix(" = ") {
        let length = operand(right);
        let names = names_organization(name, sql) || names_organization(&right[..length], sql);
        return names.then_some(left + 3 + length);
    }
    if rest.starts_with(" IN (") && names_organization(name, sql) {
        return Some(left + 4 + operand(&rest[4..]));
    }
    // Keys of the search on SQLite begin with the organization.
    let key = [" BETWEEN ", " >= $1 * 1099511627776"].into_iter().find(|key| rest.starts_with(key))?;
    name.ends_with("rowid").then(|| match key {
        " BETWEEN " => left + rest.find(" AND ").map_or(0, |and| and + 5 + operand(&rest[and + 5..])),
        _ => left + key.len(),
    })
}

fn names_organization(name: &str, sql: &str) -> bool {
    let of_organizations =
        sql.starts_with("UPDATE organizations") || squeezed(sql).contains("FROM organizations WHERE");
    name.ends_with("organization_id")
        || ["o.id", "organizations.id"].contains(&name)
        || (name == "id" && of_organizations)
}

/// A name, an argument, or what stands in parentheses with its cast.
fn operand(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            c if depth == 0 && (c.is_whitespace() || c == ',' || c == ';') => return at,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn every_spelling_is_found_and_an_assignment_is_none() {
    for (sql, expected) in [
        ("SELECT a FROM t WHERE organization_id = $1 AND b = $2", "organization_id = $1"),
        ("SELECT a FROM t WHERE +organization_id = $1", "+organization_id = $1"),
        (
            "a JOIN b ON b.id = a.id AND b.organization_id = a.organization_id)",
            "b.organization_id = a.organization_id",
        ),
        ("UPDATE organizations SET a = $2 WHERE id = $1", "id = $1"),
        (
            "UPDATE x SET y FROM j\n WHERE organizations.id = (j.value->>0)::bigint RETURNING id",
            "organizations.id = (j.value->>0)::bigint",
        ),
        ("SELECT id FROM organizations\n WHERE id IN (SELECT a FROM b($1)) x", "id IN (SELECT a FROM b($1))"),
        ("WHERE text MATCH $2 AND i.rowid BETWEEN $3 AND $4 ORDER BY", "i.rowid BETWEEN $3 AND $4"),
        ("UPDATE t SET organization_id = $2 WHERE id = $1", ""),
        ("INSERT INTO t (organization_id) VALUES ($1) ON CONFLICT (organization_id) DO NOTHING", ""),
    ] {
        let found: Vec<&str> = predicates(sql).into_iter().map(|range| &sql[range]).collect();
        assert_eq!(found.join("|"), expected, "{sql}");
    }
}
