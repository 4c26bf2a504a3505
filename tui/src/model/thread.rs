//! One lead's thread: turns from the daemon, drafts, and the texts of ours that it has not confirmed yet.
//!
//! The bottom edge of the pane hangs on a turn, not on a line number, so neither new turns below nor older ones
//! above move what is being read.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use lotline_common::{
    At, TurnId,
    api::{
        consent::ContactAnswer,
        draft::Draft,
        message::{Delivery, DeliveryState},
        turn::{AuthorKind, Turn},
    },
};
use uuid::Uuid;

use crate::widget::wrap::wrap;

/// A text that was handed to the daemon and has no turn yet.
#[derive(Debug, Clone)]
pub struct Echo {
    pub client_id: Uuid,
    pub text: String,
    pub at: At,
    /// The operator asked for it back before the daemon answered.
    pub recall: bool,
    /// The draft it was made from.
    pub draft: Option<lotline_common::DraftId>,
}

/// Where the pane's bottom edge is when it is not at the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    pub seq: i64,
    /// Lines of that turn below the edge.
    pub below: usize,
}

/// Whether there is more before the oldest turn here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Older {
    #[default]
    None,
    /// From this cursor on.
    More(String),
    /// On its way; asked for once at a time.
    Asked(String),
}

impl From<Option<String>> for Older {
    fn from(cursor: Option<String>) -> Self {
        cursor.map_or(Self::None, Self::More)
    }
}

#[derive(Debug, Default)]
pub struct Thread {
    turns: Vec<Turn>,
    /// Events that changed a turn here, by number.
    touched: HashMap<TurnId, i64>,
    pub echoes: Vec<Echo>,
    pub drafts: Vec<Draft>,
    pub anchor: Option<Anchor>,
    /// Turns of others that came while the newest was out of sight.
    pub unseen: usize,
    /// When the newest turn of the customer's or the AI's came in sight.
    pub newest_at: Option<At>,
    pub older: Older,
    pub loaded: bool,
    pub asked: bool,
    /// Events may have been missed: fetch again when it is looked at.
    pub stale: bool,
    /// Moments of use, for dropping the least used.
    pub used: u64,
    /// Texts recalled or sent here whose drafts are of no use to anybody.
    pub unwanted: HashSet<lotline_common::DraftId>,
    /// What the contact gate said when the composer was opened.
    pub gate: Option<ContactAnswer>,
    wrapped: Wrapped,
}

/// Lines of a text at a width. A cache, not state: dropping it changes nothing on the screen.
#[derive(Debug, Default)]
struct Wrapped(RefCell<HashMap<TurnId, Lines>>);

/// Width and length they were made for, and the lines.
type Lines = (usize, usize, Rc<[String]>);

/// More than fit on any screen; beyond it the cache starts anew.
const WRAPPED: usize = 1000;

impl Thread {
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    pub fn last_seq(&self) -> i64 {
        self.turns.last().map_or(0, |turn| turn.seq)
    }

    /// The newest turn that was ever in sight.
    pub fn seen_seq(&self) -> i64 {
        let unseen = self.turns.iter().rev().filter(|turn| is_theirs(turn)).take(self.unseen).last();
        unseen.map_or_else(|| self.last_seq(), |turn| turn.seq - 1)
    }

    pub fn turn(&self, id: TurnId) -> Option<&Turn> {
        self.turns.iter().rev().find(|turn| turn.id == id)
    }

    /// Takes a turn in. `seq` is the number of the event that brought it, or of the last event before the question.
    /// True when it is new here.
    pub fn put(&mut self, turn: Turn, seq: i64, event: bool) -> bool {
        self.settle(&turn);
        if event {
            self.touched.insert(turn.id, seq);
        }
        match self.turns.binary_search_by_key(&turn.seq, |known| known.seq) {
            Ok(at) => {
                let later = !event && self.touched.get(&turn.id).is_some_and(|touched| *touched > seq);
                if !later {
                    self.turns[at] = turn;
                }
                false
            }
            Err(at) => {
                self.turns.insert(at, turn);
                true
            }
        }
    }

    /// A delivery moved on.
    pub fn deliver(&mut self, id: TurnId, delivery: Delivery, seq: i64) {
        if let Some(turn) = self.turns.iter_mut().rev().find(|turn| turn.id == id) {
            turn.delivery = Some(delivery);
            self.touched.insert(id, seq);
        }
    }

    /// Our recall was granted; the event that says so may still be on its way.
    pub fn recalled(&mut self, id: TurnId) {
        if let Some(turn) = self.turns.iter_mut().rev().find(|turn| turn.id == id)
            && let Some(delivery) = &mut turn.delivery
        {
            delivery.state = DeliveryState::Recalled;
        }
    }

    /// The daemon has our text: the echo is no longer needed.
    fn settle(&mut self, turn: &Turn) {
        if let Some(client_id) = turn.delivery.as_ref().and_then(|delivery| delivery.client_id) {
            self.echoes.retain(|echo| echo.client_id != client_id);
        }
    }

    /// The page before did not come; it may be asked for again.
    pub fn asking_failed(&mut self) {
        if let Older::Asked(cursor) = &mut self.older {
            self.older = Older::More(std::mem::take(cursor));
        }
    }

    /// Forgets the turns before a whole new page, which may not join the old ones.
    pub fn clear_turns(&mut self) {
        self.turns.clear();
        self.older = Older::None;
    }

    /// The newest text that can still be taken back, ours before the AI's.
    pub fn held(&self, me: Option<Uuid>) -> Option<&Turn> {
        let held = |turn: &&Turn| turn.delivery.as_ref().is_some_and(|d| d.state == DeliveryState::Held);
        let mut all = self.turns.iter().rev().take(50).filter(held);
        let mine = all.clone().find(|turn| me.is_some() && turn.author.id == me);
        mine.or_else(|| all.next())
    }

    /// The oldest delivery that only a person can settle.
    pub fn unknown(&self) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.delivery.as_ref().is_some_and(|delivery| delivery.needs_operator))
    }

    pub fn ai_drafts(&self) -> usize {
        self.drafts.iter().filter(|draft| draft.author.kind == AuthorKind::Ai).count()
    }

    /// The wrapped lines of a turn, made once per width.
    pub fn lines(&self, turn: &Turn, width: usize) -> Rc<[String]> {
        let mut cache = self.wrapped.0.borrow_mut();
        if let Some((at, length, lines)) = cache.get(&turn.id)
            && (*at, *length) == (width, turn.text.len())
        {
            return Rc::clone(lines);
        }
        if cache.len() > WRAPPED {
            cache.clear();
        }
        let lines: Rc<[String]> = wrap(&lotline_common::plain::plain(&turn.text), width).into();
        cache.insert(turn.id, (width, turn.text.len(), Rc::clone(&lines)));
        lines
    }
}

/// Somebody spoke whom an answer would have to take into account.
pub fn is_theirs(turn: &Turn) -> bool {
    matches!(turn.author.kind, AuthorKind::Customer | AuthorKind::Ai)
}
