//! Leads: the list, one lead, its thread and ledger; entering and changing one.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    LeadId, Page,
    api::{
        audit::AuditAction,
        consent::{Consent, ContactAnswer, ContactCheck, RecordConsent},
        lead::{AddNote, CreateLead, EditLead, Lead, LeadQuery, LeadSort, SetLegalHold},
        turn::Turn,
    },
};
use serde::Deserialize;

use crate::{
    action::{
        add_note, check_contact, create_lead, edit_lead, erase_lead, record_consent as consent,
        record_reading, set_legal_hold,
    },
    app::App,
    db::Scope,
    domain::{
        permission::{Admin, Agent, Viewer},
        search,
    },
    error::{Error, Result},
    http::{
        answer::{Created, NoContent, Versioned},
        cursor::Place,
        extract::{Json, Path, Query},
        once::IdempotencyKey,
        precondition::IfMatch,
    },
    limits,
    store::{self, lead::Filter},
};

/// A page of leads.
#[utoipa::path(get, path = "", params(LeadQuery), security(("bearer" = ["viewer", "leads:read"])))]
pub async fn list(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Query(mut query): Query<LeadQuery>,
) -> Result<Json<Page<Lead>>> {
    let limit = limit(query.limit.take())?;
    let cursor = query.cursor.take();
    let words = query.q.as_deref().map(words).transpose()?.unwrap_or_default();
    let sort = *query.sort.get_or_insert(LeadSort::Waiting);
    let place = Place::new(viewer.org, "leads", &query);
    let after = cursor.map(|cursor| app.cursors.open(&place, &cursor)).transpose()?;
    let filter = Filter {
        status: query.status,
        floor: query.floor,
        assigned_to: query.assigned_to,
        sentiment: query.sentiment,
        waiting: query.waiting,
        words,
    };
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let (items, next) = store::lead::page(&mut tx, viewer.org, &filter, sort, after.as_ref(), limit).await?;
    let next_cursor = next.map(|next| app.cursors.seal(&place, &next)).transpose()?;
    Ok(Json(Page { items, next_cursor }))
}

/// One lead.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "leads:read"])))]
pub async fn show(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(lead): Path<LeadId>,
) -> Result<Versioned<Lead>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let lead = store::lead::find(&mut tx, viewer.org, lead).await?;
    drop(tx);
    tell_reading(&app, &viewer, lead.id).await;
    Ok(Versioned(lead.version, lead))
}

/// Whatever is opened of a customer is one reading. A disk that is full must not keep them from those who could help:
/// then the daemon's log tells it.
pub(super) async fn tell_reading(app: &App, viewer: &Viewer, lead: LeadId) {
    if let Err(error) = record_reading::run(app, viewer, AuditAction::LeadRead, lead).await {
        tracing::error!(%error, user = %viewer.user, %lead, "the reading of a customer could not be recorded");
    }
}

/// Query of the lists of one lead.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// 1 to 200, default 50.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    pub(super) limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub(super) cursor: Option<String>,
}

