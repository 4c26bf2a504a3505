//! What is held of one customer, for the customer who asks.

use serde::{Deserialize, Serialize};

use super::{
    application::ApplicationField, audit::AuditLine, consent::Consent, draft::Draft, lead::Lead, turn::Turn,
};
use crate::At;

/// `GET /api/v1/leads/{id}/export`: the whole record, lists oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadExport {
    pub exported_at: At,
    /// The name of the organization that holds it.
    pub organization: String,
    pub lead: Lead,
    pub consents: Vec<Consent>,
    pub turns: Vec<Turn>,
    pub drafts: Vec<Draft>,
    /// Which fields of their application are held. What stands in them has its own route and its own audit word.
    pub application: Vec<ApplicationField>,
    /// Who did or saw what of them.
    pub audit: Vec<AuditLine>,
}
