//! The database that an operator names for a demo.

use lotlined::{
    db::{Db, Hold, Listener},
    limits,
    tasks::Tasks,
};

use crate::support::{
    db::Fresh,
    house::House,
    program::{code, run, text},
};

both_engines!(a_demo_touches_no_desk_of_anybody);

/// A dealership's customers would be texted by a simulated carrier, which forgets, and fictional stores be left among the
/// real ones.
async fn a_demo_touches_no_desk_of_anybody(fresh: &Fresh) {
    let demo = |seconds: &str, url: &str| {
        run(
            &fresh.folder,
            &["demo", "--headless", "--seconds", seconds, "--keep", "kept", "--database", url],
            None,
        )
    };
    let refused = |why: &str, exit: i32| {
        let refused = demo("0", &fresh.url);
        assert_eq!(code(&refused), exit, "{}", text(&refused));
        assert!(text(&refused).contains(why), "{}", text(&refused));
        assert!(!fresh.folder.join("kept").exists(), "what is refused leaves nothing");
    };
    let tasks = Tasks::new();
    let daemon = Db::open(&fresh.url, Hold::Daemon, &tasks, Listener::deaf()).await.unwrap();
    let (why, exit) =
        if fresh.is_sqlite() { ("another daemon holds", 3) } else { ("at work on the database", 2) };
    refused(why, exit);
    tasks.drain(limits::DRAIN).await;
    daemon.close().await;
    let house = House::open(fresh).await;
    house.stranger.found("dana@example.com", "Dana Motors").await;
    house.stop().await;
    refused("holds an organization already", 2);
    let empty = fresh.another().await;
    let played = demo("1", &empty.url);
    assert_eq!(code(&played), 0, "{}", text(&played));
    empty.remove().await;
}
