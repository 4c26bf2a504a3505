//! Who may speak next: exactly one holder, fenced by a number that only grows.

use lotline_common::{UserId, api::lead::FloorKind};

/// The fence of a new lead, as its column begins.
pub const FIRST_FENCE: i64 = 1;

/// The floor of a lead as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FloorState {
    pub kind: FloorKind,
    pub member: Option<UserId>,
    pub fence: i64,
}

/// Where the floor should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloorTarget {
    Ai,
    Member(UserId),
    Nobody,
    Paused,
}

impl FloorTarget {
    pub const fn kind(self) -> FloorKind {
        match self {
            Self::Ai => FloorKind::Ai,
            Self::Member(_) => FloorKind::Member,
            Self::Nobody => FloorKind::Nobody,
            Self::Paused => FloorKind::Paused,
        }
    }

    pub const fn member(self) -> Option<UserId> {
        match self {
            Self::Member(member) => Some(member),
            _ => None,
        }
    }
}

impl FloorState {
    /// The floor after a move, or `None` when it is there already: then nothing is written and no marker appears.
    pub fn moved(self, target: FloorTarget) -> Option<Self> {
        let same = self.kind == target.kind() && self.member == target.member();
        (!same).then(|| Self { kind: target.kind(), member: target.member(), fence: self.fence + 1 })
    }

    /// May an answer that was asked for under `fence` still leave?
    pub fn lets_ai_speak(self, fence: i64) -> bool {
        self.kind == FloorKind::Ai && self.fence == fence
    }
}

/// Why the AI gave the floor up. The word is stored with the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handoff {
    CustomerAsked,
    MayWantOut,
    AgentAsked,
    AgentFailed(&'static str),
    Guardrail(&'static str),
    Loop,
    NoAgent,
}

impl Handoff {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::CustomerAsked => "customer_asked_for_a_person",
            Self::MayWantOut => "may_want_to_opt_out",
            Self::AgentAsked => "agent_asked_for_a_person",
            Self::AgentFailed(why) | Self::Guardrail(why) => why,
            Self::Loop => "too_many_automatic_messages",
            Self::NoAgent => "no_agent_configured",
        }
    }

    /// The marker in the thread.
    pub fn sentence(self) -> String {
        match self {
            Self::CustomerAsked => "The customer asked for a person.".into(),
            Self::MayWantOut => {
                "The customer may want no more texts: a person must read this before anything is sent.".into()
            }
            Self::AgentAsked => "The AI asked for a person.".into(),
            Self::AgentFailed(why) => format!("The AI could not answer ({why}). A person is needed."),
            Self::Guardrail(why) => {
                format!("The AI's answer was kept back ({why}); it is a draft for a person.")
            }
            Self::Loop => "Too many automatic messages in a short time. A person is needed.".into(),
            Self::NoAgent => "No AI agent is set up. A person is needed.".into(),
        }
    }
}

/// The marker for a move made by a person.
pub fn moved_by_person(who: &str, target: FloorTarget, target_name: &str) -> String {
    match target {
        FloorTarget::Ai => format!("{who} handed the conversation to the AI."),
        FloorTarget::Member(_) if who == target_name => format!("{who} took over."),
        FloorTarget::Member(_) => format!("{who} gave the conversation to {target_name}."),
        FloorTarget::Nobody => format!("{who} put the conversation back in the queue."),
        FloorTarget::Paused => format!("{who} paused the AI."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_grows_with_every_move_and_only_then() {
        let dana = UserId::new();
        let ai = FloorState { kind: FloorKind::Ai, member: None, fence: 7 };
        assert_eq!(ai.moved(FloorTarget::Ai), None);
        let taken = ai.moved(FloorTarget::Member(dana)).unwrap();
        assert_eq!((taken.kind, taken.member, taken.fence), (FloorKind::Member, Some(dana), 8));
        assert_eq!(taken.moved(FloorTarget::Member(dana)), None);
        assert_eq!(taken.moved(FloorTarget::Member(UserId::new())).unwrap().fence, 9);
    }

    /// Otherwise the AI talks over the person who took over.
    #[test]
    fn an_answer_of_an_old_floor_does_not_leave() {
        let ai = FloorState { kind: FloorKind::Ai, member: None, fence: 7 };
        assert!(ai.lets_ai_speak(7));
        let back = ai.moved(FloorTarget::Paused).unwrap().moved(FloorTarget::Ai).unwrap();
        assert!(!back.lets_ai_speak(7) && back.lets_ai_speak(9));
    }
}
