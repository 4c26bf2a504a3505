//! A line of the audit log before it is written: what, by whom, from where, on what.

use std::net::IpAddr;

use lotline_common::{
    UserId,
    api::{
        audit::{AuditAction, AuditActorKind, AuditSubject},
        turn::{Author, AuthorKind},
    },
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

/// Who acts, and from where.
#[derive(Debug, Clone)]
pub struct Actor {
    pub kind: AuditActorKind,
    pub id: Option<Uuid>,
    pub name: Option<String>,
    pub origin: Origin,
}

impl Actor {
    pub fn member(user: UserId, name: String, origin: Origin) -> Self {
        Self { kind: AuditActorKind::Member, id: Some(user.uuid()), name: Some(name), origin }
    }

    /// Whoever runs the installation.
    pub fn command_line() -> Self {
        Self { kind: AuditActorKind::CommandLine, id: None, name: None, origin: Origin::default() }
    }

    /// Lotline by itself.
    pub fn system() -> Self {
        Self { kind: AuditActorKind::System, ..Self::command_line() }
    }

    /// As events tell it.
    pub fn author(&self) -> Author {
        match self.kind {
            AuditActorKind::Member | AuditActorKind::ApiKey => {
                Author { kind: AuthorKind::Member, id: self.id, name: self.name.clone() }
            }
            AuditActorKind::CommandLine | AuditActorKind::System => {
                Author { kind: AuthorKind::System, id: None, name: None }
            }
        }
    }
}

/// A line to be written. Its detail holds ids, words and numbers: no message text, no secret.
#[derive(Debug, Clone)]
pub struct Entry {
    pub action: AuditAction,
    pub by: Actor,
    pub subject: Option<AuditSubject>,
    pub detail: Map<String, Value>,
}

impl Entry {
    pub fn new(action: AuditAction, by: Actor) -> Self {
        Self { action, by, subject: None, detail: Map::new() }
    }

    pub fn on(mut self, subject: impl Into<AuditSubject>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.detail.insert(key.to_owned(), value.into());
        self
    }
}
