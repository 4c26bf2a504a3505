//! A conversation's state, rebuilt from what its events say. What they do not say is not known.

use std::collections::BTreeMap;

use lotline_common::{
    At, TurnId, UserId,
    api::{
        lead::{Floor, FloorKind},
        message::DeliveryState,
    },
    event::{Event, EventKind},
};
use serde::Serialize;

/// The word with which `lead.updated` says that a message of ours turned out unsaid, and since when the customer waits.
pub const UNSAID: &str = "unsaid";

/// Who has the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holder {
    pub kind: FloorKind,
    pub member: Option<UserId>,
    pub fence: i64,
}

/// Where a conversation stands: folded from its events, or read from its rows to be compared with that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Conversation {
    pub turns: i64,
    pub floor: Option<Holder>,
    pub waiting_since: Option<At>,
    pub assigned_to: Option<UserId>,
    pub opted_out: bool,
    pub erased: bool,
    pub deliveries: BTreeMap<TurnId, DeliveryState>,
}

/// Something that the events say otherwise than the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub what: String,
    pub replayed: String,
    pub stored: String,
}

impl Conversation {
    /// The state after `event`.
    pub fn apply(&mut self, event: &Event) {
        let detail = &event.detail;
        match event.kind {
            EventKind::LeadCreated => {
                self.floor = detail.floor.as_ref().map(holder);
                self.opted_out = detail.opted_out.unwrap_or_default();
                self.assigned_to = detail.member_id;
            }
            EventKind::TurnAdded => {
                self.turns += 1;
                self.waiting_since = detail.waiting_since;
            }
            EventKind::LeadUpdated if detail.reason.as_deref() == Some(UNSAID) => {
                self.waiting_since = detail.waiting_since;
            }
            EventKind::FloorChanged => self.floor = detail.floor.as_ref().map(holder),
            EventKind::ConsentChanged => self.opted_out = detail.opted_out.unwrap_or_default(),
            EventKind::AssignmentChanged => self.assigned_to = detail.member_id,
            EventKind::LeadErased => self.erase(),
            _ => {
                if let (Some(turn), Some(delivery)) = (detail.turn_id, &detail.delivery) {
                    self.deliveries.insert(turn, delivery.state);
                }
            }
        }
    }

    /// Nobody speaks any more, and nothing leaves.
    fn erase(&mut self) {
        self.erased = true;
        (self.waiting_since, self.assigned_to) = (None, None);
        self.floor =
            self.floor.map(|floor| Holder { kind: FloorKind::Nobody, member: None, fence: floor.fence + 1 });
        for state in self.deliveries.values_mut() {
            if matches!(state, DeliveryState::Held | DeliveryState::Queued) {
                *state = DeliveryState::Refused;
            }
        }
    }

    /// Where `stored` is not what these events say.
    pub fn differences(&self, stored: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut compare = |what: &str, replayed: String, stored: String| {
            if replayed != stored {
                found.push(Difference { what: what.to_owned(), replayed, stored });
            }
        };
        compare("turns", self.turns.to_string(), stored.turns.to_string());
        compare("floor", shown(self.floor.map(describe)), shown(stored.floor.map(describe)));
        compare("waiting_since", shown(self.waiting_since), shown(stored.waiting_since));
        compare("assigned_to", shown(self.assigned_to), shown(stored.assigned_to));
        compare("opted_out", self.opted_out.to_string(), stored.opted_out.to_string());
        compare("erased", self.erased.to_string(), stored.erased.to_string());
        let mut turns: Vec<_> = self.deliveries.keys().chain(stored.deliveries.keys()).collect();
        turns.sort_unstable();
        turns.dedup();
        for turn in turns {
            let (replayed, stored) = (self.deliveries.get(turn), stored.deliveries.get(turn));
            if !agrees(replayed.copied(), stored.copied()) {
                compare(&format!("delivery {turn}"), shown(replayed), shown(stored));
            }
        }
        found
    }
}

/// That a message is being sent is told by no event: the last one said that it waits.
fn agrees(replayed: Option<DeliveryState>, stored: Option<DeliveryState>) -> bool {
    let waits = matches!(replayed, Some(DeliveryState::Held | DeliveryState::Queued));
    replayed == stored || (waits && stored == Some(DeliveryState::Attempting))
}

fn holder(floor: &Floor) -> Holder {
    Holder { kind: floor.kind, member: floor.member.as_ref().map(|member| member.id), fence: floor.fence }
}

/// In words, for a person.
pub fn describe(floor: Holder) -> String {
    let member = floor.member.map(|member| format!(" {member}")).unwrap_or_default();
    format!("{}{member}, fence {}", floor.kind, floor.fence)
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use lotline_common::{LeadId, event::Detail};

    use super::*;

    fn event(kind: EventKind, detail: Detail) -> Event {
        let (at, lead_id) = (At::from_micros(1), Some(LeadId::new()));
        Event { seq: 1, kind, at, lead_id, actor: None, turn: None, detail }
    }

    fn floor(kind: FloorKind, fence: i64) -> Floor {
        Floor { kind, member: None, fence }
    }

    fn begun() -> Conversation {
        let mut state = Conversation::default();
        let detail = Detail { floor: Some(floor(FloorKind::Ai, 1)), ..Detail::default() };
        state.apply(&event(EventKind::LeadCreated, detail));
        let waiting_since = Some(At::from_micros(5));
        state.apply(&event(EventKind::TurnAdded, Detail { waiting_since, ..Detail::default() }));
        state
    }

    /// A member who changes a name says nothing of who waits; a message that failed does.
    #[test]
    fn only_an_event_that_says_so_moves_the_waiting() {
        let mut state = begun();
        state.apply(&event(EventKind::LeadUpdated, Detail::default()));
        assert_eq!(state.waiting_since, Some(At::from_micros(5)));
        let unsaid = Detail { reason: Some(UNSAID.into()), ..Detail::default() };
        state.apply(&event(EventKind::LeadUpdated, unsaid));
        assert_eq!(state.waiting_since, None);
    }

    #[test]
    fn a_difference_is_named_and_what_agrees_is_not() {
        let state = begun();
        assert_eq!(state.differences(&state), []);
        let stored = Conversation {
            floor: Some(Holder { kind: FloorKind::Nobody, member: None, fence: 2 }),
            ..state.clone()
        };
        let found = state.differences(&stored);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].what.as_str(), found[0].stored.as_str()), ("floor", "nobody, fence 2"));
    }

    #[test]
    fn a_message_under_way_agrees_with_one_that_waits_only() {
        use DeliveryState::{Accepted, Attempting, Held, Queued};
        assert!(agrees(Some(Queued), Some(Attempting)) && agrees(Some(Held), Some(Attempting)));
        assert!(!agrees(Some(Accepted), Some(Attempting)) && !agrees(None, Some(Queued)));
    }
}
