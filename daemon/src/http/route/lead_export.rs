//! A customer's whole record.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{LeadId, api::lead_export::LeadExport};

use crate::{
    action::export_lead,
    app::App,
    domain::permission::Admin,
    error::Result,
    http::{answer::Private, extract::Path},
};

/// Everything that is held of one customer, for the customer who asks; every call is told in the audit log.
#[utoipa::path(get, path = "", security(("bearer" = ["admin", "leads:export"])))]
pub async fn export(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(lead): Path<LeadId>,
) -> Result<Private<LeadExport>> {
    Ok(Private(export_lead::run(&app, &admin, lead).await?))
}
