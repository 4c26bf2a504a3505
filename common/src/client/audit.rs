//! The audit log.

use super::{Client, Error};
use crate::{
    Page,
    api::audit::{AuditLine, AuditQuery},
};

impl Client {
    /// `GET /audit`, newest first; for admins.
    pub async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditLine>, Error> {
        let AuditQuery { from, to, action, actor, lead, limit, cursor } = query;
        self.get("/api/v1/audit")
            .maybe("from", from.as_ref())
            .maybe("to", to.as_ref())
            .maybe("action", action.as_ref())
            .maybe("actor", actor.as_ref())
            .maybe("lead", lead.as_ref())
            .maybe("limit", limit.as_ref())
            .maybe("cursor", cursor.as_ref())
            .json()
            .await
    }
}
