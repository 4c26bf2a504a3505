//! When a message may leave, and what follows when nobody knows whether it did. The actions and the simulation of a
//! desk in the tests ask the same rules.

use std::time::Duration;

use lotline_common::{At, api::message::DeliveryState};

use super::gate::{self, Facts};

/// A second unknown outcome is a person's to settle: a late twin is worse than a shown gap.
const UNKNOWNS: i64 = 2;
/// Clocks are compared to within seconds, and may have been set since by minutes.
const CLOCK_MARGIN: Duration = Duration::from_mins(5);

/// What decides about a message.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    pub seq: i64,
    pub state: DeliveryState,
    /// The fence under which an AI wrote it.
    pub floor_fence: Option<i64>,
    pub hold_until: Option<At>,
    pub stale_at: At,
    pub needs_operator: bool,
}

/// The conversation as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Conversation {
    pub fence: i64,
    pub last_customer_seq: i64,
}

/// What a delivery job that has its turn finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may be attempted, if nothing stands against it.
    Open,
    /// Whoever began this attempt is gone: its outcome is unknown.
    Interrupted,
    /// Nothing is left to do.
    Over,
}

impl Message {
    pub const fn turn(&self) -> Turn {
        match self.state {
            DeliveryState::Held | DeliveryState::Queued => Turn::Open,
            DeliveryState::Attempting => Turn::Interrupted,
            _ => Turn::Over,
        }
    }

    /// Why it must not leave at all.
    pub fn obstacle(&self, facts: &Facts<'_>, conversation: Conversation) -> Option<String> {
        if let Err(refusal) = gate::check(facts) {
            return Some(refusal.rule().to_owned());
        }
        if self.floor_fence.is_some_and(|fence| fence != conversation.fence) {
            return Some("floor_changed".into());
        }
        if self.floor_fence.is_some() && conversation.last_customer_seq > self.seq {
            return Some("thread_changed".into());
        }
        (facts.now >= self.stale_at).then(|| "stale".into())
    }

    /// One message of a conversation is under way at a time, in order: must `later` wait for this one?
    pub fn goes_before(&self, later: &Self, now: At) -> bool {
        match self.state {
            DeliveryState::Attempting => true,
            DeliveryState::Unknown => !self.needs_operator,
            // Of one whose undo window is over, the time has come as well: both may have been claimed together.
            DeliveryState::Queued | DeliveryState::Held => self.seq < later.seq && self.leaves(now),
            _ => false,
        }
    }

    /// It waits for nothing but its turn.
    pub fn leaves(&self, now: At) -> bool {
        match self.state {
            DeliveryState::Queued => true,
            DeliveryState::Held => self.hold_until.is_none_or(|until| until <= now),
            _ => false,
        }
    }
}

/// How old a text in the carrier's list may be to be this attempt's, by our clock: it may have gone back since.
pub fn searched_from(attempted_at: At, now: At) -> At {
    attempted_at.min(now) - CLOCK_MARGIN
}

/// When the carrier's list is searched again after `looks` in vain; `None`: it does not have the message.
///
/// However late this look was, or the clock went, the next one keeps its distance: the list may lag behind.
pub fn next_look(looks: usize, attempted_at: At, schedule: &[Duration], now: At) -> Option<At> {
    let (next, last) = (*schedule.get(looks)?, *schedule.get(looks.checked_sub(1)?)?);
    Some((attempted_at + next).max(now + next.saturating_sub(last)))
}

/// The carrier's list cannot be read, and no report has come: is it time to show the message to a person?
pub fn is_shown_unread(stale_at: At, now: At) -> bool {
    now >= stale_at
}

/// The carrier does not have it: may it be sent once more without a person?
pub fn is_sent_again(unknowns: i64, stale_at: At, now: At) -> bool {
    unknowns < UNKNOWNS && now < stale_at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_keep_their_distance() {
        let schedule = [30, 90, 180].map(Duration::from_secs);
        let at = At::from_unix_seconds;
        let next = |looks, now| next_look(looks, at(1_000), &schedule, at(now));
        assert_eq!(next(1, 1_030), Some(at(1_090)));
        assert_eq!(next(2, 1_090), Some(at(1_180)));
        assert_eq!(next(1, 5_000), Some(at(5_060)), "after a jump of the clock");
        assert_eq!(next(1, 900), Some(at(1_090)), "and back");
        assert_eq!(next(3, 1_180), None);
    }
}
