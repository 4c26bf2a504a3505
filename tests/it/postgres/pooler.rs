//! Behind a transaction pooler, where every transaction may meet another connection of the server.

use std::time::Duration;

use futures::{StreamExt, future::join_all, stream};
use lotlined::{
    app::App,
    clock::Clock,
    config::Config,
    db::{Hold, Scope},
    domain::organization::OrgKey,
};
use serde_json::json;
use url::Url;

use crate::support::{
    caller::Caller,
    cluster::Pooler,
    daemon::{Daemon, settings},
    db::Fresh,
    eventually,
    reader::Reader,
};

fn pooled(pooler: &Pooler, fresh: &Fresh, listen: bool) -> Config {
    let mut config = settings(&pooler.of(&fresh.url), "open_signup = true");
    config.database.pooler = true;
    config.database.listen_url = listen.then(|| fresh.url.clone());
    config
}

/// A managed server often comes with a pooler in front: the desk works there, and organizations stay apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_works_behind_a_transaction_pooler() {
    let fresh = Fresh::postgres().await;
    let pooler = Pooler::start(&Url::parse(&fresh.url).unwrap()).await;
    let daemon = Daemon::start_with(pooled(&pooler, &fresh, true)).await;
    let direct = Daemon::start_with(settings(&fresh.url, "open_signup = true")).await;
    let stranger = Caller::stranger(&daemon);
    let stores = join_all((1..=2).map(|n| {
        let stranger = stranger.clone();
        async move { stranger.found(&format!("admin{n}@example.com"), &format!("Example {n}")).await.0 }
    }))
    .await;
    let added = (0..100).map(|n| {
        let store = stores[n % 2].clone();
        async move {
            let lead =
                json!({"phone": format!("+1720555{:04}", 100 + n / 2), "name": format!("Of {}", n % 2)});
            assert_eq!(store.post("/api/v1/leads", lead).await.status, 201);
            let page = store.get("/api/v1/leads?limit=200").await;
            assert_eq!(page.status, 200, "{}", page.text);
            assert!(!page.text.contains(&format!("\"Of {}\"", 1 - n % 2)), "another organization's customer");
        }
    });
    // More at once than the pooler has connections, and no more than it can serve in time.
    stream::iter(added).buffer_unordered(8).collect::<Vec<()>>().await;
    // What the daemon behind the pooler commits is seen on a stream of the other, and the other way round.
    for (n, (here, there)) in [(&daemon, &direct), (&direct, &daemon)].into_iter().enumerate() {
        let token = stores[0].token.clone().unwrap();
        let (writer, listener) = (Caller::stranger(here).with(&token), Caller::stranger(there).with(&token));
        let answer = listener.request(reqwest::Method::GET, "/api/v1/events").send().await.unwrap();
        let mut stream = Reader::new(answer);
        assert_eq!(stream.frame().await.unwrap().event, "ping");
        let phone = format!("+1303555{:04}", 100 + n);
        assert_eq!(writer.post("/api/v1/leads", json!({"phone": phone})).await.status, 201);
        assert!(stream.event().await.is_some());
    }
    daemon.stop().await;
    direct.stop().await;
    fresh.remove().await;
}

/// Nothing of one transaction is left for the next on the same connection of the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_hands_no_scope_on() {
    let fresh = Fresh::postgres().await;
    let pooler = Pooler::start(&Url::parse(&fresh.url).unwrap()).await;
    let app = App::open(pooled(&pooler, &fresh, false), Clock::system(), Hold::Command).await.unwrap();
    let asked = (0..200).map(|n| {
        let db = app.db.clone();
        async move {
            let scope = if n % 3 == 0 { Scope::System } else { Scope::Org(OrgKey::new(n)) };
            let mut tx = db.read(scope).await?;
            let sql = "SELECT current_setting('app.org'), current_setting('app.scope'), current_setting('lock_timeout')";
            let (org, scope, bound): (String, String, String) = tx.query(sql).one().await?;
            let expected = if n % 3 == 0 { (String::new(), "system") } else { (n.to_string(), "") };
            assert_eq!((org, scope.as_str(), bound.as_str()), (expected.0, expected.1, "5s"));
            Ok::<_, lotlined::db::DbError>(())
        }
    });
    let answered = join_all(asked).await.into_iter().flatten().count();
    assert!(answered > 100, "{answered} of 200");
    eventually(Duration::from_secs(5), || async { app.db.read(Scope::System).await.is_ok() }).await;
    app.close().await;
    fresh.remove().await;
}
