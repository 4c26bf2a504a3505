//! The rows of one case.

use std::fmt::Write as _;

use serde::Serialize;

use super::row::{COLUMNS, HEAD, Row};

#[derive(Debug, Serialize)]
pub(crate) struct Section {
    pub(crate) case: &'static str,
    pub(crate) about: &'static str,
    pub(crate) rows: Vec<Row>,
}

impl Section {
    /// Columns for a terminal.
    pub(crate) fn table(&self) -> String {
        let lines = self.lines();
        let width = |column: usize| {
            lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max()
        };
        let mut text = format!("{}: {}\n", self.case, self.about);
        for line in &lines {
            for (column, cell) in line.iter().enumerate() {
                let pad = width(column).unwrap_or(0).saturating_sub(cell.chars().count());
                let _written = write!(text, "  {cell}{}", " ".repeat(pad));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n{}.\n", self.case, self.about);
        for (n, line) in self.lines().iter().enumerate() {
            let _written = write!(text, "\n| {} |", line.join(" | "));
            if n == 0 {
                let _written = write!(text, "\n|{}", " --- |".repeat(line.len()));
            }
        }
        text.push_str("\n\n");
        text
    }

    /// Did a budget fail?
    pub(crate) fn missed(&self) -> bool {
        self.rows.iter().any(|row| row.verdict() == "MISSED")
    }

    /// The heading and the rows, without the columns that no row fills.
    fn lines(&self) -> Vec<Vec<String>> {
        let rows: Vec<[String; COLUMNS]> = self.rows.iter().map(Row::cells).collect();
        let filled: Vec<usize> =
            (0..COLUMNS).filter(|n| rows.iter().any(|row| !row[*n].is_empty())).collect();
        let head = filled.iter().map(|n| HEAD.get(*n).copied().unwrap_or_default().to_owned()).collect();
        let body = rows.iter().map(|row| filled.iter().map(|n| row[*n].clone()).collect());
        std::iter::once(head).chain(body).collect()
    }
}
