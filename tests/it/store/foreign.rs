//! Another organization's id is answered like one that does not exist, by every function that takes one.

use std::fmt::Debug;

use lotline_common::{
    ApiKeyId, DraftId, InviteId, LeadId, ReceiptId, TurnId, UserId,
    api::{
        api_key::ApiKey,
        audit::{AuditAction, AuditLine},
        auth::Role,
        draft::Draft,
        invite::OpenInvite,
        turn::AuthorKind,
    },
};
use lotlined::{
    db::{Db, DbError, Scope, Tx},
    domain::{
        audit::{Actor, Entry},
        job::Job,
        organization::OrgKey,
    },
    store::{self, audit::Filter, delivery::Sending, receipt::NewReceipt},
};
use uuid::Uuid;

use super::{at, author, commit, count, customer, events_are_dense, say};
use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, Store},
};

both_engines!(a_foreign_id_is_an_absent_one, a_scope_holds_its_own_organization_only);

/// What one organization has, by whose ids another tries its luck.
#[derive(Clone)]
struct Ids {
    lead: LeadId,
    turn: TurnId,
    draft: DraftId,
    client: Uuid,
    sid: &'static str,
    sending: Sending,
    member: UserId,
    invite: InviteId,
    key: ApiKeyId,
}

const SID: &str = "SM11111111111111111111111111111111";

/// One customer with everything that a function can be asked for.
async fn furnish(db: &Db, store: Store) -> Ids {
    let lead = customer(db, store, 1).await;
    let turn = say(db, store, lead, AuthorKind::Ai, "I will hold it for you.", 1).await;
    let (org, client, draft) = (store.org, Uuid::now_v7(), DraftId::new());
    let text = Draft {
        id: draft,
        lead_id: lead,
        author: author(AuthorKind::Member, store),
        text: "Theirs alone".into(),
        reason: "recalled".into(),
        at: at(2),
    };
    let (invite, key) = (open_invite(), api_key(store.user));
    let (invite_id, key_id) = (invite.id, key.id);
    let sending = commit!(db, Scope::Org(org), |tx| {
        store::invite::insert(tx, org, &invite, vec![1; 32]).await?;
        store::api_key::insert(tx, org, &key, vec![2; 32]).await?;
        store::draft::insert(tx, org, &text).await?;
        tx.query("UPDATE deliveries SET client_id = $1 WHERE turn_id = $2")
            .bind(client)
            .bind(turn.id)
            .execute()
            .await?;
        let mut sending = store::delivery::find(tx, org, turn.id).await?;
        sending.carrier_sid = Some(SID.into());
        store::delivery::save(tx, org, at(3), &sending).await?;
        let job = Job::DeliverMessage { turn: turn.id };
        store::job::enqueue(tx, org, lead, job, at(9), at(9)).await?;
        let read = Entry::new(AuditAction::LeadRead, Actor::command_line()).on(lead);
        store::audit::append(tx, org, at(9), read).await?;
        Ok(sending)
    })
    .await
    .unwrap();
    let (member, invite, key) = (store.user, invite_id, key_id);
    Ids { lead, turn: turn.id, draft, client, sid: SID, sending, member, invite, key }
}

fn open_invite() -> OpenInvite {
    let email = "eli@example.com".to_owned();
    let (id, role) = (InviteId::new(), Role::Agent);
    OpenInvite { id, email, role, invited_by: None, created_at: at(0), expires_at: at(1_000_000) }
}

fn api_key(made_by: UserId) -> ApiKey {
    let (id, name, role) = (ApiKeyId::new(), "CRM".to_owned(), Role::Agent);
    ApiKey {
        id,
        name,
        role,
        scopes: None,
        made_by,
        created_at: at(0),
        expires_at: at(1_000_000),
        last_used_at: None,
    }
}

