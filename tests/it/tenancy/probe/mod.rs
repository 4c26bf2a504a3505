//! Everything that one organization has, in every place where another can put it: no byte comes back, nothing changes,
//! and what is another's is answered as what nobody has. Made from the router's own document, so that a new route is
//! probed on the day it comes.

mod control;
mod cursors;
mod furnish;
mod holdings;
mod judge;
mod routes;
mod sample;
mod stream;
mod tries;

use std::collections::{BTreeMap, BTreeSet};

use lotline_common::TurnId;
use lotlined::{app::App, callback::Bound, db::Scope, http::route::documentation, store};
use uuid::Uuid;

use crate::support::{
    caller::{Caller, PASSWORD},
    daemon::{Daemon, beside, settings},
    db::Fresh,
};
use furnish::{PUBLIC, Side, furnish};
use judge::Judge;
use routes::{Place, Route, Takes, routes};
use tries::{Means, Stage, Try};

both_engines!(nothing_of_one_organization_reaches_another);

/// As many at least, or the probe has lost its eyes.
const PROBES: usize = 10_000;

/// Lost: another dealership's customers, one guessed or leaked id at a time.
async fn nothing_of_one_organization_reaches_another(db: &Fresh) {
    // Nothing runs by itself, so that what changes was changed by a request.
    let still = format!("open_signup = true\n[server]\npublic_url = \"{PUBLIC}\"\n[jobs]\nenabled = false");
    let daemon = Daemon::start_with(settings(&db.url, &still)).await;
    let (app, stranger) = (beside(db).await, Caller::stranger(&daemon));
    let mut one = furnish(&app, &stranger, 1, "Quillon").await;
    let two = furnish(&app, &stranger, 2, "Bramble").await;
    let routes = routes();
    let (streams, told) = listen(&app, &mut one, &two).await;
    let probes = streams + probe(&app, &one, &two, &routes, told).await;
    println!("{probes} probes, {streams} of them streams");
    assert!(probes >= PROBES);
    let owner = stranger.log_in(&one.email, PASSWORD).await.session();
    let held = holdings::of(&app, one.org).await;
    control::the_owner_is_let_in(&stranger.with(&owner.access_token), &one, &held, &routes).await;
    app.close().await;
    daemon.stop().await;
}

/// Tries everything; how much that was. `odd` is what was found before.
async fn probe(app: &App, one: &Side, two: &Side, routes: &[Route], odd: Vec<String>) -> usize {
    let cursors = cursors::given(one, routes).await;
    let held = holdings::of(app, one.org).await;
    let of = |turn| app.callbacks.make(Bound { org: one.org, turn, attempt: 1 });
    let tokens = (of(one.own["messages"].parse().unwrap()), of(TurnId::new()));
    let nobody = Uuid::now_v7();
    let means = Means { routes, one, two, held: &held, cursors: &cursors, tokens, nobody };
    let tries = tries::all(&means);
    every_route_is_tried(routes, &tries);
    let mut judge =
        Judge { app, one, two, marks: marks(app, one, two).await, rows: held.rows.clone(), probes: 0, odd };
    for ((stage, name), tries) in &tries {
        if *stage > Stage::Act {
            // Two says it too from now on.
            judge.marks.retain(|mark| !tries.iter().any(|it| it.ask.body.contains(mark)));
        }
        judge.hear(name, tries).await;
    }
    assert!(judge.odd.is_empty(), "{}", judge.odd.join("\n"));
    judge.probes
}

/// What tells that a byte is one's.
async fn marks(app: &App, one: &Side, two: &Side) -> BTreeSet<String> {
    let mut marks = holdings::of(app, one.org).await.marks(&holdings::of(app, two.org).await);
    // What the document says, everybody knows.
    let document = documentation::document();
    marks.retain(|mark| !document.contains(mark));
    marks.extend(one.secrets.values().cloned());
    marks
}

/// A place of an id, or any in a path or a query, that is not tried would be a hole in the net.
fn every_route_is_tried(routes: &[Route], tries: &BTreeMap<(Stage, String), Vec<Try>>) {
    for route in routes.iter().filter(|route| !route.streams) {
        let tried = |field: &str| {
            let of = tries.iter().filter(|((_, name), _)| *name == route.name());
            of.flat_map(|(_, tries)| tries).any(|it| it.field == field)
        };
        for field in
            route.fields.iter().filter(|field| field.takes == Takes::Id || field.place != Place::Body)
        {
            assert!(tried(&field.name), "{} of {} is tried by nobody", field.name, route.name());
        }
    }
}

/// Opens streams in two while one is busy; how many they are, and what they tell of one.
async fn listen(app: &App, one: &mut Side, two: &Side) -> (usize, Vec<String>) {
    let mut tx = app.db.read(Scope::Org(one.org)).await.unwrap();
    let newest = store::event::present(&mut tx, one.org).await.unwrap();
    drop(tx);
    let readers = stream::open(two, newest).await;
    one.customer(99).await;
    let marks = marks(app, one, two).await;
    let heard = stream::heard(two.admin(), readers).await;
    let told = stream::told(&marks, &heard);
    (heard.len(), told.into_iter().map(|mark| format!("the streams tell of {mark}")).collect())
}
