//! What goes wrong at the carrier, when and how often. Decides only; the handlers and the wire carry it out.

use serde::{Deserialize, Serialize};

use crate::shared::Shared;

/// One thing that goes wrong, until its count is used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub kind: FaultKind,
    /// Requests it touches; by default the creation of a message.
    #[serde(default)]
    pub at: FaultPoint,
    /// Only this account; `None` = every account.
    #[serde(default)]
    pub account_sid: Option<String>,
    /// How often it strikes; `None` = until cleared.
    #[serde(default)]
    pub count: Option<u32>,
    /// Chance per request, drawn from the simulator's seed; `None` = always.
    #[serde(default)]
    pub probability: Option<f64>,
}

impl Fault {
    /// Strikes the next `count` message creations of any account.
    pub fn times(count: u32, kind: FaultKind) -> Self {
        Self { count: Some(count), ..Self::always(kind) }
    }

    /// Strikes every message creation until cleared.
    pub fn always(kind: FaultKind) -> Self {
        Self { kind, at: FaultPoint::default(), account_sid: None, count: None, probability: None }
    }

    /// The same at other requests.
    #[must_use]
    pub fn at(self, at: FaultPoint) -> Self {
        Self { at, ..self }
    }

    /// The same for one account.
    #[must_use]
    pub fn for_account(self, sid: impl Into<String>) -> Self {
        Self { account_sid: Some(sid.into()), ..self }
    }

    /// The same with a chance per request.
    #[must_use]
    pub fn with_probability(self, probability: f64) -> Self {
        Self { probability: Some(probability), ..self }
    }
}

/// Which requests to the carrier a fault touches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultPoint {
    /// `POST …/Messages.json`.
    #[default]
    CreateMessage,
    /// Reading messages, singly or as a list.
    ReadMessages,
    /// What came along with a message.
    ListMedia,
    /// Everything about own numbers and the account itself.
    Numbers,
    /// Every request.
    Any,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// The message exists and will be delivered, the answer is 500.
    #[serde(rename = "accept_then_500")]
    AcceptThen500,
    /// The message exists, the connection is reset before the answer.
    AcceptThenDrop,
    /// The message exists, no answer ever comes.
    AcceptThenHang,
    /// The message exists, the answer ends after so many bytes.
    CutAfterNBytes { bytes: usize },
    /// The connection is reset before the body is read; nothing was created.
    Refuse,
    /// The answer comes late.
    Slow { ms: u64 },
    /// 429 with code 20429; nothing was created.
    TooManyRequests { retry_after: Option<u32> },
    /// 401 with code 20003, whatever the credentials.
    Unauthorized,
    /// The given HTTP status and carrier code; nothing was created.
    Code { status: u16, code: u32 },
    /// Status callbacks come in the wrong order.
    CallbacksReordered,
    /// Every status callback comes twice.
    CallbacksDuplicated,
    /// Every status callback comes before the 201.
    CallbacksBeforeAnswer,
    /// No status callback comes.
    CallbacksNever,
    /// The message ends `undelivered` (code 30xxx) or `failed`, with this code.
    DeliveryFails { code: u32 },
    /// A list shows no customer's text, as if it lagged far behind; for [`FaultPoint::ReadMessages`].
    ListWithoutInbound,
}

impl FaultKind {
    /// Whether it happens to the callbacks of a message rather than to the request.
    const fn is_about_callbacks(&self) -> bool {
        matches!(
            self,
            Self::CallbacksReordered
                | Self::CallbacksDuplicated
                | Self::CallbacksBeforeAnswer
                | Self::CallbacksNever
                | Self::DeliveryFails { .. }
        )
    }
}

/// The faults in force.
#[derive(Debug)]
pub(crate) struct Faults {
    state: Shared<State>,
}

#[derive(Debug)]
struct State {
    faults: Vec<Fault>,
    rng: fastrand::Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: Shared::new(State { faults: Vec::new(), rng: fastrand::Rng::with_seed(seed ^ 0xfa17) }),
        }
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.state.lock().faults.push(fault);
    }

    pub(crate) fn clear(&self) {
        self.state.lock().faults.clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.state.lock().faults.clone()
    }

    /// The fault that strikes this request: the oldest that matches.
    pub(crate) fn strike(&self, at: FaultPoint, account_sid: &str) -> Option<FaultKind> {
        let wanted = |fault: &Fault| !fault.kind.is_about_callbacks() && fault.matches(at, account_sid);
        self.state.lock().draw(wanted, true).pop()
    }

    /// All that will befall the callbacks of a message created now.
    pub(crate) fn strike_callbacks(&self, account_sid: &str) -> Vec<FaultKind> {
        let wanted = |fault: &Fault| {
            fault.kind.is_about_callbacks() && fault.matches(FaultPoint::CreateMessage, account_sid)
        };
        self.state.lock().draw(wanted, false)
    }
}

impl Fault {
    fn matches(&self, at: FaultPoint, account_sid: &str) -> bool {
        (self.at == at || self.at == FaultPoint::Any)
            && self.account_sid.as_deref().is_none_or(|only| only == account_sid)
    }
}

impl State {
    fn draw(&mut self, wanted: impl Fn(&Fault) -> bool, only_first: bool) -> Vec<FaultKind> {
        let mut struck = Vec::new();
        for fault in &mut self.faults {
            let enough = only_first && !struck.is_empty();
            if enough || !wanted(fault) || fault.probability.is_some_and(|chance| self.rng.f64() >= chance) {
                continue;
            }
            if let Some(count) = &mut fault.count {
                if *count == 0 {
                    continue;
                }
                *count -= 1;
            }
            struck.push(fault.kind.clone());
        }
        self.faults.retain(|fault| fault.count != Some(0));
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_account_as_often_as_told() {
        let faults = Faults::new(1);
        faults.add(Fault::times(2, FaultKind::AcceptThen500).for_account("AC1"));
        assert_eq!(faults.strike(FaultPoint::CreateMessage, "AC2"), None);
        assert_eq!(faults.strike(FaultPoint::ReadMessages, "AC1"), None);
        assert_eq!(faults.strike(FaultPoint::CreateMessage, "AC1"), Some(FaultKind::AcceptThen500));
        assert_eq!(faults.strike(FaultPoint::CreateMessage, "AC1"), Some(FaultKind::AcceptThen500));
        assert_eq!(faults.strike(FaultPoint::CreateMessage, "AC1"), None);
        assert!(faults.list().is_empty());
    }

    /// A failing run must be repeatable from its seed.
    #[test]
    fn chances_come_from_the_seed() {
        let struck = |seed| {
            let faults = Faults::new(seed);
            faults.add(Fault::always(FaultKind::AcceptThenDrop).with_probability(0.3));
            (0..64).map(|_| faults.strike(FaultPoint::CreateMessage, "AC1").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(struck(7), struck(7));
        assert_ne!(struck(7), struck(8));
        let hits = struck(7).iter().filter(|hit| **hit).count();
        assert!((8..32).contains(&hits), "{hits} of 64");
    }

    #[test]
    fn the_wire_form_is_plain() {
        let text = r#"{"kind":{"kind":"cut_after_n_bytes","bytes":40},"count":1,"account_sid":"AC1"}"#;
        let fault: Fault = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(fault, Fault::times(1, FaultKind::CutAfterNBytes { bytes: 40 }).for_account("AC1"));
    }
}
