//! What a run showed, and which promises it broke. Pure: it only looks at evidence that others gathered.
//!
//! The carrier's ledger is believed about texts, the operators' streams about what people saw, and the API about where
//! each conversation stands. Nothing is counted as answered because the daemon says so.

mod leak;
mod show;
#[cfg(test)]
mod tests;
mod thread;

use std::{collections::BTreeMap, time::Duration};

use lotline_common::{
    At, LeadId,
    api::lead::{FloorKind, Lead},
};
use lotline_sim::Ledger;

use super::watch::Heard;
use crate::domain::floor::Handoff;
use thread::Threads;

/// Reasons for which a person is asked for by the customer or by code, and not because the AI failed.
const BY_CUSTOMER_OR_CODE: [&str; 3] =
    [Handoff::CustomerAsked.reason(), Handoff::MayWantOut.reason(), Handoff::Loop.reason()];

/// Everything that was gathered.
pub(super) struct Evidence {
    pub(super) seed: u64,
    pub(super) ledger: Ledger,
    pub(super) sides: Vec<Side>,
    /// How long the desk waits for more texts before it answers.
    pub(super) burst: Duration,
}

/// One organization.
pub(super) struct Side {
    pub(super) name: String,
    pub(super) number: String,
    pub(super) agent_id: String,
    pub(super) canary: String,
    pub(super) heard: Heard,
    pub(super) leads: Vec<Known>,
}

/// A lead as the API shows it in the end.
pub(super) struct Known {
    pub(super) id: LeadId,
    pub(super) phone: String,
    pub(super) floor: FloorKind,
    /// The desk itself says that the customer waits.
    pub(super) waits: bool,
}

impl Known {
    /// The first phone is the one that texted.
    pub(super) fn of(lead: &Lead) -> Self {
        Self {
            id: lead.id,
            phone: lead.phones.first().map(ToString::to_string).unwrap_or_default(),
            floor: lead.floor.kind,
            waits: lead.waiting_since.is_some(),
        }
    }
}

impl Evidence {
    /// Nothing was sent for as long as an answer may take to follow another, so that a late twin is seen.
    pub(super) fn is_quiet(&self, now: At) -> bool {
        let last = self.ledger.outbound.iter().map(|text| text.created_at_us).max();
        last.is_none_or(|last| now.since(At::from_micros(last)) >= self.burst)
    }
}

/// The figures.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) seed: u64,
    pub(super) texts: usize,
    pub(super) needing: usize,
    /// Texts that need an answer and have one.
    pub(super) covered: usize,
    /// Texts of ours that are the first after a text that needs an answer.
    pub(super) answers: usize,
    /// Texts without an answer in conversations that wait for a person, visibly and for a good reason.
    pub(super) left_to_people: usize,
    /// What is broken, each with where.
    pub(super) unanswered: Vec<String>,
    pub(super) doubled: Vec<String>,
    pub(super) leaks: Vec<String>,
    pub(super) lost: Vec<String>,
    /// Breaches of a vendor's contract: against the real one they would have been failures.
    pub(super) breaches: Vec<String>,
    /// What makes the run prove nothing.
    pub(super) unproven: Vec<String>,
    /// Conversations handed to a person, by reason.
    pub(super) handed: BTreeMap<String, usize>,
    /// Code words and how often their own organization's stream said them.
    pub(super) at_home: Vec<(String, usize)>,
    pub(super) to_stream: Times,
    pub(super) to_reply: Times,
}

/// Durations in microseconds, sorted.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<i64>);

impl Times {
    fn of(mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The smallest time that `percent` of all do not exceed.
    pub(super) fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        let micros = self.0.get(rank - 1)?;
        Some(Duration::from_micros(u64::try_from(*micros).unwrap_or(0)))
    }
}

impl Summary {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let threads = Threads::of(evidence);
        let ledger = &evidence.ledger;
        let needing = ledger.inbound.iter().filter(|text| text.needs_answer).count();
        let mut summary = Self {
            seed: evidence.seed,
            texts: ledger.inbound.len(),
            needing,
            covered: ledger.covered().len(),
            answers: threads.answers(),
            doubled: doubled(evidence),
            leaks: leak::find(evidence),
            lost: threads.lost(),
            breaches: breaches(ledger),
            at_home: leak::at_home(evidence),
            to_stream: Times::of(threads.to_stream()),
            to_reply: Times::of(threads.to_reply()),
            ..Self::default()
        };
        for text in ledger.unanswered() {
            if threads.is_left_to_people(text) {
                summary.left_to_people += 1;
            } else {
                summary.unanswered.push(format!("{} from {} to {}", text.sid, text.from, text.to));
            }
        }
        summary.unanswered.extend(threads.said_to_wait());
        for side in &evidence.sides {
            for reason in side.heard.handoffs.values() {
                *summary.handed.entry(reason.clone()).or_default() += 1;
            }
        }
        summary.unproven = summary.what_is_unproven();
        summary
    }

    /// Everybody is answered and everything is seen: nothing more is to be waited for.
    pub(super) fn is_settled(&self) -> bool {
        self.unanswered.is_empty() && self.lost.is_empty()
    }

    /// The broken promises, each named.
    pub(super) fn broken(&self) -> Vec<String> {
        let named = [
            ("unanswered", &self.unanswered),
            ("doubled at the carrier", &self.doubled),
            ("seen by the wrong organization", &self.leaks),
            ("lost", &self.lost),
            ("a vendor's contract", &self.breaches),
            ("not shown by this run", &self.unproven),
        ];
        let broken = named.into_iter().filter(|(_, cases)| !cases.is_empty());
        broken.flat_map(|(name, cases)| cases.iter().map(move |case| format!("{name}: {case}"))).collect()
    }

    fn what_is_unproven(&self) -> Vec<String> {
        let mut unproven = Vec::new();
        if self.needing == 0 {
            unproven.push("no customer wrote anything that needs an answer".to_owned());
        }
        for (word, times) in &self.at_home {
            if *times == 0 {
                unproven.push(format!("{word} was never said, so it could not be seen in the wrong place"));
            }
        }
        unproven
    }
}

fn doubled(evidence: &Evidence) -> Vec<String> {
    let twins = evidence.ledger.doubled_within(evidence.burst);
    twins.into_iter().map(|it| format!("{} and {} to {}", it.first_sid, it.second_sid, it.to)).collect()
}

fn breaches(ledger: &Ledger) -> Vec<String> {
    let carrier = ledger.violations.iter().map(|breach| format!("{}: {}", breach.vendor, breach.what));
    let sessions = ledger.conversations.iter().flat_map(|session| {
        session.violations.iter().map(|what| format!("{}: {what}", session.conversation_id))
    });
    carrier.chain(sessions).collect()
}
