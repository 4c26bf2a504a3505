//! What several daemons share through rows: the pace of a number, turns at work by the clock, leases.

use std::time::Duration;

use futures::future::join_all;
use lotline_common::{LeadId, TurnId};
use lotlined::{
    db::{DbError, Scope},
    domain::{job::Job, pace::share},
    store::{self, job::Lease},
};
use uuid::Uuid;

use super::{OWN, at, commit, count, phone};
use crate::support::{db::Fresh, opened::Opened, seed};

both_engines!(
    a_number_keeps_its_pace_whoever_sends,
    work_by_the_clock_is_done_once,
    a_long_job_keeps_its_lease_and_a_lost_one_does_not,
    a_lead_has_one_leased_job_of_a_kind,
);

/// Two daemons that each keep the pace send twice as fast as the number may.
async fn a_number_keeps_its_pace_whoever_sends(fresh: &Fresh) {
    let here = Opened::on(fresh).await;
    let other = here.beside().await;
    let (org, number) = (seed::store(&here.db, 1).await.org, phone(OWN));
    let takes = (0..30).map(|n| {
        let (db, number) = (if n % 2 == 0 { here.db.clone() } else { other.db.clone() }, number.clone());
        async move {
            commit!(&db, Scope::Org(org), |tx| store::pace::take(tx, org, &number, share(5, 1), at(1)).await)
                .await
                .unwrap()
        }
    });
    let taken = join_all(takes).await;
    assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 10, "a burst, from both together");
    let wait = taken.into_iter().find_map(Result::err).unwrap();
    assert_eq!(wait, Duration::from_millis(200));
    let later = at(1) + wait;
    let mut tries = Vec::new();
    for _ in 0..2 {
        let number = number.clone();
        let take = commit!(&other.db, Scope::Org(org), |tx| {
            store::pace::take(tx, org, &number, share(5, 1), later).await
        });
        tries.push(take.await.unwrap());
    }
    assert_eq!(tries, [Ok(()), Err(Duration::from_millis(200))]);
}

/// What is done once a night must not be done once a night by each.
async fn work_by_the_clock_is_done_once(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let every = Duration::from_secs(60);
    for (seconds, turns) in [(0, 1), (59, 0), (60, 1), (61, 0), (500, 1)] {
        let takers = (0..6).map(|_| {
            let db = db.clone();
            async move {
                let taken = commit!(&db, Scope::System, |tx| {
                    store::schedule::take(tx, "test", every, at(seconds)).await
                });
                taken.await.unwrap()
            }
        });
        let taken = join_all(takers).await.into_iter().filter(|taken| *taken).count();
        assert_eq!(taken, turns, "after {seconds} s");
    }
}

fn lease(seconds: i64, length: Duration) -> Lease {
    Lease { steady: at(seconds), length }
}

async fn a_long_job_keeps_its_lease_and_a_lost_one_does_not(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let org = seed::store(&db, 1).await.org;
    let lead = LeadId::new();
    commit!(&db, Scope::Org(org), |tx| {
        store::job::enqueue(tx, org, lead, Job::ReplyWithAgent, at(0), at(0)).await
    })
    .await
    .unwrap();
    let claims = commit!(&db, Scope::System, |tx| {
        store::job::claim(tx, Uuid::now_v7(), at(1), lease(1, Duration::ZERO), 1).await
    });
    let claim = claims.await.unwrap().remove(0);
    let extend = async || {
        let held = claim.clone();
        let day = Duration::from_secs(24 * 3600);
        commit!(&db, Scope::Org(org), |tx| store::job::extend(tx, &held, lease(2, day)).await).await.unwrap()
    };
    let release = async || {
        commit!(&db, Scope::System, |tx| {
            let now = tx.now(at(3)).await?;
            store::job::release(tx, Some(now), &[]).await
        })
        .await
        .unwrap()
    };
    assert!(extend().await);
    assert_eq!(release().await, 0, "it was extended in time");
    commit!(&db, Scope::System, |tx| tx.query("UPDATE jobs SET lease_until = 0").execute().await)
        .await
        .unwrap();
    assert_eq!(release().await, 1);
    assert!(!extend().await, "another may have it by now");
}

/// Two answers to one customer in the making would not know of each other.
async fn a_lead_has_one_leased_job_of_a_kind(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let org = seed::store(&db, 1).await.org;
    let lead = LeadId::new();
    for _ in 0..2 {
        let job = Job::DeliverMessage { turn: TurnId::new() };
        commit!(&db, Scope::Org(org), |tx| store::job::enqueue(tx, org, lead, job, at(0), at(0)).await)
            .await
            .unwrap();
    }
    let both =
        commit!(&db, Scope::System, |tx| tx.query("UPDATE jobs SET state = 'leased'").execute().await).await;
    assert!(matches!(both, Err(DbError::Taken(_))), "{both:?}");
    assert_eq!(count(&db, "SELECT COUNT(*) FROM jobs WHERE state = 'ready'").await, 2);
}
