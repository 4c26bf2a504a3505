//! The evidence by thread: what a customer wrote, what came back, and what the organization's stream told of it.

use std::collections::{HashMap, HashSet};

use lotline_common::api::lead::FloorKind;
use lotline_sim::{Inbound, Outbound};

use super::{BY_CUSTOMER_OR_CODE, Evidence, Known, Side};
use crate::cli::demo::watch::Told;

/// All threads, and events that fit none.
pub(super) struct Threads<'a> {
    threads: HashMap<(&'a str, &'a str), Thread<'a>>,
    amiss: Vec<String>,
}

/// One customer at one organization; every list in the order of its events.
#[derive(Default)]
struct Thread<'a> {
    written: Vec<&'a Inbound>,
    sent: Vec<&'a Outbound>,
    told: Vec<&'a Told>,
    lead: Option<&'a Known>,
    handoff: Option<&'a str>,
}

impl<'a> Threads<'a> {
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        let mut all = Self { threads: HashMap::new(), amiss: Vec::new() };
        for text in &evidence.ledger.inbound {
            all.at(&text.to, &text.from).written.push(text);
        }
        for text in &evidence.ledger.outbound {
            all.at(&text.from, &text.to).sent.push(text);
        }
        evidence.sides.iter().for_each(|side| all.hear(side));
        all
    }

    fn at(&mut self, own: &'a str, customer: &'a str) -> &mut Thread<'a> {
        self.threads.entry((own, customer)).or_default()
    }

    fn hear(&mut self, side: &'a Side) {
        if side.heard.amiss > 0 {
            self.amiss.push(format!("{} events of {} were skipped or repeated", side.heard.amiss, side.name));
        }
        for lead in &side.leads {
            let thread = self.at(&side.number, &lead.phone);
            thread.lead = Some(lead);
            thread.handoff = side.heard.handoffs.get(&lead.id).map(String::as_str);
        }
        let phones: HashMap<_, _> = side.leads.iter().map(|lead| (lead.id, lead.phone.as_str())).collect();
        for told in &side.heard.texts {
            match phones.get(&told.lead) {
                Some(phone) => self.at(&side.number, phone).told.push(told),
                None => self.amiss.push(format!("{} was told of a lead it does not have", side.name)),
            }
        }
    }

    /// Texts that the carrier was not thanked for, or that no operator saw as they were written.
    pub(super) fn lost(&self) -> Vec<String> {
        let threads = self.threads.values().flat_map(Thread::lost);
        threads.chain(self.amiss.iter().cloned()).collect()
    }

    /// From the carrier's webhook to an operator's stream, µs.
    pub(super) fn to_stream(&self) -> Vec<i64> {
        let pairs = self.threads.values().flat_map(|thread| thread.written.iter().zip(&thread.told));
        pairs.map(|(written, told)| told.read_at_us - written.posted_at_us).collect()
    }

    /// From a text to the carrier's having its answer, µs.
    pub(super) fn to_reply(&self) -> Vec<i64> {
        let pairs = self.threads.values().flat_map(Thread::covered);
        pairs.map(|(text, sent)| sent.created_at_us - text.posted_at_us).collect()
    }

    pub(super) fn answers(&self) -> usize {
        let sids = self.threads.values().flat_map(Thread::covered).map(|(_, sent)| sent.sid.as_str());
        sids.collect::<HashSet<_>>().len()
    }

    /// Nobody has the floor, everybody can see it, and the reason is not a failure of the AI.
    pub(super) fn is_left_to_people(&self, text: &Inbound) -> bool {
        self.threads.get(&(text.to.as_str(), text.from.as_str())).is_some_and(Thread::is_left_to_people)
    }

    /// Conversations whose customer waits for the AI by the desk's own account, though the ledger holds an answer.
    pub(super) fn said_to_wait(&self) -> Vec<String> {
        let waiting = |thread: &Thread<'_>| {
            let last = thread.written.last()?;
            let answered = thread.sent.iter().any(|sent| sent.created_at_us > last.posted_at_us);
            let waits = thread.lead.is_some_and(|lead| lead.waits && lead.floor == FloorKind::Ai);
            (waits && answered && last.needs_answer)
                .then(|| format!("{} to {}, says the desk itself", last.from, last.to))
        };
        self.threads.values().filter_map(waiting).collect()
    }
}

impl<'a> Thread<'a> {
    fn lost(&self) -> Vec<String> {
        let mut lost = Vec::new();
        for (index, text) in self.written.iter().enumerate() {
            let seen = self.told.get(index).is_some_and(|told| told.text == text.body);
            if text.acknowledged_at_us.is_none() {
                lost.push(format!("{} from {}: the carrier's webhook got no 2xx", text.sid, text.from));
            } else if !seen {
                lost.push(format!("{} from {}: taken, and never on its stream", text.sid, text.from));
            }
        }
        if self.told.len() > self.written.len() {
            let phone = self.told.first().map(|told| told.lead.to_string()).unwrap_or_default();
            lost.push(format!("lead {phone}: the stream told of texts that nobody wrote"));
        }
        lost
    }

    /// Each text that needs an answer, with the first of ours after it.
    fn covered(&self) -> impl Iterator<Item = (&'a Inbound, &'a Outbound)> {
        self.written.iter().filter(|text| text.needs_answer).filter_map(|&text| {
            let answers = self.sent.iter().filter(|sent| sent.created_at_us > text.posted_at_us);
            answers.min_by_key(|sent| sent.created_at_us).map(|&sent| (text, sent))
        })
    }

    fn is_left_to_people(&self) -> bool {
        let queued = self.lead.is_some_and(|lead| lead.floor == FloorKind::Nobody);
        queued && self.handoff.is_some_and(|why| BY_CUSTOMER_OR_CODE.contains(&why))
    }
}
