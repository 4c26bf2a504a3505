//! What was measured, beside what was hoped for; as a table, as Markdown or as JSON.

use std::fmt::Write as _;

use serde::Serialize;

/// A figure must stay on this side of a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn show(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", number(most)),
            Self::AtLeast(least) => format!("≥ {}", number(least)),
        }
    }
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    budget: Option<Bound>,
    goal: Option<Bound>,
    note: String,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, unit, budget: None, goal: None, note: String::new() }
    }

    pub(crate) fn at_most(mut self, budget: f64, goal: f64) -> Self {
        (self.budget, self.goal) = (Some(Bound::AtMost(budget)), Some(Bound::AtMost(goal)));
        self
    }

    pub(crate) fn at_least(mut self, budget: f64, goal: f64) -> Self {
        (self.budget, self.goal) = (Some(Bound::AtLeast(budget)), Some(Bound::AtLeast(goal)));
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn verdict(&self) -> &'static str {
        let holds = |bound: Option<Bound>| bound.is_some_and(|bound| bound.holds(self.value));
        match (self.budget, holds(self.goal), holds(self.budget)) {
            (None, ..) => "",
            (_, true, _) => "goal",
            (_, _, true) => "ok",
            _ => "MISSED",
        }
    }

    fn cells(&self) -> [String; 6] {
        let show = |bound: Option<Bound>| bound.map(Bound::show).unwrap_or_default();
        [
            self.what.clone(),
            format!("{} {}", number(self.value), self.unit),
            show(self.budget),
            show(self.goal),
            self.verdict().to_owned(),
            self.note.clone(),
        ]
    }
}

/// The rows of one case.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    pub(crate) case: &'static str,
    pub(crate) about: &'static str,
    pub(crate) rows: Vec<Row>,
}

const HEAD: [&str; 6] = ["", "measured", "budget", "goal", "", ""];

impl Section {
    /// Columns for a terminal.
    pub(crate) fn table(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(Row::cells).collect();
        let mut text = format!("{}: {}\n", self.case, self.about);
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        for row in &rows {
            for (column, cell) in row.iter().enumerate() {
                let pad = width(column).saturating_sub(cell.chars().count());
                let _written = write!(text, "  {cell}{}", " ".repeat(pad));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }

    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let mut text = format!("### {}\n\n{}.\n\n", self.case, self.about);
        text.push_str(&line(&HEAD.map(str::to_owned)));
        text.push_str(&line(&HEAD.map(|_| "---".to_owned())));
        self.rows.iter().for_each(|row| text.push_str(&line(&row.cells())));
        text.push('\n');
        text
    }

    /// Did a budget fail?
    pub(crate) fn missed(&self) -> bool {
        self.rows.iter().any(|row| row.verdict() == "MISSED")
    }
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (n, digit) in digits.chars().enumerate() {
                if n > 0 && (digits.len() - n).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A budget that is missed and does not say so is no budget.
    #[test]
    fn a_figure_is_judged_on_its_side_of_the_bound() {
        let verdict = |value| Row::new("", value, "").at_most(60.0, 42.0).verdict();
        assert_eq!(
            [verdict(42.0), verdict(42.1), verdict(60.0), verdict(60.1)],
            ["goal", "ok", "ok", "MISSED"]
        );
        let verdict = |value| Row::new("", value, "").at_least(4.0, 8.0).verdict();
        assert_eq!([verdict(8.0), verdict(7.9), verdict(3.9)], ["goal", "ok", "MISSED"]);
        assert_eq!([number(1_234_567.0), number(123.4), number(1.234)], ["1,234,567", "123", "1.23"]);
    }
}
