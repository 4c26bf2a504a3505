//! Short sentences at the bottom of the screen, and the list of the ones that passed.

use std::{collections::VecDeque, time::Duration};

use lotline_common::At;

const KEPT: usize = 200;
const SHOWN: Duration = Duration::from_secs(6);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Info,
    Warn,
    Bad,
}

#[derive(Debug, Clone)]
pub struct Notice {
    pub at: At,
    pub level: Level,
    pub text: String,
    /// It may name a customer: it was said before the customers were hidden.
    pub open: bool,
}

#[derive(Debug, Default)]
pub struct Notices {
    pub all: VecDeque<Notice>,
}

impl Notices {
    pub fn push(&mut self, at: At, level: Level, text: impl Into<String>) {
        self.all.push_front(Notice { at, level, text: text.into(), open: false });
        self.all.truncate(KEPT);
    }

    /// From now on customers are hidden: what was said so far may name them.
    pub fn hide(&mut self) {
        for notice in &mut self.all {
            notice.open = true;
        }
    }

    /// The newest notice while it is fresh.
    pub fn showing(&self, now: At) -> Option<&Notice> {
        self.all.front().filter(|notice| now < notice.at + SHOWN)
    }

    pub fn until(&self, now: At) -> Option<At> {
        self.showing(now).map(|notice| notice.at + SHOWN)
    }
}
