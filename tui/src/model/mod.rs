//! All state of the console, owned by one loop. Only `update` changes it; `view` only reads it.

pub mod audit;
pub mod compose;
pub mod inbox;
pub mod link;
pub mod notice;
pub mod overlay;
pub mod sign_in;
pub mod team;
pub mod thread;
pub mod told;
pub mod wrong;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::tz::TimeZone;
use lotline_common::{
    At, LeadId, OrganizationId, UserId,
    api::{
        alarm::Alarm,
        auth::{Membership, Organization, Role, Session, User},
        lead::Lead,
        organization::Member,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    key::{Context, Key},
    keymap::Keymap,
    theme::{Mode, Theme},
};
use compose::Compose;
use inbox::Inbox;
use link::Link;
use notice::Notices;
use overlay::Overlay;
use sign_in::SignIn;
use team::Team;
use thread::Thread;

/// The pane that has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    List,
    Thread,
    Details,
    Compose,
}

/// Who sits here, and in which organization.
#[derive(Debug, Clone)]
pub struct Seat {
    pub user: User,
    pub organization: Organization,
    pub role: Role,
    pub memberships: Vec<Membership>,
    pub zone: TimeZone,
}

impl From<Session> for Seat {
    fn from(session: Session) -> Self {
        let zone = TimeZone::get(&session.organization.time_zone).unwrap_or(TimeZone::UTC);
        let Session { user, organization, role, memberships, .. } = session;
        Self { user, organization, role, memberships, zone }
    }
}

/// What an operator chose; kept across a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: Mode,
    /// Undo time in seconds; the organization's when absent.
    pub hold: Option<u32>,
    /// Columns the list has more or less than usual.
    pub list_shift: i16,
}

/// Unsent texts by organization and lead; kept across a restart.
pub type Unsent = BTreeMap<OrganizationId, BTreeMap<LeadId, String>>;

/// Moments at which something waits to be done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alarms {
    /// The selection has rested: fetch its thread.
    pub open: Option<At>,
    /// Typing in the filter has rested: ask the server.
    pub search: Option<At>,
    /// Typing in the composer has rested: keep the text.
    pub save: Option<At>,
    /// A failed fetch is tried again.
    pub refetch: Option<At>,
}

#[derive(Debug)]
pub struct Model {
    pub now: At,
    pub columns: u16,
    pub rows: u16,
    pub seat: Option<Seat>,
    /// Grows with every sign-in and sign-out: answers to an earlier one are not this one's.
    pub epoch: u64,
    pub sign_in: SignIn,
    pub link: Link,
    pub inbox: Inbox,
    pub threads: HashMap<LeadId, Thread>,
    /// Leads that an event named and that are being fetched.
    pub fetching: HashSet<LeadId>,
    pub compose: Compose,
    pub unsent: Unsent,
    /// Which of them this console changed: another one on the same profile may have written the rest.
    pub unsent_changed: BTreeSet<(OrganizationId, LeadId)>,
    /// Everybody of the organization, those who are shut out too.
    pub members: Vec<Member>,
    /// People, keys or the own account, in place of the desk.
    pub team: Option<Team>,
    /// The organization that lets this person in once a second factor is set up.
    pub enrolling: Option<OrganizationId>,
    pub focus: Focus,
    pub zoomed: bool,
    /// On a narrow screen the details lie over the rest.
    pub details_open: bool,
    pub hidden: bool,
    pub overlay: Option<Overlay>,
    pub pressed: Vec<Key>,
    pub notices: Notices,
    /// Open alarms of the desk, the oldest first.
    pub wrong: Vec<Alarm>,
    pub alarms: Alarms,
    /// Where the last text went: it can be taken back from anywhere.
    pub last_sent: Option<LeadId>,
    pub quit_asked: Option<At>,
    pub settings: Settings,
    pub keymap: Keymap,
    pub theme: Theme,
}

impl Model {
    pub fn new(now: At, columns: u16, rows: u16) -> Self {
        Self {
            now,
            columns,
            rows,
            seat: None,
            epoch: 0,
            sign_in: SignIn::default(),
            link: Link::new(now),
            inbox: Inbox::default(),
            threads: HashMap::new(),
            fetching: HashSet::new(),
            compose: Compose::default(),
            unsent: Unsent::new(),
            unsent_changed: BTreeSet::new(),
            members: Vec::new(),
            team: None,
            enrolling: None,
            focus: Focus::List,
            zoomed: false,
            details_open: false,
            hidden: false,
            overlay: None,
            pressed: Vec::new(),
            notices: Notices::default(),
            wrong: Vec::new(),
            alarms: Alarms::default(),
            last_sent: None,
            quit_asked: None,
            settings: Settings::default(),
            keymap: Keymap::default(),
            theme: Theme::DARK,
        }
    }

    /// Where the keyboard is.
    pub fn context(&self) -> Context {
        match (&self.overlay, &self.team) {
            (Some(overlay), _) => overlay.context(),
            (None, _) if self.seat.is_none() => Context::Form,
            (None, Some(team)) => team.page.context(),
            (None, None) => match self.focus {
                Focus::List => Context::List,
                Focus::Thread => Context::Thread,
                Focus::Details => Context::Details,
                Focus::Compose => Context::Compose,
            },
        }
    }

    pub fn me(&self) -> Option<UserId> {
        self.seat.as_ref().map(|seat| seat.user.id)
    }

    pub fn zone(&self) -> TimeZone {
        self.seat.as_ref().map_or(TimeZone::UTC, |seat| seat.zone.clone())
    }

    /// The lead whose thread is on the screen.
    pub fn open(&self) -> Option<Lead> {
        self.inbox.lead(self.inbox.selected?)
    }

    pub fn open_thread(&self) -> Option<&Thread> {
        self.threads.get(&self.inbox.selected?)
    }

    /// True when this session may do more than read.
    pub fn may_write(&self) -> bool {
        self.seat.as_ref().is_some_and(|seat| seat.role != Role::Viewer)
    }
}
