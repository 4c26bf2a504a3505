//! What an operator would lose if the console were wrong, as keys and events in, commands and cells out.
//! The clock is a number in the test; nothing waits.

mod audit;
mod behaviour;
mod events;
mod guidance;
mod injection;
mod keys;
mod never;
mod palettes;
mod screens;
mod team;
mod wrong;

use std::time::Duration;

use lotline_common::{
    At, Id, LeadId, Page, TurnId,
    api::{
        auth::Session,
        lead::{Floor, FloorKind, LastTurn, Lead, LeadStatus, MemberRef, Sentiment},
        message::{Delivery, DeliveryState},
        turn::{Author, AuthorKind, Channel, Turn, TurnKind},
    },
    event::{Detail, Event, EventKind},
    stream::StreamUpdate,
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use uuid::Uuid;

use crate::{
    cmd::Cmd,
    key,
    model::{
        Model,
        inbox::{Source, View},
    },
    msg::{Msg, What},
    update::{begin, update},
    view::view,
};

/// 2026-11-23 20:00 UTC, one o'clock in Denver.
pub(super) const NOON: At = At::from_unix_seconds(1_795_464_000);

pub(super) fn id<T>(number: u128) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(0x0191_e7a0_0000_7000_8000_0000_0000_0000 + number))
}

fn minutes(ago: u64) -> At {
    NOON - Duration::from_mins(ago)
}

fn session() -> Session {
    serde_json::from_value(serde_json::json!({
        "access_token": "a", "token_type": "Bearer", "expires_in": 900, "refresh_token": "r",
        "user": {"id": id::<()>(1), "email": "dana@northside.example", "name": "Dana Reyes"},
        "organization": {"id": id::<()>(50), "name": "Northside Honda", "slug": "northside", "time_zone": "America/Denver"},
        "role": "agent",
        "memberships": [{"organization_id": id::<()>(50), "name": "Northside Honda", "role": "agent"},
                        {"organization_id": id::<()>(51), "name": "Southside Kia", "role": "agent"}],
    }))
    .unwrap()
}

pub(super) fn floor(kind: FloorKind, fence: i64) -> Floor {
    let member = (kind == FloorKind::Member).then(|| MemberRef { id: id(1), name: "Dana Reyes".to_owned() });
    Floor { kind, member, fence }
}

pub(super) fn lead(number: u128, name: &str, kind: FloorKind, waiting: Option<u64>) -> Lead {
    Lead {
        id: id(number),
        name: Some(name.to_owned()),
        phones: vec![format!("+13035550{number:03}").parse().unwrap()],
        emails: Vec::new(),
        status: LeadStatus::Engaged,
        sentiment: Some(Sentiment::Warm),
        floor: floor(kind, 1),
        assigned_to: None,
        waiting_since: waiting.map(minutes),
        last_turn: Some(LastTurn {
            text: "Thursday works.".to_owned(),
            author: AuthorKind::Customer,
            channel: Some(Channel::Sms),
            at: minutes(waiting.unwrap_or(40)),
        }),
        unread: i64::from(waiting.is_some()),
        tags: Vec::new(),
        source: Some("web form".to_owned()),
        vehicle: Some("25 Civic Sport".to_owned()),
        opted_out: false,
        created_at: minutes(3000),
        turn_seq: 4,
        version: 1,
    }
}

pub(super) fn turn(number: u128, seq: i64, author: AuthorKind, text: &str) -> Turn {
    let (author_id, name) = match author {
        AuthorKind::Member => (Some(id::<()>(1).uuid()), Some("Dana Reyes".to_owned())),
        _ => (None, None),
    };
    Turn {
        id: id(number),
        seq,
        kind: if author == AuthorKind::System { TurnKind::System } else { TurnKind::Message },
        channel: Some(Channel::Sms),
        author: Author { kind: author, id: author_id, name },
        text: text.to_owned(),
        at: minutes(60) + Duration::from_mins(u64::try_from(seq).unwrap()),
        delivery: None,
        call_id: None,
        media: Vec::new(),
    }
}

pub(super) fn delivery(state: DeliveryState) -> Delivery {
    Delivery {
        state,
        client_id: None,
        hold_until: None,
        segments: 1,
        attempts: 1,
        error_code: None,
        reason: None,
        advice: None,
        needs_operator: state == DeliveryState::Unknown,
    }
}

fn thread() -> Vec<Turn> {
    let mut turns = vec![
        turn(901, 1, AuthorKind::Customer, "Hi! Is the Civic Sport still there? I saw it online last night."),
        turn(
            902,
            2,
            AuthorKind::Ai,
            "Hi, I am Riley, the AI assistant of Northside Honda. Yes, it is on the lot in Boost Blue. Would Thursday 5:30 or Saturday 10:00 suit you better?",
        ),
        turn(903, 3, AuthorKind::Member, "I will check with finance and text you a range today."),
        turn(
            904,
            4,
            AuthorKind::Customer,
            "Thursday works. Can you do anything about the rate? My credit union quoted 6.1% 😀",
        ),
    ];
    turns[0].at = minutes(1500);
    turns[1].delivery = Some(delivery(DeliveryState::Delivered));
    turns[2].delivery = Some(delivery(DeliveryState::Unknown));
    turns
}

