//! A lead as it lies in the inbox: all its words in one allocation, everything else in place.
//!
//! A hundred thousand of the contract's leads are a million small strings. The few that are looked at are unpacked.

use lotline_common::{
    At, LeadId, UserId,
    api::{
        lead::{Floor, FloorKind, LastTurn, Lead, LeadStatus, MemberRef, Sentiment},
        turn::{AuthorKind, Channel},
    },
};

use super::View;

/// Ends a word, and a field of words. Neither is ever shown, so a text that has one loses nothing.
const WORD: char = '\u{1e}';
const FIELD: char = '\u{1f}';
/// A filter looks through so many of the fields.
const SEARCHED: usize = 5;
/// More of the last text than a line of the list is never seen, characters.
const LINE: usize = 200;

/// A lead as it is handled: the contract's, and what the console knows besides.
#[derive(Debug)]
pub struct Entry {
    pub lead: Lead,
    /// Number of the last event that changed it here.
    pub touched: i64,
    /// The AI asked for a person and nobody came yet.
    pub handoff: bool,
}

impl Entry {
    /// Does somebody have to look at it?
    pub fn needs_person(&self) -> bool {
        Facts::of(self).needs_person()
    }
}

/// What is compared and counted of a lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) id: LeadId,
    status: LeadStatus,
    sentiment: Option<Sentiment>,
    floor: FloorKind,
    floor_member: Option<UserId>,
    fence: i64,
    assigned_to: Option<UserId>,
    waiting_since: Option<At>,
    last_turn: Option<(At, AuthorKind, Option<Channel>)>,
    unread: i64,
    opted_out: bool,
    created_at: At,
    turn_seq: i64,
    version: i64,
    touched: i64,
    handoff: bool,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) facts: Facts,
    words: Box<str>,
    /// A filter looks through so many bytes of `words`, from the first.
    searched: usize,
    /// What those are made of: most rows are passed over without a look at their words.
    letters: u64,
}

impl Row {
    pub(super) fn pack(entry: &Entry) -> Self {
        let lead = &entry.lead;
        let mut words = Words::default();
        // What a filter looks through comes first, the name before all.
        words.add(lead.name.as_deref());
        words.add(lead.phones.iter().map(lotline_common::PhoneNumber::as_str));
        words.add(lead.vehicle.as_deref());
        words.add(lead.tags.iter().map(String::as_str));
        words.add(lead.emails.iter().map(String::as_str));
        words.add(lead.source.as_deref());
        words.add(lead.last_turn.as_ref().map(|turn| start(&turn.text)));
        words.add(name(lead.floor.member.as_ref()));
        words.add(name(lead.assigned_to.as_ref()));
        let searched = words.0.match_indices(FIELD).nth(SEARCHED - 1).map_or(0, |(at, _)| at);
        let letters = letters(&words.0[..searched]);
        Self { facts: Facts::of(entry), words: words.0.into_boxed_str(), searched, letters }
    }

    pub(super) fn unpack(&self) -> Entry {
        let facts = self.facts;
        let mut fields = self.words.split(FIELD).map(|field| field.split_terminator(WORD).map(str::to_owned));
        let mut field = || fields.next().into_iter().flatten();
        // In the order in which they were packed.
        let name = field().next();
        let phones = field().filter_map(|phone| phone.parse().ok()).collect();
        let vehicle = field().next();
        let tags = field().collect();
        let emails = field().collect();
        let source = field().next();
        let text = field().next();
        let mut member = |id: Option<UserId>| id.zip(field().next()).map(|(id, name)| MemberRef { id, name });
        let floor = Floor { kind: facts.floor, member: member(facts.floor_member), fence: facts.fence };
        let assigned_to = member(facts.assigned_to);
        let last_turn = facts.last_turn.zip(text).map(|((at, author, channel), text)| LastTurn {
            text,
            author,
            channel,
            at,
        });
        let Facts {
            id,
            status,
            sentiment,
            waiting_since,
            unread,
            opted_out,
            created_at,
            turn_seq,
            version,
            ..
        } = facts;
        let lead = Lead {
            id,
            name,
            phones,
            emails,
            status,
            sentiment,
            floor,
            assigned_to,
            waiting_since,
            last_turn,
            unread,
            tags,
            source,
            vehicle,
            opted_out,
            created_at,
            turn_seq,
            version,
        };
        Entry { lead, touched: facts.touched, handoff: facts.handoff }
    }

