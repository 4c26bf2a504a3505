//! One organization of a desk, seen by its admin, its customers and its vendors.

use lotline_common::{
    Page,
    api::{
        alarm::{Alarm, AlarmKind},
        draft::Draft,
        lead::{FloorKind, Lead},
        message::DeliveryState,
        turn::{AuthorKind, Turn, TurnKind},
    },
    event::{Event, EventKind},
};
use lotline_sim::{Acknowledgement, Conversation, Ledger, Outbound, Simulator, Text};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    caller::{Answer, Caller},
    desk::PATIENCE,
    reader::Reader,
};

#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) admin: Caller,
    /// The own number.
    pub(crate) own: String,
    pub(crate) account: String,
    pub(crate) token: String,
    pub(crate) agent_id: String,
    pub(crate) agent_key: String,
    sim: Simulator,
}

/// The phone of a customer, 0 to 299.
pub(crate) fn customer(number: usize) -> String {
    format!("+1{}555{:04}", ["303", "512", "602"][number / 100], 100 + number % 100)
}

impl Shop {
    pub(crate) fn new(number: usize, name: String, admin: Caller, sim: Simulator) -> Self {
        Self {
            number,
            name,
            admin,
            own: format!("+1720555{:04}", 100 + number),
            account: format!("AC{number:032x}"),
            token: format!("auth-token-of-account-{number}"),
            agent_id: format!("agent_{number}"),
            agent_key: format!("xi-key-{number}"),
            sim,
        }
    }

    pub(crate) async fn text(&self, from: &str, body: &str) -> Acknowledgement {
        self.sim.text(Text::new(from, &self.own, body)).await
    }

    /// A text that must be taken; the lead it belongs to.
    pub(crate) async fn hears(&self, from: &str, body: &str) -> Lead {
        let taken = self.text(from, body).await;
        assert_eq!(taken.status, 200, "{}", taken.body);
        self.find(from).await.unwrap()
    }

    /// A customer who texts while the admin has the floor: the AI says nothing, however slow the machine is.
    pub(crate) async fn hears_itself(&self, from: &str, body: &str) -> Lead {
        self.lead_of_admin(from).await;
        self.hears(from, body).await
    }

    /// A lead that the admin entered and speaks to.
    pub(crate) async fn lead_of_admin(&self, phone: &str) -> Lead {
        let entered = self.admin.post("/api/v1/leads", json!({"phone": phone})).await;
        let lead: Lead = serde_json::from_str(&entered.text).unwrap();
        assert_eq!(self.floor(&lead, "me").await.status, 200);
        lead
    }

    pub(crate) async fn find(&self, phone: &str) -> Option<Lead> {
        let path = format!("/api/v1/leads?q={}", phone.trim_start_matches('+'));
        let page: Page<Lead> = serde_json::from_str(&self.admin.get(&path).await.text).unwrap();
        page.items.into_iter().next()
    }

    pub(crate) async fn lead(&self, lead: &Lead) -> Lead {
        serde_json::from_str(&self.admin.get(&format!("/api/v1/leads/{}", lead.id)).await.text).unwrap()
    }

    /// What is wrong, and what it is about.
    pub(crate) async fn alarms(&self) -> Vec<(AlarmKind, Option<String>)> {
        let page: Page<Alarm> = serde_json::from_str(&self.admin.get("/api/v1/alarms").await.text).unwrap();
        page.items.into_iter().map(|alarm| (alarm.kind, alarm.subject)).collect()
    }

    /// The thread, oldest first.
    pub(crate) async fn thread(&self, lead: &Lead) -> Vec<Turn> {
        let path = format!("/api/v1/leads/{}/timeline?limit=200", lead.id);
        let page: Page<Turn> = serde_json::from_str(&self.admin.get(&path).await.text).unwrap();
        page.items.into_iter().rev().collect()
    }

