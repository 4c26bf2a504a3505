//! Another organization's id is answered like one that does not exist, by every function that takes one.

use std::fmt::Debug;

use lotline_common::{
    DraftId, LeadId, ReceiptId, TurnId,
    api::{draft::Draft, turn::AuthorKind},
};
use lotlined::{
    db::{Db, DbError, Scope, Tx},
    domain::{job::Job, organization::OrgKey},
    store::{self, delivery::Sending, receipt::NewReceipt},
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
    let sending = commit!(db, Scope::Org(org), |tx| {
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
        Ok(sending)
    })
    .await
    .unwrap();
    Ids { lead, turn: turn.id, draft, client, sid: SID, sending }
}

fn absent(like: &Ids) -> Ids {
    let (lead, turn) = (LeadId::new(), TurnId::new());
    let sending = Sending { turn_id: turn, lead_id: lead, ..like.sending.clone() };
    Ids { lead, turn, draft: DraftId::new(), client: Uuid::now_v7(), sid: "SM0", sending }
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
    ]
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
    vec![
        said("thread::open", open),
        said("delivery::save", save),
        said("draft::edit", edit),
        said("draft::remove", remove),
        said("job::cancel", cancel),
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
        assert!(foreign[1].contains("NotFound"), "nothing was saved, and nothing is told: {}", foreign[1]);
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
