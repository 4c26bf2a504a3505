//! The contact gate: may we text this person, for this purpose, now? Every send passes through it, twice:
//! when it is queued and in the transaction that marks it `attempting`.

use lotline_common::{
    At, PhoneNumber,
    api::{consent::Purpose, lead::LeadStatus},
    problem::Reason,
};

/// Version of the rules, stored and shown with every answer.
pub const RULESET: &str = "2026-11-23";

/// What the gate looks at. All of it is read in the transaction that acts on the answer.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub purpose: Purpose,
    pub to: &'a PhoneNumber,
    /// Newest line of the ledger for this phone in this organization.
    pub opted_out: bool,
    pub status: LeadStatus,
    /// Written by the AI?
    pub by_ai: bool,
    pub now: At,
}

/// The rules that stand against it, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub reasons: Vec<Reason>,
    pub next_allowed_at: Option<At>,
}

impl Refusal {
    /// The first rule's word, stored with a refused message.
    pub fn rule(&self) -> &str {
        self.reasons.first().map_or("refused", |reason| reason.rule.as_str())
    }
}

/// Answers for one message.
pub fn check(facts: &Facts<'_>) -> Result<(), Refusal> {
    let mut reasons = Vec::new();
    let mut against = |rule: &str, text: &str, source: &str| {
        reasons.push(Reason { rule: rule.into(), text: text.into(), source: source.into() });
    };
    if facts.opted_out && facts.purpose != Purpose::Compliance {
        against(
            "opted_out",
            "The customer asked not to be texted.",
            "47 CFR 64.1200(a)(10): revocation of consent by any reasonable means",
        );
    }
    if facts.status == LeadStatus::Bad && facts.purpose != Purpose::Compliance {
        against(
            "bad_lead",
            "The lead is marked bad: set another status first.",
            "the organization's own list",
        );
    }
    if facts.by_ai && facts.to.is_short_code() {
        against("short_code", "A short code is a machine; the AI does not answer it.", "loop protection");
    }
    if reasons.is_empty() { Ok(()) } else { Err(Refusal { reasons, next_allowed_at: None }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(to: &PhoneNumber) -> Facts<'_> {
        Facts {
            purpose: Purpose::Conversation,
            to,
            opted_out: false,
            status: LeadStatus::Engaged,
            by_ai: false,
            now: At::from_unix_seconds(1_800_000_000),
        }
    }

    #[test]
    fn nobody_who_said_stop_is_texted() {
        let to: PhoneNumber = "+13035550101".parse().unwrap();
        assert!(check(&facts(&to)).is_ok());
        for purpose in [Purpose::Reply, Purpose::Conversation] {
            let refusal = check(&Facts { opted_out: true, purpose, ..facts(&to) }).unwrap_err();
            assert_eq!(refusal.rule(), "opted_out");
        }
        assert!(check(&Facts { opted_out: true, purpose: Purpose::Compliance, ..facts(&to) }).is_ok());
    }

    #[test]
    fn every_rule_that_stands_against_it_is_named() {
        let code: PhoneNumber = "72345".parse().unwrap();
        let refusal = check(&Facts { opted_out: true, status: LeadStatus::Bad, by_ai: true, ..facts(&code) })
            .unwrap_err();
        let rules: Vec<_> = refusal.reasons.iter().map(|reason| reason.rule.as_str()).collect();
        assert_eq!(rules, ["opted_out", "bad_lead", "short_code"]);
    }
}
