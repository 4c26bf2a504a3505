//! Reading the log: newest first by number, or the whole in order.

use lotline_common::{
    At, LeadId, UserId,
    api::audit::{AuditAction, AuditActor, AuditActorKind, AuditLine, AuditSubject, AuditSubjectKind},
};
use serde_json::{Map, Value};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{DbError, Json, Tx},
    domain::organization::OrgKey,
    seal::to_hex,
};

/// Which lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub from: Option<At>,
    pub to: Option<At>,
    pub action: Option<AuditAction>,
    pub actor: Option<UserId>,
    pub lead: Option<LeadId>,
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    at: At,
    action: AuditAction,
    actor_kind: AuditActorKind,
    actor_id: Option<Uuid>,
    name: Option<String>,
    subject_kind: Option<AuditSubjectKind>,
    subject_id: Option<Uuid>,
    address: Option<String>,
    user_agent: Option<String>,
    detail: Json<Map<String, Value>>,
    hash: Vec<u8>,
}

impl Row {
    fn view(self) -> AuditLine {
        let subject = self.subject_kind.zip(self.subject_id);
        AuditLine {
            seq: self.seq,
            at: self.at,
            action: self.action,
            actor: AuditActor { kind: self.actor_kind, id: self.actor_id, name: self.name },
            subject: subject.map(|(kind, id)| AuditSubject { kind, id }),
            address: self.address,
            user_agent: self.user_agent,
            detail: self.detail.0,
            hash: to_hex(&self.hash),
        }
    }
}

const LINES: &str =
    "SELECT a.seq, a.at, a.action, a.actor_kind, a.actor_id, u.name, a.subject_kind, a.subject_id, a.address,
         a.user_agent, a.detail, a.hash
     FROM audit_log a LEFT JOIN users u ON u.id = a.actor_id WHERE a.organization_id = $1";

/// Lines before number `before`, newest first.
pub async fn page(
    tx: &mut Tx,
    org: OrgKey,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditLine>, DbError> {
    tx.guard(org)?;
    let mut query = tx.query(LINES).bind(org.number());
    query = query.push(" AND a.seq < ").push_bind(before.unwrap_or(i64::MAX));
    if let Some(from) = filter.from {
        query = query.push(" AND a.at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query = query.push(" AND a.at < ").push_bind(to);
    }
    if let Some(action) = filter.action {
        query = query.push(" AND a.action = ").push_bind(action);
    }
    if let Some(actor) = filter.actor {
        query = query.push(" AND a.actor_id = ").push_bind(actor);
    }
    if let Some(lead) = filter.lead {
        query = query.push(" AND a.subject_id = ").push_bind(lead).push(" AND a.subject_kind = 'lead'");
    }
    let rows: Vec<Row> = query.push(" ORDER BY a.seq DESC LIMIT ").push_bind(limit).all().await?;
    Ok(rows.into_iter().map(Row::view).collect())
}

/// Lines after number `after`, oldest first, for an export.
pub async fn read(tx: &mut Tx, org: OrgKey, after: i64, limit: i64) -> Result<Vec<AuditLine>, DbError> {
    tx.guard(org)?;
    let query = tx.query(LINES).push(" AND a.seq > $2 ORDER BY a.seq LIMIT $3");
    let rows: Vec<Row> = query.bind(org.number()).bind(after).bind(limit).all().await?;
    Ok(rows.into_iter().map(Row::view).collect())
}
