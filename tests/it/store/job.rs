//! Jobs: leased, fenced, one of a kind per lead.

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;
use lotline_common::{At, LeadId, TurnId};
use lotlined::{
    db::{Db, Scope},
    domain::{breaker::Vendor, job::Job, organization::OrgKey},
    store::{
        self,
        job::{Claim, Lease},
    },
};
use uuid::Uuid;

use super::{commit, count};
use crate::support::{db::Fresh, opened::Opened, seed};

both_engines!(
    the_same_work_is_one_job,
    one_of_a_kind_runs_at_a_time_per_lead,
    claims_are_due_urgent_and_exclusive,
    a_worker_that_lost_its_lease_changes_nothing,
    a_lease_that_ran_out_gives_way_to_a_younger_twin,
    a_job_under_which_daemons_end_waits_longer_each_time,
    a_failed_job_comes_again_or_is_kept,
    organizations_take_turns,
    what_waits_for_a_vendor_runs_when_it_is_back,
    a_job_of_a_newer_version_stops_nobody,
);

const LEASE: Duration = Duration::from_secs(60);
const ORG: OrgKey = OrgKey::new(1);

/// Later than a server's clock says, by which a job may be due as well.
fn at(seconds: i64) -> At {
    At::from_micros(seed::LATER) + Duration::from_secs(u64::try_from(seconds).unwrap())
}

fn lease(seconds: i64) -> Lease {
    Lease { steady: at(seconds), length: LEASE }
}

async fn enqueue(db: &Db, lead: LeadId, job: Job, seconds: i64) {
    enqueue_of(db, ORG, lead, job, seconds).await;
}

async fn enqueue_of(db: &Db, org: OrgKey, lead: LeadId, job: Job, seconds: i64) {
    commit!(db, Scope::Org(org), |tx| store::job::enqueue(tx, org, lead, job, at(seconds), at(0)).await)
        .await
        .unwrap();
}

async fn claim(db: &Db, seconds: i64, limit: i64) -> Vec<Claim> {
    commit!(db, Scope::System, |tx| store::job::claim(tx, Uuid::now_v7(), at(seconds), lease(seconds), limit)
        .await)
    .await
    .unwrap()
}

async fn release(db: &Db, ran_out: Option<At>) -> u64 {
    commit!(db, Scope::System, |tx| store::job::release(tx, ran_out, &[]).await).await.unwrap()
}

async fn holds(db: &Db, claim: &Claim) -> bool {
    let mut tx = db.read(Scope::Org(ORG)).await.unwrap();
    store::job::holds(&mut tx, claim).await.unwrap()
}

async fn finish(db: &Db, claim: &Claim) {
    let claim = claim.clone();
    commit!(db, Scope::Org(ORG), |tx| store::job::finish(tx, &claim).await).await.unwrap();
}

async fn jobs(db: &Db) -> i64 {
    count(db, "SELECT COUNT(*) FROM jobs").await
}

fn deliver() -> Job {
    Job::DeliverMessage { turn: TurnId::new() }
}

/// A message that has two delivery jobs is a message sent twice.
async fn the_same_work_is_one_job(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    let (lead, job) = (LeadId::new(), deliver());
    enqueue(&db, lead, job.clone(), 5).await;
    enqueue(&db, lead, job.clone(), 9).await;
    enqueue(&db, lead, Job::ReplyWithAgent, 1).await;
    enqueue(&db, lead, Job::ReplyWithAgent, 7).await;
    assert_eq!(jobs(&db).await, 2);
    let mut tx = db.read(Scope::System).await.unwrap();
    let next = store::job::next_due(&mut tx, at(1)).await.unwrap();
    assert_eq!(next, Some(Duration::from_secs(6)), "the later time stands");
    drop(tx);
    // Timers are told apart by their fence, not merged.
    enqueue(&db, lead, Job::HandBackFloor { fence: 1 }, 1).await;
    enqueue(&db, lead, Job::HandBackFloor { fence: 2 }, 1).await;
    assert_eq!(jobs(&db).await, 4);
    commit!(&db, Scope::Org(ORG), |tx| store::job::cancel(tx, ORG, lead, job.kind()).await).await.unwrap();
    assert_eq!(jobs(&db).await, 3);
}

/// Two messages of one conversation sent at once arrive in the wrong order.
async fn one_of_a_kind_runs_at_a_time_per_lead(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    let (one, other) = (LeadId::new(), LeadId::new());
    let (first, second) = (deliver(), deliver());
    enqueue(&db, one, first.clone(), 1).await;
    enqueue(&db, one, second.clone(), 2).await;
    enqueue(&db, one, Job::ReplyWithAgent, 3).await;
    enqueue(&db, other, deliver(), 3).await;
    let claims = claim(&db, 10, 10).await;
    let of_one: Vec<&Job> = claims.iter().filter(|c| c.lead == Some(one)).map(|c| &c.job).collect();
    assert_eq!(claims.len(), 3, "one delivery and one answer of the one, one delivery of the other");
    assert!(of_one.contains(&&first) && of_one.contains(&&Job::ReplyWithAgent), "{of_one:?}");
    assert!(claim(&db, 10, 10).await.is_empty());
    let done = claims.iter().find(|claim| claim.job == first).unwrap();
    finish(&db, done).await;
    let next = claim(&db, 10, 10).await;
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].job, second);
}

