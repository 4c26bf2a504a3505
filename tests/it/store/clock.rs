//! The system's clock is set: forward in the middle of work, or back after times were written down.

use std::time::Duration;

use lotline_common::{At, JobId, LeadId, TurnId, api::alarm::AlarmKind};
use lotlined::{
    clock::Clock,
    db::{Db, Scope},
    domain::{attempt::Tries, job::Job, organization::OrgKey, pace::share},
    job::schedule,
    limits,
    store::{self, attempt::Bucket, job::Lease},
};
use uuid::Uuid;

use super::{OWN, at, commit, count, phone};
use crate::support::{db::Fresh, desk::PATIENCE, eventually, opened::Opened, seed};

both_engines!(
    what_waited_for_a_time_to_come_again_does_not,
    what_was_used_up_in_the_future_is_free_again,
    an_operator_hears_of_a_clock_that_was_set,
    what_runs_here_keeps_its_lease,
);

const ORG: OrgKey = OrgKey::new(1);
const HOUR: Duration = Duration::from_hours(1);

async fn enqueue(db: &Db, run_at: At, created_at: At) -> LeadId {
    let lead = LeadId::new();
    let job = Job::DeliverMessage { turn: TurnId::new() };
    commit!(db, Scope::Org(ORG), |tx| store::job::enqueue(tx, ORG, lead, job, run_at, created_at).await)
        .await
        .unwrap();
    lead
}

async fn run_at(db: &Db, lead: LeadId) -> At {
    let mut tx = db.read(Scope::System).await.unwrap();
    let (at,): (At,) = tx.query("SELECT run_at FROM jobs WHERE lead_id = $1").bind(lead).one().await.unwrap();
    at
}

/// A clock that was two hours ahead is put right, also while the desk is stopped: an answer to a customer must not wait for
/// those two hours.
async fn what_waited_for_a_time_to_come_again_does_not(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    let (now, minute) = (Clock::system().now(), Duration::from_secs(60));
    let ahead = enqueue(&db, now + HOUR * 2 + minute, now + HOUR * 2).await;
    let timer = enqueue(&db, now + HOUR * 2, now).await;
    let apart = enqueue(&db, now + minute, now + limits::CLOCKS_APART / 2).await;
    let brought = commit!(&db, Scope::System, |tx| store::job::come_back(tx, now).await);
    assert_eq!(brought.await.unwrap(), 1);
    let delay = run_at(&db, ahead).await.since(now);
    assert!((minute..minute * 2).contains(&delay), "it keeps its delay: {delay:?}");
    assert_eq!(run_at(&db, timer).await, now + HOUR * 2, "a timer is no mistake");
    assert_eq!(run_at(&db, apart).await, now + minute, "two daemons' clocks are never quite the same");
}

/// After a clock went back nobody may be locked out, and no number be silent, until it has come as far again.
async fn what_was_used_up_in_the_future_is_free_again(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    for now in [at(7_200), at(0)] {
        let pace = commit!(&db, Scope::Org(ORG), |tx| {
            store::pace::take(tx, ORG, &phone(OWN), share(1, 10), now).await
        });
        assert_eq!(pace.await.unwrap(), Ok(()));
        let tries = Tries { in_a_row: 1, every: Duration::from_secs(30) };
        let bucket = Bucket { key: vec![1], tries };
        let attempt = commit!(&db, Scope::System, |tx| store::attempt::take(tx, &bucket, now).await);
        assert_eq!(attempt.await.unwrap(), Ok(()));
        let turn = commit!(&db, Scope::System, |tx| store::schedule::take(tx, "test", HOUR / 2, now).await);
        assert!(turn.await.unwrap());
    }
    let used = commit!(&db, Scope::Org(ORG), |tx| {
        store::pace::take(tx, ORG, &phone(OWN), share(1, 10), at(0)).await
    });
    assert_eq!(used.await.unwrap(), Err(Duration::from_secs(10)), "and it is used up as ever");
}

/// Whoever sets the clock of the machine must be told what that does.
async fn an_operator_hears_of_a_clock_that_was_set(fresh: &Fresh) {
    let clock = Clock::fixed(Clock::system().now());
    let opened = Opened::timed(fresh, clock.clone()).await;
    seed::store(&opened.db, 1).await;
    schedule::start(&opened.app);
    clock.jump(clock.now() - HOUR * 2);
    let subject = || opened.app.alarms.open().first().map(|alarm| (alarm.kind, alarm.subject.clone()));
    eventually(PATIENCE, async || subject().is_some()).await;
    assert_eq!(subject(), Some((AlarmKind::ClockJumped, Some("-2h".into()))));
    clock.set(clock.now() + limits::CLOCK_CALM + HOUR);
    eventually(PATIENCE, async || subject().is_none()).await;
    opened.tasks.drain(limits::DRAIN).await;
}

/// A disk that takes nothing for longer than a lease: the daemon would take its own work for a dead one's, and do it twice.
async fn what_runs_here_keeps_its_lease(fresh: &Fresh) {
    let opened = Opened::on(fresh).await;
    let db = &opened.db;
    seed::store(db, 1).await;
    let now = opened.app.clock.now();
    for _ in 0..2 {
        enqueue(db, now, now).await;
    }
    let lease = Lease { steady: opened.app.clock.steady(), length: Duration::ZERO };
    let claims = commit!(db, Scope::System, |tx| store::job::claim(tx, Uuid::now_v7(), now, lease, 9).await);
    let claims = claims.await.unwrap();
    assert_eq!(claims.len(), 2);
    let running = opened.app.running.begin(claims[0].id);
    schedule::start(&opened.app);
    let held = async || {
        let mut tx = db.read(Scope::System).await.unwrap();
        let held: Vec<(JobId,)> = tx.query("SELECT id FROM jobs WHERE state = 'leased'").all().await.unwrap();
        held
    };
    eventually(PATIENCE, async || held().await.len() < 2).await;
    assert_eq!(held().await, [(claims[0].id,)], "who is at work keeps it, and nobody else");
    drop(running);
    eventually(PATIENCE, async || held().await.is_empty()).await;
    opened.tasks.drain(limits::DRAIN).await;
}

/// A message that is being sent when the clock is set forward would be taken for one that nobody sends, and be sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_forward_frees_no_work_that_goes_on() {
    let fresh = Fresh::sqlite();
    let clock = Clock::fixed(Clock::system().now());
    let opened = Opened::timed(&fresh, clock.clone()).await;
    let db = opened.db.clone();
    seed::store(&db, 1).await;
    let (now, steady) = (clock.now(), clock.steady());
    let claim = async |lead, length| {
        let lease = Lease { steady, length };
        let claims =
            commit!(&db, Scope::System, |tx| store::job::claim(tx, Uuid::now_v7(), now, lease, 9).await);
        assert_eq!(
            claims.await.unwrap().into_iter().map(|claim| claim.lead).collect::<Vec<_>>(),
            [Some(lead)]
        );
    };
    claim(enqueue(&db, now, now).await, limits::JOB_LEASE).await;
    clock.jump(now + Duration::from_mins(15));
    schedule::start(&opened.app);
    // The lease of one that is gone shows when leases have been looked at.
    claim(enqueue(&db, now, now).await, Duration::ZERO).await;
    clock.set(clock.now() + Duration::from_secs(1));
    let leased = async || count(&db, "SELECT COUNT(*) FROM jobs WHERE state = 'leased'").await;
    eventually(PATIENCE, async || leased().await < 2).await;
    assert_eq!(leased().await, 1, "who is at work keeps it");
    opened.tasks.drain(limits::DRAIN).await;
    drop(opened);
    fresh.remove().await;
}