/// A console with a fixed clock; what it asks for is collected.
pub(super) struct Console {
    pub(super) model: Model,
    pub(super) cmds: Vec<Cmd>,
    pub(super) seq: i64,
}

impl Console {
    /// Signed in, live, eight leads, the first one's thread read.
    pub(super) fn new(columns: u16, rows: u16) -> Self {
        let mut model = Model::new(NOON, columns, rows);
        model.compose.salt = 7;
        let cmds = begin(&mut model, session());
        let mut console = Self { model, cmds, seq: 0 };
        console.stream(StreamUpdate::Open);
        console.happen(What::RoundTrip(Duration::from_millis(38)));
        console.page(vec![
            lead(100, "Zoë Okafor", FloorKind::Nobody, Some(9)),
            lead(101, "Ava Okafor", FloorKind::Ai, Some(1)),
            lead(102, "Mateo Ruiz", FloorKind::Ai, None),
            lead(103, "Liam Nguyen", FloorKind::Member, Some(3)),
            lead(104, "王小明", FloorKind::Ai, Some(20)),
            lead(105, "Diego Silva", FloorKind::Paused, None),
            Lead { opted_out: true, ..lead(106, "Ines Brown", FloorKind::Member, None) },
            lead(107, "Priya 👩‍🔧 Shah", FloorKind::Nobody, None),
        ]);
        console.timeline(id(100), thread());
        console.cmds.clear();
        console
    }

    pub(super) fn happen(&mut self, what: What) -> &mut Self {
        let at = self.model.now;
        self.cmds.extend(update(&mut self.model, Msg { at, what }));
        self
    }

    /// The clock goes on; whatever is due happens.
    pub(super) fn pass(&mut self, time: Duration) -> &mut Self {
        self.model.now = self.model.now + time;
        self.happen(What::Tick)
    }

    pub(super) fn stream(&mut self, update: StreamUpdate) -> &mut Self {
        self.happen(What::Stream(update))
    }

    pub(super) fn page(&mut self, items: Vec<Lead>) -> &mut Self {
        let page = Ok(Page { items, next_cursor: None });
        self.happen(What::Leads { source: Source::View(View::All), q: None, first: true, asked: 0, page })
    }

    pub(super) fn timeline(&mut self, id: LeadId, mut items: Vec<Turn>) -> &mut Self {
        items.reverse();
        let page = Ok(Page { items, next_cursor: None });
        self.happen(What::Timeline { id, older: false, asked: self.model.link.asked(), page })
    }

    /// Keys as in `keys.toml`, separated by spaces.
    pub(super) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in key_list(keys) {
            self.happen(What::Key(key));
        }
        self
    }

    pub(super) fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let key = key::Key { code: crossterm::event::KeyCode::Char(c), ctrl: false, alt: false };
            self.happen(What::Key(key));
        }
        self
    }

    pub(super) fn event(
        &mut self,
        kind: EventKind,
        lead: LeadId,
        turn: Option<Turn>,
        detail: Detail,
    ) -> &mut Self {
        self.seq += 1;
        let at = self.model.now;
        let event = Event { seq: self.seq, kind, at, lead_id: Some(lead), actor: None, turn, detail };
        self.stream(StreamUpdate::Event(Box::new(event)))
    }

    pub(super) fn said(&mut self, lead: LeadId, turn: Turn) -> &mut Self {
        let waiting = (turn.author.kind == AuthorKind::Customer).then_some(turn.at);
        let detail = Detail { turn_id: Some(turn.id), waiting_since: waiting, ..Detail::default() };
        self.event(EventKind::TurnAdded, lead, Some(turn), detail)
    }

    pub(super) fn sent(&self) -> Vec<&Cmd> {
        self.cmds.iter().filter(|cmd| cmd.is_outward()).collect()
    }

    pub(super) fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.model.columns, self.model.rows)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    pub(super) fn screen(&self) -> String {
        let buffer = self.buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1)).unwrap();
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

pub(super) fn key_list(keys: &str) -> Vec<key::Key> {
    keys.split_whitespace().map(|key| key.parse().unwrap()).collect()
}

pub(super) const ZOE: u128 = 100;
pub(super) const AVA: u128 = 101;

pub(super) fn zoe() -> LeadId {
    id(ZOE)
}

pub(super) fn a_turn(number: u128) -> TurnId {
    id(number)
}