/// Whoever waits for an answer comes before timers, and no job runs twice, however many daemons look.
async fn claims_are_due_urgent_and_exclusive(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    enqueue(&db, LeadId::new(), Job::ExpireHandoff { fence: 1 }, 1).await;
    enqueue(&db, LeadId::new(), Job::ReplyWithAgent, 3).await;
    enqueue(&db, LeadId::new(), deliver(), 4).await;
    enqueue(&db, LeadId::new(), deliver(), 500).await;
    let kinds: HashSet<_> = claim(&db, 10, 3).await.into_iter().map(|claim| claim.job.kind()).collect();
    assert_eq!(kinds, HashSet::from(["deliver_message", "reply_with_agent"]));
    assert_eq!(claim(&db, 10, 2).await[0].job.kind(), "expire_handoff");
    assert!(claim(&db, 10, 2).await.is_empty(), "the last is not due");
    commit!(&db, Scope::System, |tx| tx.query("DELETE FROM jobs").execute().await).await.unwrap();

    for _ in 0..40 {
        let lead = LeadId::new();
        enqueue(&db, lead, deliver(), 1).await;
        enqueue(&db, lead, deliver(), 2).await;
    }
    let takers = (0..8).map(|_| {
        let db = db.clone();
        async move {
            let mut taken = Vec::new();
            // Who looks while another takes the same ones comes away with fewer.
            for _ in 0..24 {
                taken.extend(claim(&db, 10, 5).await);
            }
            taken
        }
    });
    let taken: Vec<Claim> = join_all(takers).await.into_iter().flatten().collect();
    let leads: HashSet<_> = taken.iter().map(|claim| claim.lead).collect();
    assert_eq!((taken.len(), leads.len()), (40, 40), "one delivery of each lead, once");
}

/// A daemon that hung for a minute and wakes up must not undo what another did, or was asked to do, meanwhile.
async fn a_worker_that_lost_its_lease_changes_nothing(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    enqueue(&db, LeadId::new(), Job::ReplyWithAgent, 0).await;
    let stale = claim(&db, 1, 1).await.remove(0);
    assert!(holds(&db, &stale).await);
    assert_eq!(release(&db, Some(super::at(30))).await, 0, "the lease has not run out");
    assert_eq!(release(&db, Some(at(900_000_000))).await, 1);
    for released in [true, false] {
        if !released {
            let young = claim(&db, 101, 1).await.remove(0);
            assert!(young.fence > stale.fence);
            assert_eq!(young.attempts, 2);
        }
        let state = "SELECT COUNT(*) FROM jobs WHERE last_error IS NULL AND state <> 'dead' AND run_at < 4500000000000000";
        assert!(!holds(&db, &stale).await);
        finish(&db, &stale).await;
        assert_eq!(count(&db, state).await, 1, "finished by a stale worker; released: {released}");
        let (one, two) = (stale.clone(), stale.clone());
        commit!(&db, Scope::Org(ORG), |tx| store::job::again(tx, &one, at(900_000_000), "late").await)
            .await
            .unwrap();
        commit!(&db, Scope::Org(ORG), |tx| store::job::bury(tx, &two, at(9), "late").await).await.unwrap();
        assert_eq!(count(&db, state).await, 1, "moved by a stale worker; released: {released}");
    }
}

/// A text that came while its lead's answer was being written needs an answer too, and one only.
async fn a_lease_that_ran_out_gives_way_to_a_younger_twin(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    let (lead, lonely) = (LeadId::new(), LeadId::new());
    enqueue(&db, lead, Job::ReplyWithAgent, 0).await;
    enqueue(&db, lonely, Job::ReplyWithAgent, 0).await;
    let claims = claim(&db, 1, 10).await;
    assert_eq!(claims.len(), 2);
    enqueue(&db, lead, Job::ReplyWithAgent, 5).await;
    assert!(claim(&db, 10, 10).await.is_empty(), "its twin runs");
    release(&db, None).await;
    assert_eq!(jobs(&db).await, 2);
    let again = claim(&db, 10, 10).await;
    let twin = again.iter().find(|claim| claim.lead == Some(lead)).unwrap();
    assert!(claims.iter().all(|claim| claim.id != twin.id), "the younger one does it");
    assert_eq!(twin.attempts, 1);
    let kept = again.iter().find(|claim| claim.lead == Some(lonely)).unwrap();
    assert_eq!(kept.attempts, 2, "an attempt that ended with its process counts");
}