    /// Its name, phones, vehicle, tags or e-mails have `word`, which is lower-case.
    pub(super) fn has(&self, word: &str) -> bool {
        let Some(first) = word.bytes().next() else { return true };
        let wanted = if word.is_ascii() { letters(word) } else { ABROAD };
        if self.letters & wanted != wanted {
            return false;
        }
        if word.len() == 1 && first.is_ascii_alphanumeric() {
            return true;
        }
        let searched = self.words.get(..self.searched).unwrap_or_default();
        if !word.is_ascii() {
            return searched.to_lowercase().contains(word);
        }
        let searched = searched.as_bytes();
        memchr::memchr2_iter(first, first.to_ascii_uppercase(), searched)
            .any(|at| begins(&searched[at..], word))
    }

    /// Its name begins with `word`, which is lower-case.
    pub(super) fn is_called(&self, word: &str) -> bool {
        begins(self.words.as_bytes(), word)
            || !word.is_ascii()
                && self.words.split(FIELD).next().is_some_and(|name| name.to_lowercase().starts_with(word))
    }
}

/// Stands for every letter beyond ASCII.
const ABROAD: u64 = 1 << 63;

/// Which letters and digits a text has, whatever their case: one bit each. All other characters share the rest.
fn letters(text: &str) -> u64 {
    let bit = |byte: u8| match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => 1 << (letter - b'a'),
        digit @ b'0'..=b'9' => 1 << (26 + digit - b'0'),
        other if other.is_ascii() => 1 << (36 + other % 27),
        _ => ABROAD,
    };
    text.bytes().fold(0, |found, byte| found | bit(byte))
}

fn begins(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

fn start(text: &str) -> &str {
    text.char_indices().nth(LINE).map_or(text, |(end, _)| &text[..end])
}

fn name(member: Option<&MemberRef>) -> Option<&str> {
    member.map(|member| member.name.as_str())
}

#[derive(Default)]
struct Words(String);

impl Words {
    fn add<'w>(&mut self, field: impl IntoIterator<Item = &'w str>) {
        for word in field {
            self.0.extend(word.chars().filter(|c| ![WORD, FIELD].contains(c)));
            self.0.push(WORD);
        }
        self.0.push(FIELD);
    }
}

impl Facts {
    fn of(entry: &Entry) -> Self {
        let lead = &entry.lead;
        Self {
            id: lead.id,
            status: lead.status,
            sentiment: lead.sentiment,
            floor: lead.floor.kind,
            floor_member: lead.floor.member.as_ref().map(|member| member.id),
            fence: lead.floor.fence,
            assigned_to: lead.assigned_to.as_ref().map(|member| member.id),
            waiting_since: lead.waiting_since,
            last_turn: lead.last_turn.as_ref().map(|turn| (turn.at, turn.author, turn.channel)),
            unread: lead.unread,
            opted_out: lead.opted_out,
            created_at: lead.created_at,
            turn_seq: lead.turn_seq,
            version: lead.version,
            touched: entry.touched,
            handoff: entry.handoff,
        }
    }

    /// A person must act: the customer waits and the AI will not answer, or it asked for somebody.
    pub(super) fn needs_person(&self) -> bool {
        !self.opted_out && (self.handoff || self.waiting_since.is_some() && self.floor != FloorKind::Ai)
    }