fn absent(like: &Ids) -> Ids {
    let (lead, turn) = (LeadId::new(), TurnId::new());
    let sending = Sending { turn_id: turn, lead_id: lead, ..like.sending.clone() };
    let (member, invite, key) = (UserId::new(), InviteId::new(), ApiKeyId::new());
    let (draft, client) = (DraftId::new(), Uuid::now_v7());
    Ids { lead, turn, draft, client, sid: "SM0", sending, member, invite, key }
}

fn said<T: Debug>(name: &str, outcome: Result<T, DbError>) -> String {
    format!("{name}: {outcome:?}")
}

/// The answer of every function that only reads.
async fn readings(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Vec<String> {
    vec![
        said("thread::read", store::thread::read(tx, org, ids.lead).await),
        said("delivery::find", store::delivery::find(tx, org, ids.turn).await),
        said("delivery::by_client_id", store::delivery::by_client_id(tx, org, ids.client).await),
        said("delivery::open_of", store::delivery::open_of(tx, org, ids.lead).await),
        said("delivery::is_claimed", store::delivery::is_claimed(tx, org, ids.sid).await),
        said("delivery::automatic_since", store::delivery::automatic_since(tx, org, ids.lead, at(0)).await),
        said("draft::list", store::draft::list(tx, org, ids.lead).await),
        said("draft::find", store::draft::find(tx, org, ids.draft).await),
        said("history::newest", store::history::newest(tx, org, ids.lead, 10).await),
        said("history::promises", store::history::promises(tx, org, ids.lead, 10).await),
        said("history::counts", store::history::counts(tx, org, ids.lead).await),
        said("lead::known", store::lead::known(tx, org, ids.lead).await),
        said("lead::is_held", store::lead::is_held(tx, org, ids.lead).await),
        said("lead::recognised", store::lead::recognised(tx, org, vec![1]).await),
        said("application::filled", store::application::filled(tx, org, ids.lead).await),
        said("data_key::of_lead", store::data_key::of_lead(tx, org, ids.lead).await),
        said("receipt::of_deliveries", store::receipt::of_deliveries(tx, org, ids.lead).await),
        said("audit::page", audit_of(tx, org, ids.lead).await),
        said("member::find", store::member::find(tx, org, ids.member).await),
    ]
}

async fn audit_of(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Vec<AuditLine>, DbError> {
    store::audit::page(tx, org, &Filter { lead: Some(lead), ..Filter::default() }, None, 10).await
}

/// The answer of every function that writes, each in a transaction of its own.
async fn writings(db: &Db, scope: Scope, org: OrgKey, ids: &Ids) -> Vec<String> {
    let (lead, turn, draft, sending) = (ids.lead, ids.turn, ids.draft, ids.sending.clone());
    let open = commit!(db, scope, |tx| store::thread::open(tx, org, lead).await).await;
    let save = commit!(db, scope, |tx| store::delivery::save(tx, org, at(9), &sending).await).await;
    let edit = commit!(db, scope, |tx| store::draft::edit(tx, org, draft, "Mine now".into()).await).await;
    let remove = commit!(db, scope, |tx| store::draft::remove(tx, org, at(9), lead, draft).await).await;
    let job = Job::DeliverMessage { turn };
    let cancel = commit!(db, scope, |tx| store::job::cancel(tx, org, lead, job.kind()).await).await;
    let cancel_all = commit!(db, scope, |tx| store::job::cancel_all(tx, org, lead).await).await;
    let erase = commit!(db, scope, |tx| store::lead::erase(tx, org, lead, at(9)).await).await;
    let hold = commit!(db, scope, |tx| store::lead::set_hold(tx, org, lead, true).await).await;
    let (user, invite, key) = (ids.member, ids.invite, ids.key);
    let change = commit!(db, scope, |tx| store::member::change(tx, org, user, Role::Viewer, None).await);
    let leave = commit!(db, scope, |tx| store::member::remove(tx, org, user).await).await;
    let accept = commit!(db, scope, |tx| store::invite::accept(tx, org, invite, at(9)).await).await;
    let withdraw = commit!(db, scope, |tx| store::invite::revoke(tx, org, invite, at(9)).await).await;
    let revoke = commit!(db, scope, |tx| store::api_key::revoke(tx, org, key, at(9)).await).await;
    let revoke_of = commit!(db, scope, |tx| store::api_key::revoke_of(tx, org, user, at(9)).await).await;
    let sign_out = commit!(db, scope, |tx| store::session::revoke_in(tx, org, user, at(9), "test").await);
    vec![
        said("member::change", change.await),
        said("member::remove", leave),
        said("invite::accept", accept),
        said("invite::revoke", withdraw),
        said("api_key::revoke", revoke),
        said("api_key::revoke_of", revoke_of),
        said("session::revoke_in", sign_out.await),
        said("thread::open", open),
        said("delivery::save", save),
        said("draft::edit", edit),
        said("draft::remove", remove),
        said("job::cancel", cancel),
        said("job::cancel_all", cancel_all),
        said("lead::erase", erase),
        said("lead::set_hold", hold),
    ]
}

/// Whoever can tell them apart can find out another dealer's customers one by one.
async fn a_foreign_id_is_an_absent_one(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    let theirs = furnish(&db, one).await;
    let (org, nobody) = (two.org, absent(&theirs));
    for scope in [Scope::Org(org), Scope::System] {
        let mut tx = db.read(scope).await.unwrap();
        let (foreign, absent) =
            (readings(&mut tx, org, &theirs).await, readings(&mut tx, org, &nobody).await);
        drop(tx);
        assert_eq!(foreign, absent);
        assert!(foreign[0].contains("NotFound"), "{}", foreign[0]);
        let foreign = writings(&db, scope, org, &theirs).await;
        assert_eq!(foreign, writings(&db, scope, org, &nobody).await);
        let save = foreign.iter().find(|answer| answer.starts_with("delivery::save")).unwrap();
        assert!(save.contains("NotFound"), "nothing was saved, and nothing is told: {save}");
    }
    for kept in [
        "SELECT COUNT(*) FROM memberships WHERE organization_id = 1 AND role = 'agent'",
        "SELECT COUNT(*) FROM invites WHERE accepted_at IS NULL AND revoked_at IS NULL",
        "SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL",
    ] {
        assert_eq!(count(&db, kept).await, 1, "{kept}");
    }
    let untouched = "SELECT COUNT(*) FROM drafts WHERE text = 'Theirs alone'";
    assert_eq!(count(&db, untouched).await, 1);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM events WHERE organization_id = 2").await, 0);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM jobs WHERE organization_id = 1").await, 2);
    events_are_dense(&db).await;
}

