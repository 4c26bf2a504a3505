//! What a shop's desk keeps on its disk, and its transactions. Each either is done or is not: a crash falls between.
//! Every decision is the daemon's own.

use std::collections::BTreeMap;

use lotline_common::{
    At, PhoneNumber, UserId,
    api::{
        consent::Purpose,
        lead::{FloorKind, LeadStatus},
        message::DeliveryState,
    },
};
use lotlined::domain::{
    delivery::{Remedy, Report, after_report, remedy},
    floor::{FloorState, FloorTarget},
    gate::{self, Facts},
    keyword::{Keyword, keyword},
    outbox::{Conversation, Message, Turn, is_sent_again, is_shown_unread, next_look, searched_from},
    retry::WORK,
};

use super::carrier::{Carrier, Moment};
use std::time::Duration;

pub(super) const SCHEDULE: [Duration; 3] =
    [Duration::from_secs(30), Duration::from_secs(90), Duration::from_secs(180)];
const STALE_AFTER: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    Reply,
    Deliver(usize),
    Reconcile(usize),
}

pub(super) struct Text {
    pub(super) message: Message,
    pub(super) body: u8,
    pub(super) purpose: Purpose,
    pub(super) by_ai: bool,
    pub(super) sid: Option<usize>,
    pub(super) attempts: i64,
    pub(super) unknowns: i64,
    pub(super) attempted_at: At,
    pub(super) looks: usize,
    /// An operator had it sent again.
    pub(super) forced: u32,
}

