//! What may be done how often, over several daemons and over restarts.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use lotline_common::{At, SessionId, UserId, api::auth::Role};
use lotlined::{
    action::count_attempt,
    app::App,
    clock::Clock,
    config::Config,
    db::{DbError, Hold, Scope},
    domain::{
        attempt::Tries,
        audit::Origin,
        permission::{Credential, Principal},
    },
    http::share,
    limits,
    store::{self, attempt},
};
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{
    caller::{Caller, PASSWORD},
    daemon::{Daemon, beside, settings},
    db::Fresh,
    eventually,
};

both_engines!(
    a_restart_gives_a_guesser_no_new_tries,
    an_address_that_tries_many_accounts_is_shut,
    who_guesses_elsewhere_shuts_nobody_out,
    right_passwords_cost_nothing,
    a_thousand_at_once_gain_nothing,
    tries_that_are_earned_back_are_forgotten,
);

const DANA: &str = "dana@example.com";
const GUESSES: Tries = limits::TRIES_OF_ACCOUNT_AND_NETWORK;
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// One beat, and a machine that is busy.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

fn other(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(number))
}

async fn start<const N: usize>(db: &Fresh, set: impl Fn(&mut Config)) -> [Daemon; N] {
    let mut config = settings(&db.url, "open_signup = true");
    set(&mut config);
    let mut daemons = Vec::new();
    for _ in 0..N {
        daemons.push(Daemon::start_with(config.clone()).await);
    }
    daemons.try_into().map_err(drop).unwrap()
}

/// Who guesses a password would otherwise have as many tries as there are daemons, times ten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_at_two_daemons_are_counted_together() {
    let db = Fresh::postgres().await;
    let daemons: [_; 2] = start(&db, |_| {}).await;
    let strangers = daemons.each_ref().map(Caller::stranger);
    strangers[0].found(DANA, "Dana Motors").await;
    let (begun, mut wrong) = (Instant::now(), 0);
    for n in 0..20 {
        wrong += u32::from(strangers[n % 2].log_in(DANA, "wrong horse battery").await.status == 401);
    }
    assert!(within(wrong, begun), "{wrong} tries");
    for stranger in &strangers {
        assert_eq!(stranger.log_in(DANA, PASSWORD).await.status, 429, "even the right one has to wait");
    }
    for daemon in daemons {
        daemon.stop().await;
    }
    db.remove().await;
}

/// All that an account has at one network, and what was earned back meanwhile on a slow machine.
fn within(tries: u32, begun: Instant) -> bool {
    let earned = begun.elapsed().as_secs() / GUESSES.every.as_secs();
    (GUESSES.in_a_row..=GUESSES.in_a_row + u32::try_from(earned).unwrap()).contains(&tries)
}

/// Nor by an update of the program, or a crash that a guesser brought about.
async fn a_restart_gives_a_guesser_no_new_tries(db: &Fresh) {
    let mut daemon = Daemon::start(db).await;
    Caller::stranger(&daemon).found(DANA, "Dana Motors").await;
    let (begun, mut wrong) = (Instant::now(), 0);
    for _ in 0..4 {
        let stranger = Caller::stranger(&daemon);
        for _ in 0..4 {
            wrong += u32::from(stranger.log_in(DANA, "wrong horse battery").await.status == 401);
        }
        daemon.stop().await;
        daemon = Daemon::start(db).await;
    }
    assert!(within(wrong, begun), "{wrong} tries");
    assert_eq!(Caller::stranger(&daemon).log_in(DANA, PASSWORD).await.status, 429);
    daemon.stop().await;
}

async fn fails(app: &App, account: &str, from: IpAddr) -> bool {
    count_attempt::run(app, account, from).await.is_ok()
}

/// One machine could otherwise try one password on every account.
async fn an_address_that_tries_many_accounts_is_shut(db: &Fresh) {
    let app = beside(db).await;
    let mut tried = 0;
    for n in 0..60 {
        tried += u32::from(fails(&app, &format!("{n}@example.com"), HERE).await);
    }
    assert_eq!(tried, 50);
    let mut left = 0;
    for n in 0..110 {
        left += u32::from(fails(&app, "59@example.com", other(n)).await);
    }
    assert_eq!(
        left,
        limits::TRIES_OF_ACCOUNT.in_a_row,
        "a try that the network had not cost the account nothing"
    );
    app.close().await;
}

/// Otherwise whoever knows an address keeps its owner out of a working desk.
async fn who_guesses_elsewhere_shuts_nobody_out(db: &Fresh) {
    let app = beside(db).await;
    for n in 0..20 {
        fails(&app, DANA, other(n % 2)).await;
    }
    assert!(!fails(&app, DANA, other(0)).await && !fails(&app, DANA, other(1)).await);
    assert!(fails(&app, DANA, HERE).await);
    app.close().await;
}

