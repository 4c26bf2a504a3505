//! Questions a ledger answers: was everyone answered, was anyone answered twice, did a store hear another's secret.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Inbound, Ledger, Outbound};

/// A text whose twin should not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubled {
    pub first_sid: String,
    pub second_sid: String,
    pub from: String,
    pub to: String,
    pub why: Doubling,
}

/// What makes two texts a pair of twins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubling {
    /// The same words, and the customer wrote nothing between them.
    SameBody,
    /// Two texts, and the customer wrote nothing the second could be the answer to.
    TwoAnswers,
}

/// A secret word of one store seen where only another store's may appear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    pub canary: String,
    /// Sid of the text, or id of the conversation.
    pub at: String,
}

#[derive(Default)]
struct Thread<'a> {
    inbound: Vec<&'a Inbound>,
    outbound: Vec<&'a Outbound>,
}

impl Ledger {
    /// How long a text may still belong to the burst that was being answered when it arrived.
    const GRACE: Duration = Duration::from_millis(250);

    /// Texts that need an answer and were given one.
    pub fn covered(&self) -> Vec<&Inbound> {
        self.needing_answer(true)
    }

    /// Texts that need an answer and got none, acknowledged or not.
    pub fn unanswered(&self) -> Vec<&Inbound> {
        self.needing_answer(false)
    }

    /// Texts that no 2xx answered: the carrier has forgotten them.
    pub fn unacknowledged(&self) -> Vec<&Inbound> {
        self.inbound.iter().filter(|text| text.acknowledged_at_us.is_none()).collect()
    }

    /// Texts sent twice to the same customer; an answer within a quarter of a second of a new text is not held
    /// to have answered it.
    pub fn doubled(&self) -> Vec<Doubled> {
        self.doubled_within(Self::GRACE)
    }

    /// As [`Ledger::doubled`], with the grace named. Give the burst window of the system under test.
    pub fn doubled_within(&self, grace: Duration) -> Vec<Doubled> {
        let grace_us = i64::try_from(grace.as_micros()).unwrap_or(i64::MAX);
        self.threads().values().flat_map(|thread| thread.doubled(grace_us)).collect()
    }

    /// Places where a canary word of one own number meets another's. `canaries` = (own number, word).
    pub fn leaks(&self, canaries: &[(String, String)]) -> Vec<Leak> {
        let texts = self.outbound.iter().flat_map(|text| {
            canaries
                .iter()
                .filter(|(own, word)| *own != text.from && text.body.contains(word.as_str()))
                .map(|(_, word)| Leak { canary: word.clone(), at: text.sid.clone() })
        });
        let conversations = self.conversations.iter().flat_map(|conversation| {
            let told = serde_json::to_string(conversation).unwrap_or_default();
            let heard: Vec<_> = canaries.iter().filter(|(_, word)| told.contains(word.as_str())).collect();
            // One word is the store's own; a conversation belongs to one store alone.
            heard
                .into_iter()
                .skip(1)
                .map(|(_, word)| Leak { canary: word.clone(), at: conversation.conversation_id.clone() })
                .collect::<Vec<_>>()
        });
        texts.chain(conversations).collect()
    }

    fn needing_answer(&self, answered: bool) -> Vec<&Inbound> {
        let mut last_answer: HashMap<(&str, &str), i64> = HashMap::new();
        for text in &self.outbound {
            let last = last_answer.entry((&text.from, &text.to)).or_default();
            *last = text.created_at_us.max(*last);
        }
        let is_answered = |text: &Inbound| {
            last_answer.get(&(text.to.as_str(), text.from.as_str())).is_some_and(|&at| at > text.posted_at_us)
        };
        self.inbound.iter().filter(|text| text.needs_answer && is_answered(text) == answered).collect()
    }

    fn threads(&self) -> HashMap<(&str, &str), Thread<'_>> {
        let mut threads: HashMap<(&str, &str), Thread<'_>> = HashMap::new();
        for text in &self.inbound {
            threads.entry((&text.to, &text.from)).or_default().inbound.push(text);
        }
        for text in &self.outbound {
            threads.entry((&text.from, &text.to)).or_default().outbound.push(text);
        }
        threads
    }
}