/// One conversation: the customer is the same phone for both shops.
pub(super) struct Desk {
    pub(super) floor: FloorState,
    pub(super) opted_out: bool,
    pub(super) stored: Vec<usize>,
    pub(super) seq: i64,
    pub(super) last_customer_seq: i64,
    pub(super) texts: Vec<Text>,
    pub(super) jobs: BTreeMap<Job, At>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let floor = FloorState { kind: FloorKind::Ai, member: None, fence: 1 };
        let (stored, texts, jobs) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { floor, opted_out: false, stored, seq: 0, last_customer_seq: 0, texts, jobs }
    }

    fn facts<'a>(&self, to: &'a PhoneNumber, purpose: Purpose, by_ai: bool, now: At) -> Facts<'a> {
        Facts { purpose, to, opted_out: self.opted_out, status: LeadStatus::Engaged, by_ai, now }
    }

    /// A customer's text, by a webhook or by the list: taken once.
    pub(super) fn hear(&mut self, text: usize, body: &str, now: At) {
        if self.stored.contains(&text) {
            return;
        }
        self.stored.push(text);
        self.seq += 1;
        self.last_customer_seq = self.seq;
        match keyword(body, self.opted_out) {
            Some(Keyword::Stop) if !self.opted_out => {
                self.opted_out = true;
                self.queue(9, Purpose::Compliance, false, Duration::ZERO, now);
            }
            Some(Keyword::Start) => self.opted_out = false,
            Some(Keyword::Stop | Keyword::Help) => {}
            None if self.floor.kind == FloorKind::Ai && !self.opted_out => {
                self.jobs.insert(Job::Reply, now + Duration::from_secs(2));
            }
            None => {}
        }
    }

    /// `None` when the gate refuses it.
    pub(super) fn queue(
        &mut self,
        body: u8,
        purpose: Purpose,
        by_ai: bool,
        hold: Duration,
        now: At,
    ) -> Option<usize> {
        let to: PhoneNumber = "+13035550101".parse().unwrap();
        gate::check(&self.facts(&to, purpose, by_ai, now)).ok()?;
        self.seq += 1;
        let held = !hold.is_zero();
        let message = Message {
            seq: self.seq,
            state: if held { DeliveryState::Held } else { DeliveryState::Queued },
            floor_fence: by_ai.then_some(self.floor.fence),
            hold_until: held.then_some(now + hold),
            stale_at: now + hold + STALE_AFTER,
            needs_operator: false,
        };
        self.texts.push(Text {
            message,
            body,
            purpose,
            by_ai,
            sid: None,
            attempts: 0,
            unknowns: 0,
            attempted_at: now,
            looks: 0,
            forced: 0,
        });
        let id = self.texts.len() - 1;
        self.jobs.insert(Job::Deliver(id), now + hold);
        Some(id)
    }

    pub(super) fn move_floor(&mut self, to: FloorTarget) {
        self.floor = self.floor.moved(to).unwrap_or(self.floor);
    }

    pub(super) fn take_over(&mut self) {
        self.move_floor(FloorTarget::Member(UserId::new()));
    }

    /// First transaction of a delivery: true when the request may leave. The job stays with whoever runs it.
    pub(super) fn begin(&mut self, id: usize, now: At) -> bool {
        let found = self.texts[id].message.turn();
        if found == Turn::Interrupted {
            self.unknown(id, now);
        }
        if found != Turn::Open {
            self.jobs.remove(&Job::Deliver(id));
            return false;
        }
        let to: PhoneNumber = "+13035550101".parse().unwrap();
        let text = &self.texts[id];
        let conversation =
            Conversation { fence: self.floor.fence, last_customer_seq: self.last_customer_seq };
        let obstacle = text.message.obstacle(&self.facts(&to, text.purpose, text.by_ai, now), conversation);
        if let Some(reason) = obstacle {
            let stale = reason == "stale";
            self.set(id, if stale { DeliveryState::Failed } else { DeliveryState::Refused });
            self.jobs.remove(&Job::Deliver(id));
            self.wake_next(id, now);
            return false;
        }
        let this = self.texts[id].message;
        let mut others = self.texts.iter().enumerate().filter(|(other, _)| *other != id);
        if others.any(|(_, other)| other.message.goes_before(&this, now)) {
            self.jobs.insert(Job::Deliver(id), now + Duration::from_secs(5));
            return false;
        }
        let text = &mut self.texts[id];
        (text.message.state, text.attempted_at) = (DeliveryState::Attempting, now);
        text.attempts += 1;
        true
    }

    fn set(&mut self, id: usize, state: DeliveryState) {
        self.texts[id].message.state = state;
    }

    fn wake_next(&mut self, done: usize, now: At) {
        let next = (0..self.texts.len()).find(|&id| id != done && self.texts[id].message.leaves(now));
        if let Some(next) = next {
            self.jobs.insert(Job::Deliver(next), now);
        }
    }

    fn unknown(&mut self, id: usize, now: At) {
        if self.texts[id].message.state == DeliveryState::Attempting {
            self.set(id, DeliveryState::Unknown);
            self.texts[id].unknowns += 1;
            self.jobs.insert(Job::Reconcile(id), now + SCHEDULE[0]);
        }
    }

    /// Last transaction of a delivery.
    pub(super) fn answered(&mut self, id: usize, answer: Answer, now: At) {
        self.jobs.remove(&Job::Deliver(id));
        match answer {
            Answer::Accepted(sid) => {
                self.texts[id].sid.get_or_insert(sid);
                self.report(id, Report::Accepted);
            }
            Answer::Nothing => self.unknown(id, now),
            Answer::No(code) if self.texts[id].message.state == DeliveryState::Attempting => {
                match code.map_or(Remedy::Later, remedy) {
                    Remedy::Later | Remedy::Account => {
                        self.set(id, DeliveryState::Queued);
                        self.jobs.insert(Job::Deliver(id), now + WORK.wait(self.texts[id].attempts, 0.5));
                    }
                    Remedy::OptedOut => {
                        self.set(id, DeliveryState::Refused);
                        self.opted_out = true;
                    }
                    Remedy::Never => self.set(id, DeliveryState::Failed),
                }
            }
            Answer::No(_) => {}
        }
        self.wake_next(id, now);
    }

    fn report(&mut self, id: usize, report: Report) {
        if let Some(state) = after_report(self.texts[id].message.state, report) {
            self.set(id, state);
        }
    }

    /// A callback, or what the list says of a sid that is known.
    pub(super) fn told(&mut self, id: usize, attempt: i64, sid: usize, report: Report, now: At) {
        let text = &mut self.texts[id];
        if attempt > text.attempts || text.sid.is_some_and(|known| known != sid) {
            return;
        }
        text.sid = Some(sid);
        let before = text.message.state;
        self.report(id, report);
        if self.texts[id].message.state != before {
            self.texts[id].message.needs_operator = false;
        }
        self.wake_next(id, now);
    }

    /// A look at the list for a message of unknown outcome; the clock is so many seconds ahead of the carrier's.
    pub(super) fn reconcile(
        &mut self,
        id: usize,
        listed: &[usize],
        carrier: &Carrier,
        now: At,
        ahead: Moment,
    ) {
        self.jobs.remove(&Job::Reconcile(id));
        if self.texts[id].message.state != DeliveryState::Unknown {
            return;
        }
        let since = searched_from(self.texts[id].attempted_at, now).unix_seconds();
        let claimed: Vec<usize> = self.texts.iter().filter_map(|text| text.sid).collect();
        let found = listed.iter().copied().find(|sid| {
            let text = &carrier.taken[*sid];
            text.body == self.texts[id].body && text.at + ahead.max(0) >= since && !claimed.contains(sid)
        });
        if let Some(sid) = found {
            let text = &mut self.texts[id];
            (text.sid, text.message.needs_operator) = (Some(sid), false);
            self.report(id, carrier.report(sid));
            return self.wake_next(id, now);
        }
        let text = &mut self.texts[id];
        text.looks += 1;
        if let Some(at) = next_look(text.looks, text.attempted_at, &SCHEDULE, now) {
            self.jobs.insert(Job::Reconcile(id), at);
        } else if is_sent_again(text.unknowns, text.message.stale_at, now) {
            (text.message.state, text.looks) = (DeliveryState::Queued, 0);
            self.jobs.insert(Job::Deliver(id), now);
        } else {
            text.message.needs_operator = true;
            self.wake_next(id, now);
        }
    }

    /// The list cannot be read.
    pub(super) fn unread(&mut self, id: usize, now: At) {
        self.jobs.remove(&Job::Reconcile(id));
        let message = &mut self.texts[id].message;
        if message.state != DeliveryState::Unknown {
            return;
        }
        if is_shown_unread(message.stale_at, now) {
            message.needs_operator = true;
            self.wake_next(id, now);
        } else {
            self.jobs.insert(Job::Reconcile(id), now + SCHEDULE[0]);
        }
    }

    /// An operator's word on a message whose outcome nobody found out.
    pub(super) fn resolve(&mut self, id: usize, to: DeliveryState, now: At) {
        let text = &mut self.texts[id];
        (text.message.needs_operator, text.message.state) = (false, to);
        if to == DeliveryState::Queued {
            text.forced += 1;
            text.message.stale_at = now + STALE_AFTER;
            text.message.floor_fence = None;
            self.jobs.insert(Job::Deliver(id), now);
        }
        self.wake_next(id, now);
    }
}

/// What comes back of a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    Accepted(usize),
    No(Option<i64>),
    /// No answer, a cut one, or a 5xx.
    Nothing,
}