/// A whole store signs in from one address in the morning.
async fn right_passwords_cost_nothing(db: &Fresh) {
    let app = beside(db).await;
    for _ in 0..60 {
        count_attempt::run(&app, DANA, HERE).await.unwrap().succeeded().await;
    }
    assert!(fails(&app, DANA, HERE).await);
    app.close().await;
}

/// Two requests that read the same number of tries would both be let in.
async fn a_thousand_at_once_gain_nothing(db: &Fresh) {
    let app = beside(db).await;
    let all = (0..100).map(|_| fails(&app, DANA, HERE));
    let passed = futures::future::join_all(all).await.into_iter().filter(|passed| *passed).count();
    assert_eq!(passed, 10);
    app.close().await;
}

/// Whoever tries one invented account after the other would fill the disk.
async fn tries_that_are_earned_back_are_forgotten(db: &Fresh) {
    let app = beside(db).await;
    let (old, now) = (At::from_micros(1_000_000), app.clock.now());
    let left = app.db.write(Scope::System, move |tx| {
        Box::pin(async move {
            for (key, at) in [(1, old), (2, old), (3, now)] {
                let bucket = attempt::Bucket { key: vec![key], tries: GUESSES };
                assert_eq!(attempt::take(tx, &bucket, at).await?, Ok(()));
            }
            let removed = [attempt::prune(tx, now, 1).await?, attempt::prune(tx, now, 10).await?];
            assert_eq!(removed, [1, 1]);
            tx.query("SELECT key FROM attempts").all().await
        })
    });
    let left: Result<Vec<(Vec<u8>,)>, DbError> = left.await;
    assert_eq!(left.unwrap(), [(vec![3],)]);
    app.close().await;
}

/// A daemon without a socket, at which an organization has used up its writes: thousands of requests in a moment.
async fn used_up(db: &Fresh) -> Arc<App> {
    let mut config = settings(&db.url, "");
    config.limits.rates = true;
    let app = App::open(config, Clock::system(), Hold::Daemon).await.unwrap();
    share::start(&app);
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let organization = store::organization::find_by_slug(&mut tx, "dana-motors").await.unwrap();
    drop(tx);
    // Each is another person, so that only what they do together is too much.
    let anybody = || Principal {
        org: organization.key,
        organization: organization.public.id,
        user: UserId::new(),
        name: String::new(),
        role: Role::Admin,
        scopes: None,
        credential: Credential::Session(SessionId::new()),
        totp_missing: false,
        origin: Origin::default(),
        once: None,
    };
    let most = limits::WRITES_OF_ORGANIZATION.at_once;
    let passed = (0..10 * most).take_while(|_| app.rates.member(&anybody(), &Method::POST).is_ok()).count();
    assert!((most..10 * most).contains(&u32::try_from(passed).unwrap()), "{passed} passed");
    app
}

/// One dealership's script, spread over all daemons by the proxy, would otherwise take its share at each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_organization_asks_of_one_daemon_counts_at_the_other() {
    let db = Fresh::postgres().await;
    let [daemon] = start(&db, |config| config.limits.rates = true).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found(DANA, "Dana Motors").await;
    let (eli, _) = stranger.found("eli@example.com", "Eli Cars").await;
    // Two, so that what is earned back within the test is far from enough.
    let others = [used_up(&db).await, used_up(&db).await];
    let note = json!({"phone": "+13035550101"});
    eventually(TOLD_WITHIN, async || dana.post("/api/v1/leads", note.clone()).await.status == 429).await;
    assert_eq!(dana.get("/api/v1/leads").await.status, 200, "reading is counted apart");
    assert_eq!(eli.post("/api/v1/leads", note).await.status, 201, "and everybody by themselves");
    for app in others {
        app.close().await;
    }
    daemon.stop().await;
    db.remove().await;
}

async fn listen(caller: &Caller) -> Response {
    caller.request(Method::GET, "/api/v1/events").send().await.unwrap()
}

/// An organization's streams would otherwise take as many times their share as there are daemons.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_at_one_daemon_leave_less_room_at_the_other() {
    let db = Fresh::postgres().await;
    let [one, two] = start(&db, |config| config.limits.streams_per_organization = 3).await;
    let (dana, session) = Caller::stranger(&one).found(DANA, "Dana Motors").await;
    let dana_there = Caller::stranger(&two).with(&session.access_token);
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(listen(&dana).await);
    }
    assert!(open.iter().all(|stream| stream.status() == 200));
    // What opens before the word has come is let in, and closed here at once.
    eventually(TOLD_WITHIN, async || listen(&dana_there).await.status() == 503).await;
    open.pop();
    eventually(TOLD_WITHIN, async || listen(&dana_there).await.status() == 200).await;
    // A daemon that is gone says nothing more, and its streams have come back to the other.
    drop(open);
    one.stop().await;
    eventually(TOLD_WITHIN * 4, async || {
        let here = [listen(&dana_there).await, listen(&dana_there).await, listen(&dana_there).await];
        here.iter().all(|stream| stream.status() == 200)
    })
    .await;
    two.stop().await;
    db.remove().await;
}
