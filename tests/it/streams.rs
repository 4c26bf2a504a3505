//! The event stream through real sockets: what an operator's console rests on.

use std::time::Duration;

use lotline_common::{SessionId, api::turn::AuthorKind};
use lotlined::{
    bus::{Listening, Standing},
    db::Scope,
    domain::permission::Credential,
    limits, store,
};
use reqwest::StatusCode;

use crate::support::{
    db::Fresh,
    opened::Opened,
    reader::Reader,
    seed::{self, NewLead},
    server::{BEAT, Server, eventually},
};

both_engines!(
    a_resumed_stream_gets_exactly_what_it_missed,
    a_stream_without_a_resume_point_begins_now,
    a_point_that_cannot_be_served_resets,
    a_replay_shows_names_and_deliveries_as_they_are_now,
    pings_come_without_a_number,
    other_organizations_hear_nothing,
    events_of_another_process_appear,
    a_revoked_session_is_closed,
    standing_is_read_from_every_table,
    a_session_has_five_streams_and_no_more,
    a_stop_ends_every_stream_at_once,
    the_last_listener_takes_the_ring_with_it,
);

async fn a_resumed_stream_gets_exactly_what_it_missed(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    // More than two pages of the table, one of them exactly full.
    let page = usize::try_from(limits::REPLAY_PAGE).unwrap();
    seed::events(&server.fresh.db, store, 3 * page).await;
    let all = 3 * limits::REPLAY_PAGE;
    for after in [0, 1, limits::REPLAY_PAGE, all - 1, all] {
        let mut reader = server.stream(store, Some(after)).await;
        reader.last = after;
        assert_eq!(reader.follow_to(all).await, usize::try_from(all - after).unwrap());
        seed::events(&server.fresh.db, store, 1).await;
        let live = reader.event().await.unwrap();
        let present = live.id.unwrap();
        assert_eq!(live.event, "lead.updated");
        // The query works as well, and the header wins over it.
        let request = server.get(store, "/api/v1/events?after=0").header("last-event-id", present - 1);
        let mut reader = Reader::new(request.send().await.unwrap());
        assert_eq!(reader.event().await.unwrap().id, Some(present));
        let request = server.get(store, &format!("/api/v1/events?after={}", present - 1));
        let mut reader = Reader::new(request.send().await.unwrap());
        assert_eq!(reader.event().await.unwrap().id, Some(present));
    }
}

async fn a_stream_without_a_resume_point_begins_now(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    seed::events(&fresh.db, store, 5).await;
    let server = Server::start(fresh).await;
    let response = server.get(store, "/api/v1/events").send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut reader = Reader::new(response);
    let first = reader.frame().await.unwrap();
    assert_eq!((first.event.as_str(), first.id), ("ping", None));
    assert_eq!(first.data, "{\"seq\":5}");
    assert!((1_000..=5_000).contains(&first.retry.unwrap()));
    seed::events(&server.fresh.db, store, 1).await;
    assert_eq!(reader.event().await.unwrap().id, Some(6));
}

/// A console that goes on from a wrong point shows a thread with a hole in it.
async fn a_point_that_cannot_be_served_resets(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let far = limits::REPLAY + 1;
    seed::log(&server.fresh.db, store, far).await;
    for after in [0, far + 1, i64::MAX] {
        let mut reader = server.stream(store, Some(after)).await;
        let first = reader.frame().await.unwrap();
        assert_eq!((first.event.as_str(), first.id), ("reset", None));
        assert_eq!(first.data, format!("{{\"seq\":{far}}}"));
    }
    let mut reader = server.stream(store, Some(1)).await;
    reader.last = 1;
    assert_eq!(reader.follow_to(far).await, usize::try_from(limits::REPLAY).unwrap());
}

async fn a_replay_shows_names_and_deliveries_as_they_are_now(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    seed::persona(&fresh.db, store, "Ava").await;
    let lead = seed::lead(&fresh.db, store, NewLead::new("Sam Example", 1)).await;
    for author in [AuthorKind::Customer, AuthorKind::Ai, AuthorKind::Member] {
        seed::turn(&fresh.db, store, lead, author, "Hello").await;
    }
    let server = Server::start(fresh).await;
    let mut reader = server.stream(store, Some(0)).await;
    for name in ["Sam Example", "Ava", "Dana Example"] {
        let event = reader.event().await.unwrap().parse();
        let turn = event.turn.unwrap();
        assert_eq!(turn.author.name.as_deref(), Some(name));
        assert_eq!(event.actor.unwrap().name.as_deref(), Some(name));
        assert_eq!((turn.text.as_str(), event.lead_id), ("Hello", Some(lead)));
    }
}

async fn pings_come_without_a_number(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let mut reader = server.stream(store, Some(0)).await;
    let _opening = reader.frame().await.unwrap();
    let begun = std::time::Instant::now();
    for _ in 0..3 {
        let ping = reader.frame().await.unwrap();
        assert_eq!((ping.event.as_str(), ping.id, ping.data.as_str()), ("ping", None, "{}"));
    }
    // Three pings are at least two whole intervals apart.
    let interval = BEAT * u32::try_from(limits::PING_BEATS).unwrap();
    assert!(begun.elapsed() + BEAT >= 2 * interval, "{:?}", begun.elapsed());
    assert_eq!(limits::BEAT * 10, Duration::from_secs(10));
}