/// A defect in one action must not reach another organization's rows: the transaction itself refuses.
async fn a_scope_holds_its_own_organization_only(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    let (theirs, other) = (furnish(&db, one).await, Scope::Org(two.org));
    let mut tx = db.read(other).await.unwrap();
    for answer in readings(&mut tx, one.org, &theirs).await {
        assert!(answer.ends_with("Err(NotFound)"), "{answer}");
    }
    drop(tx);
    for answer in writings(&db, other, one.org, &theirs).await {
        assert!(answer.ends_with("Err(NotFound)"), "{answer}");
    }
    let receipt = NewReceipt { id: ReceiptId::new(), source: "test", key: "k".into(), body: String::new() };
    let kept = commit!(&db, other, |tx| store::receipt::insert(tx, one.org, at(0), receipt).await).await;
    assert!(matches!(kept, Err(DbError::NotFound)), "{kept:?}");
    let lead = theirs.lead;
    let queued = commit!(&db, other, |tx| {
        store::job::enqueue(tx, one.org, lead, Job::ReplyWithAgent, at(0), at(0)).await
    });
    assert!(matches!(queued.await, Err(DbError::NotFound)));
    let text = super::inbound(one.org, "SMx", 1, "Hello", 0);
    let received = commit!(&db, other, |tx| store::ingest::receive(tx, &[&text], super::BURST).await).await;
    assert!(matches!(received, Err(DbError::NotFound)), "{received:?}");
}