/// A page of the thread, newest first.
#[utoipa::path(get, path = "", params(PageQuery), security(("bearer" = ["viewer", "leads:read"])))]
pub async fn timeline(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(lead): Path<LeadId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Turn>>> {
    let limit = limit(query.limit)?;
    let place = Place::new(viewer.org, "timeline", &lead);
    let before = query.cursor.map(|cursor| app.cursors.open(&place, &cursor)).transpose()?;
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    store::lead::exists(&mut tx, viewer.org, lead).await?;
    let mut items = store::turn::page(&mut tx, viewer.org, lead, before, i64::from(limit) + 1).await?;
    drop(tx);
    tell_reading(&app, &viewer, lead).await;
    let more = cut(&mut items, limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|turn| app.cursors.seal(&place, &turn.seq)).transpose()?;
    Ok(Json(Page { items, next_cursor }))
}

/// A page of the consent ledger, newest first.
#[utoipa::path(get, path = "", params(PageQuery), security(("bearer" = ["viewer", "leads:read"])))]
pub async fn consents(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(lead): Path<LeadId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Consent>>> {
    let limit = limit(query.limit)?;
    let place = Place::new(viewer.org, "consents", &lead);
    let before = query.cursor.map(|cursor| app.cursors.open(&place, &cursor)).transpose()?;
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    store::lead::exists(&mut tx, viewer.org, lead).await?;
    let mut lines = store::lead::consents(&mut tx, viewer.org, lead, before, i64::from(limit) + 1).await?;
    drop(tx);
    tell_reading(&app, &viewer, lead).await;
    let more = cut(&mut lines, limit);
    let last = lines.last().filter(|_| more);
    let next_cursor = last.map(|(line, _)| app.cursors.seal(&place, line)).transpose()?;
    let items = lines.into_iter().map(|(_, consent)| consent).collect();
    Ok(Json(Page { items, next_cursor }))
}

/// Enters a lead.
#[utoipa::path(
    post, path = "", security(("bearer" = ["agent", "leads:write"])),
    params(IdempotencyKey),
    responses((status = 409, description = "`lead_exists`, with `existing_id`."))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    agent: Agent,
    Json(wish): Json<CreateLead>,
) -> Result<Created<Lead>> {
    Ok(Created(create_lead::run(&app, &agent, wish).await?))
}

/// Changes a lead that is still as the caller saw it.
#[utoipa::path(
    patch, path = "", security(("bearer" = ["agent", "leads:write"])),
    params(("If-Match" = String, Header, description = "The lead's `ETag` as last seen.")),
    responses(
        (status = 412, description = "`stale`: it was changed in the meantime."),
        (status = 428, description = "`precondition_required`: there is no `If-Match`.")
    )
)]
pub async fn edit(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(lead): Path<LeadId>,
    IfMatch(seen): IfMatch,
    Json(wish): Json<EditLead>,
) -> Result<Versioned<Lead>> {
    let lead = edit_lead::run(&app, &agent, lead, seen, wish).await?;
    Ok(Versioned(lead.version, lead))
}

/// Forgets the customer. Cannot be undone.
#[utoipa::path(
    delete, path = "", security(("bearer" = ["admin", "leads:write"])),
    responses((status = 409, description = "`legal_hold`."))
)]
pub async fn erase(State(app): State<Arc<App>>, admin: Admin, Path(lead): Path<LeadId>) -> Result<NoContent> {
    erase_lead::run(&app, &admin, lead).await?;
    Ok(NoContent)
}

/// Keeps everything of the customer until the hold is lifted.
#[utoipa::path(put, path = "", security(("bearer" = ["admin", "leads:write"])))]
pub async fn hold(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(lead): Path<LeadId>,
    Json(why): Json<SetLegalHold>,
) -> Result<NoContent> {
    set_legal_hold::run(&app, &admin, lead, why.reason).await?;
    Ok(NoContent)
}

/// Lifts the hold.
#[utoipa::path(delete, path = "", security(("bearer" = ["admin", "leads:write"])))]
pub async fn lift_hold(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(lead): Path<LeadId>,
) -> Result<NoContent> {
    set_legal_hold::lift(&app, &admin, lead).await?;
    Ok(NoContent)
}

/// Writes a note for colleagues into the thread.
#[utoipa::path(post, path = "", params(IdempotencyKey), security(("bearer" = ["agent", "leads:write"])))]
pub async fn note(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(lead): Path<LeadId>,
    Json(wish): Json<AddNote>,
) -> Result<Created<Turn>> {
    Ok(Created(add_note::run(&app, &agent, lead, wish.text).await?))
}

/// May this customer be contacted now? Changes nothing.
#[utoipa::path(post, path = "", security(("bearer" = ["viewer", "leads:read"])))]
pub async fn contact_check(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(lead): Path<LeadId>,
    Json(question): Json<ContactCheck>,
) -> Result<Json<ContactAnswer>> {
    Ok(Json(check_contact::run(&app, &viewer, lead, question).await?))
}

/// Adds a line to the consent ledger.
#[utoipa::path(post, path = "", params(IdempotencyKey), security(("bearer" = ["agent", "leads:write"])))]
pub async fn record_consent(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(lead): Path<LeadId>,
    Json(wish): Json<RecordConsent>,
) -> Result<Created<Consent>> {
    Ok(Created(consent::run(&app, &agent, lead, wish).await?))
}

fn words(q: &str) -> Result<Vec<String>> {
    search::words(q).map_err(|reason| Error::invalid("q", reason.to_string()))
}

/// The size of a page, 1 to [`limits::PAGE_MAX`].
pub(super) fn limit(asked: Option<u32>) -> Result<u32> {
    let limit = asked.unwrap_or(limits::PAGE_DEFAULT);
    if (1..=limits::PAGE_MAX).contains(&limit) {
        Ok(limit)
    } else {
        Err(Error::invalid("limit", format!("1 to {}", limits::PAGE_MAX)))
    }
}

/// Cuts off the row that was read to see whether there is more.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: u32) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}