async fn other_organizations_hear_nothing(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let (one, two) = (seed::store(&fresh.db, 1).await, seed::store(&fresh.db, 2).await);
    let server = Server::start(fresh).await;
    let mut reader = server.stream(two, Some(0)).await;
    seed::events(&server.fresh.db, one, 300).await;
    seed::events(&server.fresh.db, two, 1).await;
    assert_eq!(reader.event().await.unwrap().id, Some(1));
    // The other's resume point means nothing here.
    let mut reader = server.stream(two, Some(300)).await;
    assert_eq!(reader.frame().await.unwrap().event, "reset");
}

/// A number added on the command line, or a text that another node took.
async fn events_of_another_process_appear(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let other = server.fresh.beside().await;
    let mut reader = server.stream(store, Some(0)).await;
    seed::events(&other.db, store, 3).await;
    reader.follow_to(3).await;
    // Mixed with our own: these are told at once, with a gap before them.
    for _ in 0..20 {
        seed::events(&other.db, store, 2).await;
        seed::events(&server.fresh.db, store, 2).await;
    }
    reader.follow_to(83).await;
    other.db.close().await;
}

async fn revoke(server: &Server, session: SessionId) {
    seed::write(&server.fresh.db, move |tx| {
        Box::pin(async move {
            tx.query("UPDATE sessions SET revoked_at = 1 WHERE id = $1").bind(session).execute().await?;
            Ok(())
        })
    })
    .await;
}

/// A salesperson who was dismissed must not go on reading customers' texts.
async fn a_revoked_session_is_closed(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let kept = seed::session(&server.fresh.db, store).await;
    let mut revoked = server.stream(store, Some(0)).await;
    let mut stays = server.stream_of(store, kept, Some(0)).await;
    revoke(&server, store.session).await;
    while revoked.frame().await.is_some() {}
    eventually("only the other stream is left", || server.fresh.bus.streams() == 1).await;
    seed::events(&server.fresh.db, store, 1).await;
    assert_eq!(stays.event().await.unwrap().id, Some(1));
}

async fn standing_is_read_from_every_table(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let (mut listening, mut sessions) = (Vec::new(), Vec::new());
    for number in 1..=6 {
        let store = seed::store(&fresh.db, number).await;
        let credential = Credential::Session(store.session);
        listening.push(Listening { org: store.org, user: store.user, credential });
        sessions.push(store.session);
    }
    let (revoked, user, member) = (sessions[1], listening[2], listening[3]);
    // A session of a member of another organization, and one that is over.
    listening[4].org = listening[0].org;
    let over = sessions[5];
    seed::write(&fresh.db, move |tx| {
        Box::pin(async move {
            let sessions = tx.query("UPDATE sessions SET revoked_at = 1 WHERE id = $1");
            sessions.bind(revoked).execute().await?;
            let sessions = tx.query("UPDATE sessions SET expires_at = 1 WHERE id = $1");
            sessions.bind(over).execute().await?;
            let users = tx.query("UPDATE users SET disabled_at = 1 WHERE id = $1");
            users.bind(user.user).execute().await?;
            let members = tx.query("UPDATE memberships SET disabled_at = 1 WHERE user_id = $1");
            members.bind(member.user).execute().await?;
            Ok(())
        })
    })
    .await;
    assert_eq!(fresh.app.sessions.ended(&listening).await, listening[1..]);
    let mut tx = fresh.db.read(Scope::System).await.unwrap();
    let newest = store::event::newest(&mut tx, &[listening[0].org]).await.unwrap();
    assert_eq!(newest, [(listening[0].org, 0)]);
}

async fn a_session_has_five_streams_and_no_more(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let mut readers = Vec::new();
    for _ in 0..limits::STREAMS_PER_SESSION {
        readers.push(server.stream(store, None).await);
    }
    let refused = server.get(store, "/api/v1/events").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    drop(readers.pop());
    eventually("a place is free", || server.fresh.bus.streams() < limits::STREAMS_PER_SESSION).await;
    let _fifth = server.stream(store, None).await;
}

/// A daemon that waits for its streams is killed by its supervisor in the middle of a send.
async fn a_stop_ends_every_stream_at_once(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let mut readers = Vec::new();
    for n in 0..500 {
        if n % limits::STREAMS_PER_SESSION == 0 {
            readers.push((seed::session(&server.fresh.db, store).await, Vec::new()));
        }
        let (session, streams) = readers.last_mut().unwrap();
        streams.push(server.stream_of(store, *session, None).await);
    }
    assert_eq!(server.fresh.bus.streams(), 500);
    let begun = std::time::Instant::now();
    let bus = server.fresh.bus.clone();
    server.stop().await;
    assert!(begun.elapsed() < limits::DRAIN, "{:?}", begun.elapsed());
    assert_eq!(bus.streams(), 0);
    for reader in readers.iter_mut().flat_map(|(_, streams)| streams) {
        while reader.frame().await.is_some() {}
        assert!(reader.ended_well);
    }
}

/// Memory is bounded by organizations that somebody watches.
async fn the_last_listener_takes_the_ring_with_it(db: &Fresh) {
    let fresh = Opened::on(db).await;
    let store = seed::store(&fresh.db, 1).await;
    let server = Server::start(fresh).await;
    let bus = server.fresh.bus.clone();
    let mut reader = server.stream(store, Some(0)).await;
    seed::events(&server.fresh.db, store, 100).await;
    reader.follow_to(100).await;
    eventually("what everybody has read is dropped", || bus.frames() == 0).await;
    assert_eq!(bus.organizations(), 1);
    drop(reader);
    eventually("nobody listens", || bus.organizations() == 0).await;
    seed::events(&server.fresh.db, store, 10).await;
    assert_eq!((bus.frames(), bus.organizations()), (0, 0));
}
