//! What lies over the desk and has the keyboard: questions, forms, finders, lists.

use std::time::Duration;

use lotline_common::{
    At, LeadId, OrganizationId, Problem, TurnId, UserId,
    api::{
        api_key::KeyScope,
        auth::Role,
        lead::{DraftsChoice, Lead, LeadStatus},
        message::Resolution,
    },
    secret::Secret,
};

use crate::{
    action::Action,
    call::Call,
    key::Context,
    model::{audit::AuditLog, inbox::View, told::Told},
    widget::{input::Input, qr::Qr},
};

/// Keys typed before a question was on the screen cannot answer it.
pub const GUARD: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub enum Overlay {
    Question(Question),
    Form(Form),
    Finder(Finder),
    Help(Finder),
    Notices { top: usize },
    Wrong { top: usize },
    Settings { line: usize },
    Audit(AuditLog),
    Told(Told),
}

impl Overlay {
    pub const fn context(&self) -> Context {
        match self {
            Self::Question(_) | Self::Notices { .. } | Self::Wrong { .. } | Self::Settings { .. } => {
                Context::Dialog
            }
            Self::Form(_) => Context::Form,
            Self::Told(_) => Context::Told,
            Self::Finder(_) | Self::Help(_) | Self::Audit(_) => Context::Finder,
        }
    }
}

/// A question before something that cannot be taken back. The focus begins on Cancel.
#[derive(Debug)]
pub struct Question {
    pub opened: At,
    pub ask: Ask,
    pub choice: usize,
    /// The button that does it has the focus.
    pub ready: bool,
}

#[derive(Debug, Clone)]
pub enum Ask {
    /// `fence` is the floor's number when the question was put: should it have changed since, the daemon refuses.
    Floor {
        lead: LeadId,
        fence: i64,
        to: Destination,
    },
    Resolve {
        lead: LeadId,
        turn: TurnId,
    },
    /// Somebody spoke after the operator last looked: send all the same?
    SendAnyway {
        lead: LeadId,
        body: String,
        since: i64,
    },
    DiscardDraft {
        lead: LeadId,
        draft: lotline_common::DraftId,
    },
    OptOut {
        lead: LeadId,
        note: String,
    },
    SignOut,
    /// Before a call of the team and account screens.
    Call(Box<Call>),
    /// The gate refused; nothing can be confirmed.
    Refused {
        lead: LeadId,
        problem: Box<Problem>,
    },
}

/// Who is to have the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    Me,
    Ai,
    Paused,
}

impl Destination {
    /// The word of the contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Ai => "ai",
            Self::Paused => "paused",
        }
    }
}

/// What becomes of the AI's drafts, in the order shown.
pub const DRAFT_CHOICES: [(DraftsChoice, &str); 3] = [
    (DraftsChoice::Discard, "discard the AI's drafts"),
    (DraftsChoice::Keep, "keep them for me to edit"),
    (DraftsChoice::Send, "send them to the customer"),
];

/// What an operator may know of an unknown outcome.
pub const RESOLUTIONS: [(Resolution, &str, &str); 3] = [
    (
        Resolution::Sent,
        "it was sent",
        "The customer has it, or the carrier's log shows it. Nothing is sent again.",
    ),
    (
        Resolution::NotSent,
        "it was not sent",
        "The carrier never had it. It is marked as failed; nothing is sent.",
    ),
    (Resolution::SendAgain, "send it again", "The customer may get it twice if the first did arrive."),
];

impl Question {
    pub const fn new(opened: At, ask: Ask) -> Self {
        Self { opened, ask, choice: 0, ready: false }
    }

    pub fn guarded(&self, now: At) -> bool {
        now < self.opened + GUARD
    }

    /// How many lines can be chosen from.
    pub const fn choices(&self, ai_drafts: usize) -> usize {
        match self.ask {
            Ask::Floor { to: Destination::Me, .. } if ai_drafts > 0 => DRAFT_CHOICES.len(),
            Ask::Resolve { .. } => RESOLUTIONS.len(),
            _ => 0,
        }
    }
}

#[derive(Debug)]
pub struct Form {
    pub kind: FormKind,
    pub fields: Vec<Field>,
    pub line: usize,
    pub trouble: Option<String>,
    pub busy: bool,
    /// The lead as it was when the form opened: only what differs from it is ours to change.
    pub before: Option<Box<Lead>>,
    /// The daemon refused the version that was edited; the operator has seen it and may save over the new one.
    pub refused: bool,
    /// With `SetUpTotp`: what the authenticator app has to know.
    pub enrolment: Option<Enrolment>,
}

#[derive(Debug)]
pub struct Enrolment {
    /// To type in.
    pub secret: Secret,
    /// The same, to scan.
    pub qr: Option<Qr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    NewLead,
    EditLead { lead: LeadId, version: i64 },
    Assign { lead: LeadId, version: i64 },
    Note(LeadId),
    OptOut(LeadId),
    Invite,
    Role(UserId),
    ApiKey,
    Password,
    SetUpTotp,
    RemoveTotp,
    RenewCodes,
}

#[derive(Debug)]
pub struct Field {
    pub label: &'static str,
    pub value: Value,
}

#[derive(Debug)]
pub enum Value {
    Text(Input),
    Status(LeadStatus),
    /// Typed, and never drawn.
    Secret(Input),
    /// A member, or nobody.
    Member(Option<UserId>),
    /// One of these.
    Role(Role, &'static [Role]),
    /// What an API key may: all that its role may, or what is ticked.
    Scope(Option<KeyScope>, bool),
}

impl Field {
    pub fn text(label: &'static str, text: &str) -> Self {
        Self { label, value: Value::Text(Input::new(text)) }
    }

    pub fn secret(label: &'static str) -> Self {
        Self { label, value: Value::Secret(Input::default()) }
    }

    pub const fn role(role: Role, of: &'static [Role]) -> Self {
        Self { label: "Role", value: Value::Role(role, of) }
    }
}

impl Form {
    pub const fn new(kind: FormKind, fields: Vec<Field>) -> Self {
        Self {
            kind,
            fields,
            line: 0,
            trouble: None,
            busy: false,
            before: None,
            refused: false,
            enrolment: None,
        }
    }

    /// The text of a field; empty for a field that is not text.
    pub fn entered(&self, line: usize) -> &str {
        match self.fields.get(line).map(|field| &field.value) {
            Some(Value::Text(input)) => input.text().trim(),
            // Spaces at the ends belong to a password.
            Some(Value::Secret(input)) => input.text(),
            _ => "",
        }
    }
}

/// A line of input over a list of things found by it.
#[derive(Debug, Default)]
pub struct Finder {
    pub input: Input,
    pub found: Vec<Found>,
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Action(Action),
    Lead(LeadId),
    View(View),
    Organization(OrganizationId, String),
}
