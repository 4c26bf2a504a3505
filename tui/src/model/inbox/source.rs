//! Ways of looking at the inbox, and what the server is asked for each.

use lotline_common::{
    UserId,
    api::lead::{FloorKind, LeadQuery, LeadSort},
};

/// Saved ways of looking at the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum View {
    #[default]
    All,
    NeedsMe,
    Mine,
    Ai,
    OptedOut,
}

impl View {
    pub const ALL: [Self; 5] = [Self::All, Self::NeedsMe, Self::Mine, Self::Ai, Self::OptedOut];

    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::NeedsMe => "Needs me",
            Self::Mine => "Mine",
            Self::Ai => "AI",
            Self::OptedOut => "Opted out",
        }
    }

    /// The view `by` places further, around the end.
    #[must_use]
    pub fn step(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|view| *view == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// A list the server is asked for, page by page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    View(View),
    Search,
}

/// How far a source has been read.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    pub cursor: Option<String>,
    pub asked: bool,
    pub done: bool,
    pub begun: bool,
}

/// The question for the next page of a source.
pub fn query(source: Source, filter: &str, me: Option<UserId>, cursor: Option<String>) -> LeadQuery {
    let base = LeadQuery { limit: Some(200), sort: Some(LeadSort::Waiting), cursor, ..LeadQuery::default() };
    match source {
        Source::Search => LeadQuery { q: Some(filter.to_owned()), limit: Some(50), sort: None, ..base },
        Source::View(View::All | View::OptedOut) => base,
        Source::View(View::NeedsMe) => LeadQuery { waiting: Some(true), ..base },
        Source::View(View::Mine) => LeadQuery { assigned_to: me, ..base },
        Source::View(View::Ai) => LeadQuery { floor: Some(FloorKind::Ai), ..base },
    }
}
