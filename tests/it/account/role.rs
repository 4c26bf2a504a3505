//! Every account route in every role: what a role may do is a table here.

use lotline_common::api::auth::Role;
use lotlined::{
    action::{
        add_user::{self, Person},
        by_system,
    },
    db::Scope,
    store,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    caller::{Caller, PASSWORD},
    daemon::{Daemon, beside},
    db::Fresh,
};

both_engines!(each_role_reaches_what_it_may_and_no_more);

/// Statuses for a stranger, a viewer, an agent, a manager, an admin.
type Row = (Method, &'static str, Option<Value>, [u16; 5]);

fn table() -> Vec<Row> {
    let everybody = [401, 200, 200, 200, 200];
    let admins = |status| [401, 403, 403, 403, status];
    let absent = "/api/v1/phone-numbers/01890000-0000-7000-8000-000000000000";
    vec![
        (Method::GET, "/api/v1/me", None, everybody),
        (Method::GET, "/api/v1/organization", None, everybody),
        (Method::GET, "/api/v1/members", None, everybody),
        (Method::GET, "/api/v1/phone-numbers", None, everybody),
        (Method::GET, "/api/v1/carrier", None, [401, 404, 404, 404, 404]),
        (Method::GET, "/api/v1/agent-profile", None, [401, 404, 404, 404, 404]),
        (Method::PUT, "/api/v1/carrier", Some(json!({})), admins(400)),
        (Method::PUT, "/api/v1/agent-profile", Some(json!({})), admins(400)),
        (Method::POST, "/api/v1/phone-numbers", Some(json!({})), admins(400)),
        (Method::DELETE, absent, None, admins(404)),
        (Method::POST, "/api/v1/auth/switch", Some(json!({})), [401, 400, 400, 400, 400]),
        (Method::POST, "/api/v1/me/password", Some(json!({})), [401, 400, 400, 400, 400]),
        (Method::POST, "/api/v1/auth/logout", None, [401, 204, 204, 204, 204]),
    ]
}

async fn each_role_reaches_what_it_may_and_no_more(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let app = beside(db).await;
    let stranger = Caller::stranger(&daemon);
    stranger.found("dana@example.com", "Dana Motors").await;
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let org = store::organization::find_by_slug(&mut tx, "dana-motors").await.unwrap().key;
    drop(tx);
    let mut callers = vec![stranger.clone()];
    for role in [Role::Viewer, Role::Agent, Role::Manager, Role::Admin] {
        let person = Person {
            email: format!("{role}@example.com"),
            name: "Eli Example".to_owned(),
            password: Some(PASSWORD.into()),
        };
        add_user::run(&app, org, person, role, by_system()).await.unwrap();
        let session = stranger.log_in(&format!("{role}@example.com"), PASSWORD).await.session();
        assert_eq!(session.role, role);
        callers.push(stranger.with(&session.access_token));
    }
    for (method, path, body, want) in table() {
        let mut found = [0; 5];
        for (status, caller) in found.iter_mut().zip(&callers) {
            *status = caller.call(method.clone(), path, body.as_ref()).await.status.as_u16();
        }
        assert_eq!(found, want, "{method} {path}");
    }
    app.close().await;
    daemon.stop().await;
}
