//! The audit log, for admins: the whole, or what concerns one customer. Who reads it is told in it.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    LeadId, Page,
    api::audit::{AuditAction, AuditLine, AuditQuery, AuditSubject},
};

use super::lead::{PageQuery, cut, limit};
use crate::{
    action::record_reading,
    app::App,
    db::Scope,
    domain::permission::Admin,
    error::Result,
    http::{
        cursor::Place,
        extract::{Json, Path, Query},
    },
    store::{self, audit::Filter},
};

/// A page of the audit log, newest first.
#[utoipa::path(get, path = "", params(AuditQuery), security(("bearer" = ["admin", "audit:read"])))]
pub async fn list(
    State(app): State<Arc<App>>,
    admin: Admin,
    Query(mut query): Query<AuditQuery>,
) -> Result<Json<Page<AuditLine>>> {
    let page = PageQuery { limit: query.limit.take(), cursor: query.cursor.take() };
    let filter =
        Filter { from: query.from, to: query.to, action: query.action, actor: query.actor, lead: query.lead };
    let place = Place::new(admin.org, "audit", &query);
    answer(&app, &admin, admin.organization, &place, &filter, page).await
}

/// Who did or saw what of this customer; an erased one's lines are there still.
#[utoipa::path(get, path = "", params(PageQuery), security(("bearer" = ["admin", "audit:read"])))]
pub async fn of_lead(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(lead): Path<LeadId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditLine>>> {
    let mut tx = app.db.ask(Scope::Org(admin.org)).await?;
    store::lead::known(&mut tx, admin.org, lead).await?;
    drop(tx);
    let filter = Filter { lead: Some(lead), ..Filter::default() };
    let place = Place::new(admin.org, "audit of a lead", &lead);
    answer(&app, &admin, lead, &place, &filter, page).await
}

async fn answer<Q: serde::Serialize>(
    app: &App,
    admin: &Admin,
    read: impl Into<AuditSubject>,
    place: &Place<'_, Q>,
    filter: &Filter,
    page: PageQuery,
) -> Result<Json<Page<AuditLine>>> {
    let limit = limit(page.limit)?;
    let before = page.cursor.map(|cursor| app.cursors.open(place, &cursor)).transpose()?;
    record_reading::run(app, admin, AuditAction::AuditRead, read).await?;
    let mut tx = app.db.ask(Scope::Org(admin.org)).await?;
    let mut items = store::audit::page(&mut tx, admin.org, filter, before, i64::from(limit) + 1).await?;
    let more = cut(&mut items, limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|line| app.cursors.seal(place, &line.seq)).transpose()?;
    Ok(Json(Page { items, next_cursor }))
}
