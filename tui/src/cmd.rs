//! Effects as data: what `update` wants done. Only the runtime does it.

use crate::{
    call::Call,
    model::{Settings, inbox::Source},
};
use lotline_common::{
    DraftId, LeadId, OrganizationId, TurnId,
    api::{
        audit::AuditQuery,
        consent::{Purpose, RecordConsent},
        lead::{CreateLead, EditLead, LeadQuery, SetFloor},
        message::{Resolution, SendMessage},
    },
};

/// `asked` is the number of the last event applied when the question was asked: an answer never overwrites what a
/// later event said.
#[derive(Debug, Clone)]
pub enum Cmd {
    SignIn {
        server: String,
        email: String,
        password: String,
        totp: Option<String>,
    },
    SignOut,
    Switch(OrganizationId),
    /// (Re)starts the event stream after this event.
    Follow {
        after: Option<i64>,
    },
    Unfollow,
    FetchLeads {
        source: Source,
        query: LeadQuery,
        asked: i64,
    },
    FetchLead {
        id: LeadId,
        asked: i64,
    },
    FetchTimeline {
        id: LeadId,
        cursor: Option<String>,
        asked: i64,
    },
    FetchDrafts {
        id: LeadId,
    },
    FetchMembers,
    FetchAlarms,
    FetchAudit(AuditQuery),
    Team(Call),
    Send {
        id: LeadId,
        body: SendMessage,
    },
    Recall {
        id: LeadId,
        turn: TurnId,
    },
    Resolve {
        id: LeadId,
        turn: TurnId,
        resolution: Resolution,
    },
    SetFloor {
        id: LeadId,
        body: SetFloor,
    },
    DeleteDraft {
        id: LeadId,
        draft: DraftId,
    },
    EditLead {
        id: LeadId,
        version: i64,
        edit: Box<EditLead>,
    },
    CreateLead(CreateLead),
    AddNote {
        id: LeadId,
        text: String,
    },
    RecordConsent {
        id: LeadId,
        body: RecordConsent,
    },
    Copy(String),
    Bell,
    /// May this customer be texted now? Changes nothing.
    CheckContact {
        id: LeadId,
        purpose: Purpose,
    },
    /// Keeps what was written and chosen across a restart.
    SaveState,
    /// The palette changed: ask the terminal again when it is `auto`.
    ApplyTheme(Settings),
    Suspend,
    Quit,
}

impl Cmd {
    /// True when it reaches a customer, or changes who may.
    pub const fn is_outward(&self) -> bool {
        matches!(
            self,
            Self::Send { .. } | Self::SetFloor { .. } | Self::Resolve { .. } | Self::RecordConsent { .. }
        )
    }
}
