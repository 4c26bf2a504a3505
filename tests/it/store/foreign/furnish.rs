//! Three organizations whose rows have the same ids: ours between two others, as no database will ever have them.
//!
//! With ids of chance a statement that forgets its organization finds only what it should all the same, and no test
//! sees it. Here every id leads to three rows, and only the organization tells them apart. What belongs to Ann in ours
//! belongs to Bob in the first, so that rows that hang on one another are told apart as well.

use std::fmt::Write;

use lotline_common::{
    ApiKeyId, DraftId, InviteId, JobId, LeadId, PhoneNumberId, ReceiptId, SessionId, TurnId, UserId,
    api::audit::AuditAction,
};
use lotlined::{
    db::{DbError, Tx},
    domain::{
        audit::{Actor, Entry, Origin},
        organization::OrgKey,
    },
    store,
};
use uuid::Uuid;

use crate::store::at;

pub(super) const OURS: OrgKey = OrgKey::new(2);
pub(super) const THEIRS: OrgKey = OrgKey::new(1);

/// What an id of the scripts names. Its place here is its number.
const NAMES: &[&str] = &[
    "none",
    "user",
    "organization1",
    "organization2",
    "organization3",
    "session1",
    "session2",
    "session3",
    "number",
    "carrier",
    "profile",
    "erasure1",
    "erasure2",
    "once",
    "invite",
    "key",
    "ann",
    "bob",
    "fay",
    "said",
    "turn",
    "reply",
    "client",
    "draft",
    "consent",
    "older",
    "job",
    "dead",
    "parked",
    "ready",
    "receipt",
];

/// Ids to ask for: of a customer, and of what hangs on one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    pub(super) lead: LeadId,
    set: u64,
}

/// Rows of ours; and of the others by the same ids.
pub(super) const ANN: Ids = Ids { lead: LeadId::from_uuid(id(0, "ann")), set: 1 };
/// The same, with another customer than the one they hang on.
pub(super) const BOB: Ids = Ids { lead: LeadId::from_uuid(id(0, "bob")), set: 1 };
/// Rows that only another organization has.
pub(super) const FAY: Ids = Ids { lead: LeadId::from_uuid(id(0, "fay")), set: 3 };

/// The session that leads to ours.
pub(super) const SESSION: SessionId = SessionId::from_uuid(id(0, "session2"));
pub(super) const USER: UserId = UserId::from_uuid(id(0, "user"));

impl Ids {
    const fn of(self, name: &str) -> Uuid {
        id(self.set, name)
    }

    /// Of what an organization has once; what only another has, has another name.
    const fn once(self, name: &str) -> Uuid {
        id(if self.set == 3 { 3 } else { 0 }, name)
    }

    pub(super) fn said(self) -> TurnId {
        TurnId::from_uuid(self.of("said"))
    }
    pub(super) fn turn(self) -> TurnId {
        TurnId::from_uuid(self.of("turn"))
    }
    pub(super) fn draft(self) -> DraftId {
        DraftId::from_uuid(self.of("draft"))
    }
    pub(super) fn job(self) -> JobId {
        JobId::from_uuid(self.of("job"))
    }
    pub(super) fn dead(self) -> JobId {
        JobId::from_uuid(self.of("dead"))
    }
    pub(super) fn receipt(self) -> ReceiptId {
        ReceiptId::from_uuid(self.of("receipt"))
    }
    pub(super) fn client(self) -> Uuid {
        self.of("client")
    }
    pub(super) fn sid(self) -> String {
        sid(self.set, "turn")
    }
    pub(super) fn sid_said(self) -> String {
        sid(self.set, "said")
    }
    pub(super) fn number(self) -> PhoneNumberId {
        PhoneNumberId::from_uuid(self.once("number"))
    }
    pub(super) fn invite(self) -> InviteId {
        InviteId::from_uuid(self.once("invite"))
    }
    pub(super) fn key(self) -> ApiKeyId {
        ApiKeyId::from_uuid(self.once("key"))
    }
    pub(super) fn answered(self) -> Uuid {
        self.once("once")
    }
    pub(super) fn row(self, table: &str) -> Uuid {
        match table {
            "carrier_accounts" => self.once("carrier"),
            "agent_profiles" => self.once("profile"),
            "lead_keys" => self.lead.uuid(),
            "erasure_keys" => self.once("erasure2"),
            "idempotency_keys" => self.answered(),
            other => panic!("{other} seals something: tell here which row"),
        }
    }
}

/// Made a millisecond after 1970 and of no version: what a statement makes by itself is of version 7 and can be told
/// from them.
const fn id(set: u64, name: &str) -> Uuid {
    let mut n = 0;
    while n < NAMES.len() {
        if same(NAMES[n].as_bytes(), name.as_bytes()) {
            return Uuid::from_u128((1 << 80) | ((set as u128) << 64) | n as u128);
        }
        n += 1;
    }
    panic!("no such name")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let (mut n, mut same) = (0, one.len() == other.len());
    while same && n < one.len() {
        same = one[n] == other[n];
        n += 1;
    }
    same
}

/// What a carrier calls a message: `SM` and 32 digits.
fn sid(set: u64, name: &str) -> String {
    format!("SM{}", id(set, name).simple())
}

/// How the rows of an organization differ from another's.
struct House {
    org: i64,
    who: &'static str,
    role: &'static str,
    /// Whose are the rows of the first set, and the phones of both.
    customers: [(u64, &'static str, &'static str); 2],
    ledger: &'static str,
    end: &'static str,
    /// When the customers' applications were written.
    used: i64,
    /// Their leads have a name and wait.
    named: bool,
    /// Before the numbers of their turns.
    n: i64,
}

