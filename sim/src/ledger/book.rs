//! The ledger while it is being written: one lock, indexes for quick look-ups, and a bell that rings on every change.

use std::{collections::HashMap, time::Duration};

use tokio::sync::watch;

use super::{Callback, CarrierReply, Conversation, Inbound, Ledger, Outbound, Refused, Violation};
use crate::{clock, shared::Shared};

#[derive(Debug, Default)]
struct Pages {
    ledger: Ledger,
    inbound: HashMap<String, usize>,
    outbound: HashMap<String, usize>,
    /// Outgoing texts of a pair `(own number, customer)`.
    pairs: HashMap<(String, String), Vec<usize>>,
    conversations: HashMap<String, usize>,
}

impl Pages {
    fn answer_since(&self, pair: &(String, String), since_us: i64) -> Option<String> {
        let texts = self.pairs.get(pair)?.iter().rev().filter_map(|&at| self.ledger.outbound.get(at));
        texts.take_while(|text| text.created_at_us >= since_us).last().map(|text| text.body.clone())
    }
}

/// The writable ledger.
#[derive(Debug)]
pub(crate) struct Book {
    pages: Shared<Pages>,
    bell: watch::Sender<u64>,
}

impl Default for Book {
    fn default() -> Self {
        Self { pages: Shared::default(), bell: watch::Sender::new(0) }
    }
}

impl Book {
    pub(crate) fn snapshot(&self) -> Ledger {
        self.pages.lock().ledger.clone()
    }

    /// Answers a question about the ledger without copying it.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Ledger) -> T) -> T {
        question(&self.pages.lock().ledger)
    }

    /// Waits until `condition` holds; `false` when `deadline` passed first.
    pub(crate) async fn wait_until(&self, deadline: Duration, condition: impl Fn(&Ledger) -> bool) -> bool {
        let mut bell = self.bell.subscribe();
        let waiting = async {
            loop {
                bell.mark_unchanged();
                if self.ask(&condition) || bell.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(deadline, waiting).await.is_ok()
    }

    /// Notes a text about to be posted. A known sid is a replay and stays one entry.
    pub(crate) fn posting(&self, text: Inbound) {
        self.write(|pages| {
            if let Some(&at) = pages.inbound.get(&text.sid) {
                pages.ledger.inbound[at].replays += 1;
            } else {
                pages.inbound.insert(text.sid.clone(), pages.ledger.inbound.len());
                pages.ledger.inbound.push(text);
            }
        });
    }

    /// Notes how the webhook of `sid` ended.
    pub(crate) fn posted(&self, sid: &str, status: Option<u16>, attempts: u32) {
        self.write(|pages| {
            let Some(text) = pages.inbound.get(sid).and_then(|&at| pages.ledger.inbound.get_mut(at)) else {
                return;
            };
            text.status = status;
            text.attempts += attempts;
            if status.is_some_and(|s| (200..300).contains(&s)) && text.acknowledged_at_us.is_none() {
                text.acknowledged_at_us = Some(clock::now_us());
            }
        });
    }

    pub(crate) fn accepted(&self, text: Outbound) {
        self.write(|pages| {
            let at = pages.ledger.outbound.len();
            pages.outbound.insert(text.sid.clone(), at);
            pages.pairs.entry((text.from.clone(), text.to.clone())).or_default().push(at);
            pages.ledger.outbound.push(text);
        });
    }

    /// Moves an outgoing text to `status`.
    pub(crate) fn status(&self, sid: &str, status: &str, error_code: Option<u32>) {
        self.outgoing(sid, |text| {
            status.clone_into(&mut text.status);
            text.error_code = error_code;
        });
    }

    pub(crate) fn called_back(&self, sid: &str, callback: Callback) {
        self.outgoing(sid, |text| text.callbacks.push(callback));
    }

    pub(crate) fn refused(&self, refused: Refused) {
        self.write(|pages| pages.ledger.refused.push(refused));
    }

    pub(crate) fn carrier_replied(&self, reply: CarrierReply) {
        self.write(|pages| pages.ledger.carrier_replies.push(reply));
    }

    pub(crate) fn violated(&self, vendor: &str, what: impl Into<String>) {
        let violation = Violation { at_us: clock::now_us(), vendor: vendor.to_owned(), what: what.into() };
        tracing::debug!(vendor, what = %violation.what, "contract violated");
        self.write(|pages| pages.ledger.violations.push(violation));
    }

    pub(crate) fn opened(&self, conversation: Conversation) {
        self.write(|pages| {
            let at = pages.ledger.conversations.len();
            pages.conversations.insert(conversation.conversation_id.clone(), at);
            pages.ledger.conversations.push(conversation);
        });
    }

    pub(crate) fn conversation(&self, id: &str, change: impl FnOnce(&mut Conversation)) {
        self.write(|pages| {
            if let Some(it) =
                pages.conversations.get(id).and_then(|&at| pages.ledger.conversations.get_mut(at))
            {
                change(it);
            }
        });
    }

    pub(crate) fn find_inbound(&self, sid: &str) -> Option<Inbound> {
        let pages = self.pages.lock();
        pages.inbound.get(sid).and_then(|&at| pages.ledger.inbound.get(at)).cloned()
    }

    /// Waits for the first text that `customer` gets from `own` after `since_us`.
    pub(crate) async fn answer_since(&self, own: &str, customer: &str, since_us: i64) -> String {
        let pair = (own.to_owned(), customer.to_owned());
        let mut bell = self.bell.subscribe();
        loop {
            bell.mark_unchanged();
            if let Some(answer) = self.pages.lock().answer_since(&pair, since_us) {
                return answer;
            }
            // The bell lives as long as the book that is being asked.
            let _rang = bell.changed().await;
        }
    }

    fn outgoing(&self, sid: &str, change: impl FnOnce(&mut Outbound)) {
        self.write(|pages| {
            if let Some(text) = pages.outbound.get(sid).and_then(|&at| pages.ledger.outbound.get_mut(at)) {
                change(text);
            }
        });
    }

    fn write(&self, change: impl FnOnce(&mut Pages)) {
        change(&mut self.pages.lock());
        self.bell.send_modify(|changes| *changes += 1);
    }
}