    /// The same, and not a colleague.
    pub(super) fn needs(&self, me: Option<UserId>) -> bool {
        let colleague = self.floor == FloorKind::Member && !self.held_by(me);
        self.needs_person() && !colleague
    }

    fn held_by(&self, me: Option<UserId>) -> bool {
        self.floor == FloorKind::Member && self.floor_member == me
    }

    pub(super) fn is_in(&self, view: View, me: Option<UserId>) -> bool {
        match view {
            View::All => true,
            View::NeedsMe => self.needs(me),
            View::Mine => self.held_by(me) || self.assigned_to == me && me.is_some(),
            View::Ai => self.floor == FloorKind::Ai,
            View::OptedOut => self.opted_out,
        }
    }

    /// Who waits for a person, then whom I talk to, then whom the AI talks to, then the rest; each by time.
    pub(super) fn rank(&self, me: Option<UserId>) -> (u8, i64) {
        let newest_first = self.last().saturating_neg();
        if self.needs_person() {
            (0, self.waits_since())
        } else if self.opted_out {
            (3, newest_first)
        } else if self.held_by(me) {
            (1, newest_first)
        } else if self.floor == FloorKind::Ai && self.last_turn.is_some() {
            (2, newest_first)
        } else {
            (3, newest_first)
        }
    }

    pub(super) fn waits_since(&self) -> i64 {
        self.waiting_since.map_or_else(|| self.last(), At::micros)
    }

    fn last(&self) -> i64 {
        self.last_turn.map_or(self.created_at, |(at, ..)| at).micros()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn entry(name: Option<&str>) -> Entry {
        let member = json!({"id": Uuid::from_u128(1), "name": "Dana Example"});
        let lead = serde_json::from_value(json!({
            "id": Uuid::from_u128(2), "name": name, "phones": ["+13035550101", "+13035550102"],
            "emails": ["ava@example.com"], "status": "engaged", "sentiment": "warm",
            "floor": {"kind": "member", "member": member, "fence": 3}, "assigned_to": member,
            "waiting_since": "2026-11-23T20:00:00Z", "last_turn": {"text": "Hello", "author": "customer", "channel": "sms", "at": "2026-11-23T20:00:00Z"},
            "unread": 1, "tags": ["vip", ""], "source": null, "vehicle": "2023 Toyota Tacoma", "opted_out": false,
            "created_at": "2026-11-23T19:00:00Z", "turn_seq": 2, "version": 7,
        }));
        Entry { lead: lead.unwrap(), touched: 9, handoff: true }
    }

    /// An operator would read somebody else's number, or save a form over what was never shown.
    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        for name in [None, Some(""), Some("Ava Muñoz")] {
            let entry = entry(name);
            let again = Row::pack(&entry).unpack();
            assert_eq!(
                (again.lead, again.touched, again.handoff),
                (entry.lead, entry.touched, entry.handoff)
            );
        }
    }

    /// A customer who is there could not be found, or one who is not would be.
    #[test]
    fn a_word_of_any_case_is_found_in_who_they_are_and_not_in_what_they_said() {
        let row = Row::pack(&entry(Some("Ava MUÑOZ")));
        for word in ["ava", "muñoz", "5550102", "tacoma", "vip", "@example", "v", "3", "@", ""] {
            assert!(row.has(word), "{word}");
        }
        for word in ["hello", "dana", "example.comd", "ava muñoz 2", "d", "7", "#"] {
            assert!(!row.has(word), "{word}");
        }
        assert!(row.is_called("ava mu") && row.is_called("ava muñ") && !row.is_called("muñoz"));
    }

    /// A word with our own separators in it would move every later word into another field.
    #[test]
    fn a_word_cannot_end_its_field() {
        let row = Row::pack(&entry(Some("Ava\u{1f}\u{1e}Example")));
        let lead = row.unpack().lead;
        assert_eq!((lead.name.as_deref(), lead.phones.len()), (Some("AvaExample"), 2));
    }
}