const HOUSES: [House; 3] = [
    House {
        org: 1,
        who: "before",
        role: "admin",
        customers: [(1, "bob", "+17205550111"), (2, "ann", "+17205550121")],
        ledger: "opt_out",
        end: "sent",
        used: 1_700_000_000_000_000,
        named: true,
        n: 100,
    },
    House {
        org: 2,
        who: "ours",
        role: "agent",
        customers: [(1, "ann", "+17205550111"), (2, "bob", "+17205550112")],
        ledger: "opt_in",
        end: "failed",
        used: 0,
        named: true,
        n: 0,
    },
    House {
        org: 3,
        who: "behind",
        role: "admin",
        customers: [(1, "ann", "+17205550131"), (2, "bob", "+17205550132")],
        ledger: "opt_out",
        end: "sent",
        used: 0,
        named: false,
        n: 200,
    },
];

/// The people of the installation, and ours among the others or alone.
pub(super) async fn furnish(tx: &mut Tx, alone: bool) -> Result<(), DbError> {
    run(tx, include_str!("people.sql").to_owned()).await?;
    for house in HOUSES.iter().filter(|house| !alone || house.org == OURS.number()) {
        let org = OrgKey::new(house.org);
        run(tx, house.script(include_str!("organization.sql"))).await?;
        for (at, (set, lead, phone)) in (0..).zip(house.customers) {
            run(tx, house.customer(set, lead, phone, at * 3)).await?;
        }
        if org == THEIRS {
            run(tx, house.customer(3, "fay", "+17205550141", 6)).await?;
            run(tx, house.script(include_str!("absent.sql"))).await?;
        }
        store::search::advance(tx, org, house.org + 2).await?;
        log(tx, org, house).await?;
    }
    Ok(())
}

/// Two old lines and a new one; the first has new ones only.
async fn log(tx: &mut Tx, org: OrgKey, house: &House) -> Result<(), DbError> {
    let lead = if org == THEIRS { FAY.lead } else { ANN.lead };
    for n in 0..3 {
        let by = Actor::member(USER, house.who.to_owned(), Origin::default());
        let when = at(if org == THEIRS || n == 2 { 100 } else { 0 });
        store::audit::append(tx, org, when, Entry::new(AuditAction::LeadRead, by).on(lead)).await?;
    }
    Ok(())
}

impl House {
    fn script(&self, text: &str) -> String {
        text.replace(":org", &self.org.to_string())
            .replace(":who", self.who)
            .replace(":role", self.role)
            .replace(":half", if self.org == 1 { "1" } else { "2" })
    }

    fn customer(&self, set: u64, lead: &str, phone: &str, events: i64) -> String {
        let ours = self.org == OURS.number();
        let held = if ours == (lead == "bob") { "TRUE" } else { "FALSE" };
        let named = LeadId::from_uuid(id(0, lead)).uuid().simple().to_string();
        let job = if ours { format!("other {lead}") } else { format!("reply:{named}") };
        let last = 1_600_000_000_000_000 + self.n;
        let mut text = self.script(include_str!("customer.sql"));
        for (token, value) in [
            ("@lead", format!("@{lead}")),
            ("SM@sid:said", sid(set, "said")),
            ("SM@sid:sent", sid(set, "turn")),
            ("SM@sid:reply", sid(set, "reply")),
            (":phone", phone.to_owned()),
            (":held", held.to_owned()),
            (":ledger", self.ledger.to_owned()),
            (":end", self.end.to_owned()),
            (":last", last.to_string()),
            (":waits", if self.named { last.to_string() } else { "NULL".to_owned() }),
            (":named", if self.named { format!("'{} customer'", self.who) } else { "NULL".to_owned() }),
            (":floor", if ours == (lead == "ann") { "ai" } else { "nobody" }.to_owned()),
            (":words", if ours { "ours" } else { "not ours" }.to_owned()),
            (":used", self.used.to_string()),
            (":dedupe", job),
            (":twin", if self.named { format!("reply:{named}") } else { "none".to_owned() }),
            (":n ", format!("{} ", self.n)),
            (":e ", format!("{events} ")),
        ] {
            text = text.replace(token, &value);
        }
        for name in NAMES.iter().skip_while(|name| **name != "said") {
            text = text.replace(&format!("@{name}"), &format!("@{name}/{set}"));
        }
        text
    }
}

/// Runs a script whose ids and bytes are still names.
async fn run(tx: &mut Tx, script: String) -> Result<(), DbError> {
    let bytes = tx.pick(("X'", "'"), ("'\\x", "'::bytea"));
    let uuid = tx.pick(("X'", "'"), ("'", "'::uuid"));
    let script: String = script.split_inclusive('\n').filter(|line| !line.starts_with("--")).collect();
    let mut text = String::with_capacity(script.len() * 2);
    let mut rest = script.as_str();
    while let Some(found) = rest.find(['@', '#']) {
        let (before, token) = rest.split_at(found);
        let word = &token[1..];
        let end = word.find(|c: char| !c.is_alphanumeric() && c != '/').unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        text.push_str(before);
        if word == "example" {
            text.push_str("@example");
        } else if token.starts_with('@') {
            let (name, set) = word.split_once('/').unwrap_or((word, "0"));
            write!(text, "{}{}{}", uuid.0, id(set.parse().unwrap(), name).simple(), uuid.1).unwrap();
        } else {
            let hex = lotlined::seal::to_hex(word.as_bytes());
            write!(text, "{}{hex}{}", bytes.0, bytes.1).unwrap();
        }
        rest = after;
    }
    text.push_str(rest);
    for statement in text.split(';').filter(|statement| !statement.trim().is_empty()) {
        tx.query(statement.to_owned().leak()).execute().await?;
    }
    Ok(())
}