    /// Waits until the thread satisfies `condition`.
    pub(crate) async fn until_thread(
        &self,
        lead: &Lead,
        what: &str,
        condition: impl Fn(&[Turn]) -> bool,
    ) -> Vec<Turn> {
        let begun = std::time::Instant::now();
        loop {
            let thread = self.thread(lead).await;
            if condition(&thread) {
                return thread;
            }
            assert!(begun.elapsed() < PATIENCE, "in vain: {what}\n{thread:#?}");
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
    }

    /// Waits until the message's state satisfies `condition`.
    pub(crate) async fn until_state(&self, lead: &Lead, message: &Turn, state: DeliveryState) -> Turn {
        let is = |turn: &Turn| turn.id == message.id && state_of(turn) == Some(state);
        let thread = self.until_thread(lead, state.as_str(), |thread| thread.iter().any(is)).await;
        thread.into_iter().find(|turn| turn.id == message.id).unwrap()
    }

    pub(crate) async fn until_floor(&self, lead: &Lead, floor: FloorKind) -> Lead {
        let begun = std::time::Instant::now();
        loop {
            let now = self.lead(lead).await;
            if now.floor.kind == floor {
                return now;
            }
            assert!(begun.elapsed() < PATIENCE, "the floor is not {floor}: {now:#?}");
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
    }

    pub(crate) async fn drafts(&self, lead: &Lead) -> Vec<Draft> {
        let answer = self.admin.get(&format!("/api/v1/leads/{}/drafts", lead.id)).await;
        serde_json::from_str::<Page<Draft>>(&answer.text).unwrap().items
    }

    /// Moves the floor as the admin does.
    pub(crate) async fn floor(&self, lead: &Lead, to: &str) -> Answer {
        self.admin.post(&format!("/api/v1/leads/{}/floor", lead.id), json!({"to": to})).await
    }

    /// `POST …/messages` with `more` members.
    pub(crate) async fn send(&self, lead: &Lead, body: &str, more: Value) -> Answer {
        send(&self.admin, lead, body, more).await
    }

    /// A message that must be queued, without an undo window.
    pub(crate) async fn says(&self, lead: &Lead, body: &str) -> Turn {
        turn(&self.send(lead, body, json!({"hold_seconds": 0})).await)
    }

    /// Every event so far up to the first of `kind`; waits for it.
    pub(crate) async fn events_to(&self, kind: EventKind) -> Vec<Event> {
        self.events(|event| event.kind == kind).await
    }

    /// Every event so far.
    pub(crate) async fn events_to_the_end(&self) -> Vec<Event> {
        let number = json!({"phone": "+12065550199"});
        let last = self.admin.post("/api/v1/leads", number).await;
        assert_eq!(last.status, 201);
        let id = last.json()["id"].clone();
        self.events(|event| event.lead_id.is_some_and(|lead| id == lead.to_string())).await
    }

    async fn events(&self, last: impl Fn(&Event) -> bool) -> Vec<Event> {
        let request = self.admin.request(Method::GET, "/api/v1/events?after=0");
        let mut reader = Reader::new(request.send().await.unwrap());
        let mut events = Vec::new();
        loop {
            let event = reader.event().await.expect("the stream goes on").parse();
            let found = last(&event);
            events.push(event);
            if found {
                return events;
            }
        }
    }

    /// Texts the carrier took for this customer.
    pub(crate) fn sent(&self, to: &str) -> Vec<Outbound> {
        let of = |text: &Outbound| text.from == self.own && text.to == to;
        self.sim.ledger().outbound.into_iter().filter(of).collect()
    }

    /// Waits for the n-th text to this customer.
    pub(crate) async fn until_sent(&self, to: &str, count: usize) -> Vec<Outbound> {
        let of = |text: &&Outbound| text.from == self.own && text.to == to;
        let enough = |ledger: &Ledger| ledger.outbound.iter().filter(of).count() >= count;
        let met = self.sim.wait_until(PATIENCE, enough).await;
        assert!(met, "in vain: {count} texts to {to}\n{:#?}", self.sim.ledger());
        self.sent(to)
    }

    /// Sessions with this shop's agent.
    pub(crate) fn conversations(&self) -> Vec<Conversation> {
        let all = self.sim.ledger().conversations;
        all.into_iter().filter(|it| it.agent_id == self.agent_id).collect()
    }
}

/// `POST …/messages` as somebody.
pub(crate) async fn send(who: &Caller, lead: &Lead, body: &str, more: Value) -> Answer {
    let mut message = json!({"body": body, "client_id": Uuid::now_v7()});
    for (key, value) in more.as_object().unwrap() {
        message[key] = value.clone();
    }
    who.post(&format!("/api/v1/leads/{}/messages", lead.id), message).await
}

/// The turn in an answer that must be a 202 or 200.
pub(crate) fn turn(answer: &Answer) -> Turn {
    serde_json::from_str(&answer.text).unwrap_or_else(|error| panic!("{error} in {answer:?}"))
}

pub(crate) fn state_of(turn: &Turn) -> Option<DeliveryState> {
    turn.delivery.as_ref().map(|delivery| delivery.state)
}

/// Messages of this author.
pub(crate) fn by(thread: &[Turn], author: AuthorKind) -> Vec<&Turn> {
    thread.iter().filter(|turn| turn.kind == TurnKind::Message && turn.author.kind == author).collect()
}

/// The texts of the markers.
pub(crate) fn markers(thread: &[Turn]) -> Vec<&str> {
    thread.iter().filter(|turn| turn.kind == TurnKind::System).map(|turn| turn.text.as_str()).collect()
}