/// A machine that restarts for an hour would have every customer's answer given up, as if each ended the daemon.
async fn a_job_under_which_daemons_end_waits_longer_each_time(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    enqueue(&db, LeadId::new(), Job::ReplyWithAgent, 0).await;
    let mut ends = 0;
    for second in 0..600 {
        ends += claim(&db, second, 1).await.len();
        release(&db, None).await;
    }
    assert!((8..=15).contains(&ends), "{ends} ends in ten minutes of a start a second");
}

async fn a_failed_job_comes_again_or_is_kept(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    let lead = LeadId::new();
    enqueue(&db, lead, Job::ReplyWithAgent, 0).await;
    let first = claim(&db, 1, 1).await.remove(0);
    let failed = first.clone();
    commit!(&db, Scope::Org(ORG), |tx| store::job::again(tx, &failed, at(20), "away").await).await.unwrap();
    assert!(claim(&db, 19, 1).await.is_empty());
    let second = claim(&db, 20, 1).await.remove(0);
    assert_eq!((second.id, second.attempts), (first.id, 2));
    // A younger twin does the work: the older one is gone.
    enqueue(&db, lead, Job::ReplyWithAgent, 30).await;
    let failed = second.clone();
    commit!(&db, Scope::Org(ORG), |tx| store::job::again(tx, &failed, at(25), "away").await).await.unwrap();
    assert_eq!(jobs(&db).await, 1);
    let third = claim(&db, 30, 1).await.remove(0);
    assert_ne!(third.id, first.id);
    let dead = third.clone();
    commit!(&db, Scope::Org(ORG), |tx| store::job::bury(tx, &dead, at(31), "hopeless").await).await.unwrap();
    assert!(claim(&db, 10_000, 1).await.is_empty());
    release(&db, None).await;
    assert_eq!(
        count(&db, "SELECT COUNT(*) FROM jobs WHERE state = 'dead' AND last_error = 'hopeless'").await,
        1
    );
    enqueue(&db, lead, Job::ReplyWithAgent, 40).await;
    assert_eq!(claim(&db, 40, 1).await.len(), 1, "a dead job blocks nobody");
}

/// A dealer's one customer waits behind ten thousand of another's.
async fn organizations_take_turns(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let small = OrgKey::new(2);
    seed::store(&db, 1).await;
    seed::store(&db, 2).await;
    for _ in 0..40 {
        enqueue(&db, LeadId::new(), deliver(), 1).await;
    }
    for _ in 0..2 {
        enqueue_of(&db, small, LeadId::new(), Job::ExpireHandoff { fence: 1 }, 9).await;
    }
    let owner = Uuid::now_v7();
    let take = async |limit| {
        let claims =
            commit!(&db, Scope::System, |tx| store::job::claim(tx, owner, at(10), lease(10), limit).await);
        let claims: Vec<Claim> = claims.await.unwrap();
        let small = claims.iter().filter(|claim| claim.org == small).count();
        (claims.len() - small, small)
    };
    assert_eq!(take(8).await, (4, 2), "half of what is free, and the others in their turn");
    assert_eq!(take(8).await, (2, 0), "with what it has, it leaves as much to the others");
    assert_eq!(take(2).await, (0, 0), "it has its share");
}

/// A carrier that is back, and texts that wait for a timer all the same.
async fn what_waits_for_a_vendor_runs_when_it_is_back(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    enqueue(&db, LeadId::new(), deliver(), 0).await;
    enqueue(&db, LeadId::new(), deliver(), 0).await;
    let claims = claim(&db, 1, 10).await;
    for (held, waits_for) in claims.into_iter().zip([Some(Vendor::Carrier), None]) {
        assert_eq!(held.attempts, 1);
        commit!(&db, Scope::Org(ORG), |tx| store::job::put_off(tx, &held, at(900), "paused", waits_for)
            .await)
        .await
        .unwrap();
    }
    assert!(claim(&db, 10, 10).await.is_empty());
    for vendor in [Vendor::Agent, Vendor::Carrier] {
        commit!(&db, Scope::Org(ORG), |tx| store::job::wake(tx, ORG, vendor, at(10)).await).await.unwrap();
    }
    let woken = claim(&db, 10, 10).await;
    assert_eq!((woken.len(), woken[0].attempts), (1, 1), "waiting is no attempt");
}

/// One row that cannot be read and nobody's work is done any more.
async fn a_job_of_a_newer_version_stops_nobody(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    seed::store(&db, 1).await;
    enqueue(&db, LeadId::new(), deliver(), 0).await;
    enqueue(&db, LeadId::new(), Job::ReplyWithAgent, 0).await;
    let newer =
        "UPDATE jobs SET payload = '{\"job\":\"of_next_year\",\"more\":1}' WHERE kind = 'deliver_message'";
    commit!(&db, Scope::System, |tx| tx.query(newer).execute().await).await.unwrap();
    let jobs: Vec<Job> = claim(&db, 1, 10).await.into_iter().map(|claim| claim.job).collect();
    assert!(jobs.contains(&Job::Unreadable) && jobs.contains(&Job::ReplyWithAgent), "{jobs:?}");
}
