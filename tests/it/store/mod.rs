//! What every store function promises, on both engines: the same rows, the same errors, nobody else's rows.

use std::time::Duration;

use futures::future::BoxFuture;
use lotline_common::{
    At, LeadId, PhoneNumber, TurnId,
    api::{
        consent::Purpose,
        message::DeliveryState,
        turn::{Author, AuthorKind, Turn},
    },
};
use lotlined::{
    db::{Db, DbError, Scope, Tx},
    domain::organization::OrgKey,
    store::{
        self,
        delivery::NewDelivery,
        ingest::{Burst, InboundText, Received},
        thread::{NewTurn, Thread},
    },
};

use crate::support::seed::Store;

mod batch;
mod clock;
mod delivery;
mod foreign;
mod job;
mod keyword;
mod plan;
mod search;
mod shared;
mod thread;

/// A write whose body is one expression of `tx`.
macro_rules! commit {
    ($db:expr, $scope:expr, |$tx:ident| $body:expr) => {
        crate::store::write($db, $scope, move |$tx| Box::pin(async move { $body }))
    };
}
pub(crate) use commit;

pub(crate) const OWN: &str = "+13035550199";
pub(crate) const BURST: Burst = Burst { window: Duration::from_secs(2), max: Duration::from_secs(10) };

pub(crate) async fn write<T, F>(db: &Db, scope: Scope, work: F) -> Result<T, DbError>
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, DbError>> + Send + 'static,
{
    db.write(scope, work).await
}

pub(crate) fn at(seconds: i64) -> At {
    At::from_unix_seconds(1_700_000_000 + seconds)
}

pub(crate) fn phone(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

/// A text from the customer whose number ends in `customer`, `seconds` into the test.
pub(crate) fn inbound(org: OrgKey, sid: &str, customer: u32, body: &str, seconds: i64) -> InboundText {
    InboundText {
        id: TurnId::new(),
        org,
        sid: sid.to_owned(),
        from: phone(&format!("+172055501{customer:02}")),
        to: phone(OWN),
        body: body.to_owned(),
        media: Vec::new(),
        raw: format!("MessageSid={sid}"),
        at: at(seconds),
    }
}

pub(crate) async fn receive(db: &Db, texts: Vec<InboundText>) -> Result<Vec<Received>, DbError> {
    commit!(db, Scope::System, |tx| {
        let texts: Vec<_> = texts.iter().collect();
        store::ingest::receive(tx, &texts, BURST).await
    })
    .await
}

/// A customer who wrote one text.
pub(crate) async fn customer(db: &Db, store: Store, number: u32) -> LeadId {
    let text = inbound(store.org, &format!("SM{}-{number}", store.org.number()), number, "Hello", 0);
    receive(db, vec![text]).await.unwrap()[0].lead
}

pub(crate) async fn read_thread(db: &Db, org: OrgKey, lead: LeadId) -> Thread {
    let mut tx = db.read(Scope::Org(org)).await.unwrap();
    store::thread::read(&mut tx, org, lead).await.unwrap()
}

pub(crate) fn author(kind: AuthorKind, store: Store) -> Author {
    let id = (kind == AuthorKind::Member).then(|| store.user.uuid());
    Author { kind, id, name: None }
}

/// An outgoing message of `by`, stored as an action stores it.
pub(crate) async fn say(
    db: &Db,
    store: Store,
    lead: LeadId,
    by: AuthorKind,
    text: &str,
    seconds: i64,
) -> Turn {
    let (text, now, by) = (text.to_owned(), at(seconds), author(by, store));
    commit!(db, Scope::Org(store.org), |tx| say_in(tx, store, lead, by, text, now).await).await.unwrap()
}

async fn say_in(
    tx: &mut Tx,
    store: Store,
    lead: LeadId,
    by: Author,
    text: String,
    now: At,
) -> Result<Turn, DbError> {
    let mut thread = store::thread::open(tx, store.org, lead).await?;
    let new = queued(thread.phone.clone().unwrap(), now);
    let turn = NewTurn::message(by, text, new.view(), true);
    let turn = store::thread::add(tx, &mut thread, now, turn).await?;
    store::delivery::insert(tx, &thread, turn.id, now, &new).await?;
    Ok(turn)
}

pub(crate) fn queued(to: PhoneNumber, now: At) -> NewDelivery {
    NewDelivery {
        state: DeliveryState::Queued,
        purpose: Purpose::Conversation,
        from: phone(OWN),
        to,
        segments: 1,
        floor_fence: None,
        client_id: None,
        hold_until: None,
        stale_at: now + Duration::from_secs(600),
    }
}

/// Moves a delivery to `state`.
pub(crate) async fn put(db: &Db, org: OrgKey, turn: TurnId, state: DeliveryState) {
    commit!(db, Scope::Org(org), |tx| {
        let mut sending = store::delivery::find(tx, org, turn).await?;
        sending.state = state;
        store::delivery::save(tx, org, at(100), &sending).await
    })
    .await
    .unwrap();
}

/// One number of the database.
pub(crate) async fn count(db: &Db, sql: &'static str) -> i64 {
    let mut tx = db.read(Scope::System).await.unwrap();
    let (count,): (i64,) = tx.query(sql).one().await.unwrap();
    count
}

/// Every organization's events are numbered from 1 without a gap, up to the number it remembers.
pub(crate) async fn events_are_dense(db: &Db) {
    let mut tx = db.read(Scope::System).await.unwrap();
    let rows: Vec<(i64, i64, i64, i64)> = tx
        .query(
            "SELECT o.id, o.event_seq, COUNT(e.seq), COALESCE(MAX(e.seq), 0) FROM organizations o
             LEFT JOIN events e ON e.organization_id = o.id GROUP BY o.id, o.event_seq",
        )
        .all()
        .await
        .unwrap();
    for (org, remembered, events, newest) in rows {
        assert_eq!((events, newest), (remembered, remembered), "organization {org}");
    }
}

/// Every thread is numbered from 1 without a gap, up to the number its lead remembers.
pub(crate) async fn threads_are_dense(db: &Db) {
    let odd = "SELECT COUNT(*) FROM (SELECT l.id FROM leads l LEFT JOIN turns t ON t.lead_id = l.id
         GROUP BY l.id, l.turn_seq HAVING COUNT(t.seq) <> l.turn_seq OR COALESCE(MAX(t.seq), 0) <> l.turn_seq) odd";
    assert_eq!(count(db, odd).await, 0, "threads with gaps");
}