impl Thread<'_> {
    fn doubled(&self, grace_us: i64) -> Vec<Doubled> {
        self.outbound
            .windows(2)
            .filter_map(|pair| {
                let [first, second] = pair else { return None };
                let wrote_since = |since: i64| {
                    self.inbound
                        .iter()
                        .any(|text| (since..=second.created_at_us).contains(&text.posted_at_us))
                };
                let why = if first.body == second.body && !wrote_since(first.created_at_us) {
                    Doubling::SameBody
                } else if !wrote_since(first.created_at_us.saturating_sub(grace_us)) {
                    Doubling::TwoAnswers
                } else {
                    return None;
                };
                Some(Doubled {
                    first_sid: first.sid.clone(),
                    second_sid: second.sid.clone(),
                    from: second.from.clone(),
                    to: second.to.clone(),
                    why,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer_writes(at: i64) -> Inbound {
        Inbound {
            sid: format!("SM{at:032}"),
            account_sid: String::new(),
            from: "+13035550101".into(),
            to: "+13035550199".into(),
            body: "still there?".into(),
            needs_answer: true,
            posted_at_us: at,
            acknowledged_at_us: Some(at),
            status: Some(200),
            attempts: 1,
            replays: 0,
            shopper: None,
        }
    }

    fn store_writes(at: i64, body: &str) -> Outbound {
        Outbound {
            sid: format!("SM{at:032}"),
            account_sid: String::new(),
            from: "+13035550199".into(),
            to: "+13035550101".into(),
            body: body.into(),
            direction: "outbound-api".into(),
            created_at_us: at,
            status_callback: None,
            status: "queued".into(),
            error_code: None,
            callbacks: Vec::new(),
            fault: None,
        }
    }

    fn ledger(inbound: &[i64], outbound: &[(i64, &str)]) -> Ledger {
        Ledger {
            inbound: inbound.iter().map(|&at| customer_writes(at)).collect(),
            outbound: outbound.iter().map(|&(at, body)| store_writes(at, body)).collect(),
            ..Ledger::default()
        }
    }

    /// A demo that counted a forgotten customer as answered would hide the one failure that matters.
    #[test]
    fn a_text_after_the_last_answer_is_unanswered() {
        let ledger = ledger(&[1_000, 9_000_000], &[(5_000_000, "Yes, come by")]);
        assert_eq!(ledger.covered().len(), 1);
        assert_eq!(ledger.unanswered().len(), 1);
        assert_eq!(ledger.unanswered()[0].posted_at_us, 9_000_000);
    }

    #[test]
    fn twins_are_found_and_honest_second_answers_are_not() {
        let why = |ledger: Ledger| ledger.doubled().first().map(|d| d.why);
        let one = 1_000_000;
        assert_eq!(why(ledger(&[one], &[(3 * one, "a"), (4 * one, "a")])), Some(Doubling::SameBody));
        assert_eq!(why(ledger(&[one], &[(3 * one, "a"), (4 * one, "b")])), Some(Doubling::TwoAnswers));
        assert_eq!(why(ledger(&[one, 35 * one / 10], &[(3 * one, "a"), (4 * one, "b")])), None);
        // The second text came while the first answer was on its way.
        assert_eq!(why(ledger(&[one, 29 * one / 10], &[(3 * one, "a"), (4 * one, "b")])), None);
    }

    #[test]
    fn a_foreign_canary_is_a_leak() {
        let canaries =
            [("+13035550199".to_owned(), "MARIGOLD".to_owned()), ("+17205550188".into(), "COBALT".into())];
        assert!(ledger(&[], &[(1, "your MARIGOLD flyer")]).leaks(&canaries).is_empty());
        assert_eq!(ledger(&[], &[(1, "your COBALT flyer")]).leaks(&canaries).len(), 1);
    }
}
