//! One figure, its bounds, and what else was seen of the load that gave it.

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

/// What a load came to, beside the figure of its row.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Load {
    pub(crate) per_second: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    /// Of the daemon after the load, MiB.
    pub(crate) resident: f64,
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    budget: Option<Bound>,
    goal: Option<Bound>,
    /// A cost by size, smallest first.
    by_size: Vec<(u64, f64)>,
    load: Option<Load>,
    /// The figure over what the machine needs at least for the same.
    times_bare: Option<f64>,
    note: String,
}

/// The columns of a table; those that no row fills are left out.
pub(super) const HEAD: [&str; 10] = [
    "",
    "measured",
    "budget",
    "goal",
    "verdict",
    "µs CPU by size",
    "per second",
    "p50 / p95 / p99 ms",
    "resident MiB",
    "× bare",
];
/// Its heading is empty, as the first one's is.
pub(super) const COLUMNS: usize = HEAD.len() + 1;

impl Row {
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            value,
            unit,
            budget: None,
            goal: None,
            by_size: Vec::new(),
            load: None,
            times_bare: None,
            note: String::new(),
        }
    }

    /// How much more `costs` are at the largest size than at the smallest.
    pub(crate) fn growth(what: impl Into<String>, costs: Vec<(u64, f64)>) -> Self {
        let factor = costs.last().zip(costs.first()).map_or(f64::NAN, |(last, first)| last.1 / first.1);
        Self { by_size: costs, ..Self::new(what, factor, "×") }
    }

    pub(crate) fn at_most(mut self, budget: f64, goal: f64) -> Self {
        (self.budget, self.goal) = (Some(Bound::AtMost(budget)), Some(Bound::AtMost(goal)));
        self
    }

    pub(crate) fn at_least(mut self, budget: f64, goal: f64) -> Self {
        (self.budget, self.goal) = (Some(Bound::AtLeast(budget)), Some(Bound::AtLeast(goal)));
        self
    }

    pub(crate) fn load(mut self, load: Load) -> Self {
        self.load = Some(load);
        self
    }

    /// Beside `bare`, in the unit of the figure.
    pub(crate) fn beside(mut self, bare: f64) -> Self {
        self.times_bare = Some(self.value / bare);
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Empty without a budget.
    pub(super) fn verdict(&self) -> &'static str {
        let holds = |bound: Option<Bound>| bound.is_some_and(|bound| bound.holds(self.value));
        match (self.budget, holds(self.goal), holds(self.budget)) {
            (None, ..) => "",
            (_, true, _) => "goal",
            (_, _, true) => "ok",
            _ => "MISSED",
        }
    }

    pub(super) fn cells(&self) -> [String; COLUMNS] {
        let bound = |bound: Option<Bound>| bound.map(Bound::show).unwrap_or_default();
        let of_load = |show: fn(Load) -> String| self.load.map(show).unwrap_or_default();
        let sizes: Vec<_> =
            self.by_size.iter().map(|(size, cost)| format!("{}: {}", short(*size), number(*cost))).collect();
        [
            self.what.clone(),
            format!("{} {}", number(self.value), self.unit),
            bound(self.budget),
            bound(self.goal),
            self.verdict().to_owned(),
            sizes.join(", "),
            of_load(|load| number(load.per_second)),
            of_load(|load| [load.p50, load.p95, load.p99].map(number).join(" / ")),
            of_load(|load| number(load.resident)),
            self.times_bare.map(number).unwrap_or_default(),
            self.note.clone(),
        ]
    }
}

/// 1 k, 1 M.
fn short(size: u64) -> String {
    match size {
        0..1_000 => size.to_string(),
        1_000..1_000_000 => format!("{} k", size / 1_000),
        _ => format!("{} M", size / 1_000_000),
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
        v if v >= 1.0 || v == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
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
            [verdict(42.0), verdict(42.1), verdict(60.0), verdict(60.1), verdict(f64::NAN)],
            ["goal", "ok", "ok", "MISSED", "MISSED"]
        );
        let verdict = |value| Row::new("", value, "").at_least(4.0, 8.0).verdict();
        assert_eq!([verdict(8.0), verdict(7.9), verdict(3.9)], ["goal", "ok", "MISSED"]);
        assert_eq!([number(1_234_567.0), number(123.4), number(1.234)], ["1,234,567", "123", "1.23"]);
    }
}
