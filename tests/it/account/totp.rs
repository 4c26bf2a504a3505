//! The second factor: asked for, good once, lost and given up.

use std::time::Duration;

use lotlined::action::reset_totp;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    caller::{Answer, Caller, PASSWORD},
    db::Fresh,
    house::{House, goes_dark, listen},
};

both_engines!(
    a_code_is_asked_for_and_good_once,
    a_recovery_code_is_good_once,
    both_factors_are_needed_to_give_one_up,
    new_recovery_codes_are_in_place_of_the_old_ones,
    guessing_codes_is_slowed_down,
    setting_it_up_ends_what_the_password_alone_opened,
    a_copied_disk_holds_no_secret_of_a_phone,
    the_operator_helps_whoever_lost_everything,
);

const STEP: Duration = Duration::from_secs(30);

fn wrong() -> (u16, String) {
    (401, "invalid_credentials".to_owned())
}

async fn a_code_is_asked_for_and_good_once(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let without = house.log_in("dana@example.com", "123456").await;
    assert_eq!(without.status, 200, "nobody is asked before a second factor is confirmed");
    let too_early = dana.post("/api/v1/me/totp/confirm", json!({"code": "123456"})).await;
    assert_eq!(too_early.problem(), (409, "totp_not_begun".to_owned()));
    let begun = dana.call(Method::POST, "/api/v1/me/totp", None).await.json();
    let phone = house.scan(&begun);
    for code in ["000000", "", "12345", "not a code", "1234567890123456789012345678901234567890"] {
        if code != phone.code() {
            let answer = dana.post("/api/v1/me/totp/confirm", json!({"code": code})).await;
            assert_eq!(answer.json()["field"], "code", "{}", answer.text);
        }
    }
    assert_eq!(house.stranger.log_in("dana@example.com", PASSWORD).await.status, 200);
    let first = phone.code();
    let confirmed = dana.post("/api/v1/me/totp/confirm", json!({"code": first})).await;
    assert_eq!(confirmed.json()["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(dana.get("/api/v1/me").await.json()["totp"], true);
    let twice = dana.call(Method::POST, "/api/v1/me/totp", None).await;
    assert_eq!(twice.problem(), (409, "totp_in_use".to_owned()), "a thief cannot put their own in its place");

    let asked = house.stranger.log_in("dana@example.com", PASSWORD).await;
    assert_eq!(asked.problem(), (401, "totp_required".to_owned()));
    let guessed = house.stranger.log_in("dana@example.com", "wrong horse battery").await;
    assert_eq!(guessed.problem(), wrong(), "without the password nobody learns that a code is asked for");
    assert_eq!(house.log_in("dana@example.com", &first).await.problem(), wrong(), "it was used to confirm");
    house.pass(STEP);
    let second = phone.code();
    let (one, two) =
        tokio::join!(house.log_in("dana@example.com", &second), house.log_in("dana@example.com", &second),);
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "whoever looked over the shoulder comes too late");
    assert_eq!(house.log_in("dana@example.com", &first).await.problem(), wrong(), "nor an older one");
    house.pass(STEP);
    assert_eq!(house.log_in("dana@example.com", &phone.code()).await.status, 200);
    house.stop().await;
}

async fn a_recovery_code_is_good_once(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (eli, _) = house.stranger.found("eli@example.com", "Eli Cars").await;
    let (_, codes) = house.phone(&dana).await;
    let (_, of_eli) = house.phone(&eli).await;
    assert_eq!(house.log_in("dana@example.com", &of_eli[0]).await.problem(), wrong(), "another's");
    assert_eq!(house.log_in("dana@example.com", &codes[0].to_uppercase()).await.status, 200);
    assert_eq!(house.log_in("dana@example.com", &codes[0]).await.problem(), wrong());
    assert_eq!(house.log_in("dana@example.com", &codes[1]).await.status, 200);
    let alerts =
        "SELECT COUNT(*) FROM events WHERE kind = 'security.alert' AND detail LIKE '%recovery_code_used%'";
    assert_eq!(house.count(alerts).await, 2, "its owner should hear of it");
    house.stop().await;
}

async fn remove(caller: &Caller, password: &str, code: &str) -> Answer {
    let body = json!({"password": password, "code": code});
    caller.call(Method::DELETE, "/api/v1/me/totp", Some(&body)).await
}

async fn both_factors_are_needed_to_give_one_up(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    assert_eq!(remove(&dana, PASSWORD, "123456").await.problem(), wrong(), "there is none");
    let (phone, codes) = house.phone(&dana).await;
    house.pass(STEP);
    let code = phone.code();
    assert_eq!(remove(&dana, "wrong horse battery", &code).await.problem(), wrong());
    assert_eq!(remove(&dana, PASSWORD, "not a code").await.problem(), wrong());
    assert_eq!(remove(&dana, PASSWORD, &code).await.status, 204);
    assert_eq!(house.stranger.log_in("dana@example.com", PASSWORD).await.status, 200);
    assert_eq!(house.count("SELECT COUNT(*) FROM recovery_codes").await, 0);
    let (_, anew) = house.phone(&dana).await;
    assert!(anew.iter().all(|code| !codes.contains(code)));
    assert_eq!(remove(&dana, PASSWORD, &anew[3]).await.status, 204, "by a recovery code");
    house.stop().await;
}

async fn renew(caller: &Caller, password: &str, code: &str) -> Answer {
    let body = json!({"password": password, "code": code});
    caller.post("/api/v1/me/recovery-codes", body).await
}

/// Whoever photographed the paper must not get in with it once its owner has made a new one; and whoever holds a
/// session alone must not make one.
async fn new_recovery_codes_are_in_place_of_the_old_ones(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    assert_eq!(renew(&dana, PASSWORD, "123456").await.problem(), wrong(), "there is no second factor");
    let (eli, _) = house.stranger.found("eli@example.com", "Eli Cars").await;
    let (_, of_eli) = house.phone(&eli).await;
    let (phone, old) = house.phone(&dana).await;
    house.pass(STEP);
    let code = phone.code();
    assert_eq!(renew(&dana, "wrong horse battery", &code).await.problem(), wrong());
    assert_eq!(renew(&dana, PASSWORD, "not a code").await.problem(), wrong());
    assert_eq!(renew(&dana, PASSWORD, &of_eli[0]).await.problem(), wrong(), "another's");
    assert_eq!(house.log_in("dana@example.com", &old[0]).await.status, 200, "the old ones still count");
    let me = dana.get("/api/v1/me").await.json();
    assert_eq!(me["recovery_codes_left"], 9);
    let answer = renew(&dana, PASSWORD, &code).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let new: Vec<String> = serde_json::from_value(answer.json()["recovery_codes"].clone()).unwrap();
    assert!(new.len() == 10 && new.iter().all(|code| !old.contains(code)));
    assert_eq!(renew(&dana, PASSWORD, &code).await.problem(), wrong(), "a code is good once");
    assert_eq!(house.log_in("dana@example.com", &old[1]).await.problem(), wrong());
    assert_eq!(house.log_in("dana@example.com", &new[0]).await.status, 200);
    assert_eq!(house.log_in("eli@example.com", &of_eli[0]).await.status, 200, "others keep theirs");
    let told = "SELECT COUNT(*) FROM audit_log WHERE action = 'account.recovery_codes_renewed'";
    assert_eq!(house.count(told).await, 1);
    house.stop().await;
}

/// A stolen password and a million tries must not be enough.
async fn guessing_codes_is_slowed_down(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (phone, _) = house.phone(&dana).await;
    house.pass(STEP);
    let right = phone.code();
    let guess = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..10 {
        assert_eq!(house.stranger.log_in("dana@example.com", PASSWORD).await.problem().1, "totp_required");
        assert_eq!(house.log_in("dana@example.com", guess).await.problem(), wrong());
    }
    assert_eq!(house.log_in("dana@example.com", &right).await.status, 429, "even the right one has to wait");
    house.stop().await;
}

async fn setting_it_up_ends_what_the_password_alone_opened(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let thief = house.stranger.log_in("dana@example.com", PASSWORD).await.session();
    let caller = house.stranger.with(&thief.access_token);
    let stream = listen(&caller).await;
    house.phone(&dana).await;
    goes_dark(stream).await;
    assert_eq!(caller.get("/api/v1/me").await.status, 401);
    assert_eq!(house.stranger.refresh(&thief.refresh_token.unwrap()).await.status, 401);
    assert_eq!(dana.get("/api/v1/leads").await.status, 200);
    house.stop().await;
}

async fn a_copied_disk_holds_no_secret_of_a_phone(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let begun = dana.call(Method::POST, "/api/v1/me/totp", None).await.json();
    let secret = begun["secret"].as_str().unwrap();
    let code = house.scan(&begun).code();
    let confirmed = dana.post("/api/v1/me/totp/confirm", json!({"code": code})).await;
    let recovery = confirmed.json()["recovery_codes"][0].as_str().unwrap().to_owned();
    let mut tx = house.app().db.read(lotlined::db::Scope::System).await.unwrap();
    let (sealed,): (Vec<u8>,) = tx.query("SELECT totp_secret FROM users").one().await.unwrap();
    drop(tx);
    assert!(sealed.len() > secret.len() && !holds(&sealed, secret));
    house.stop().await;
    if db.is_sqlite() {
        for file in std::fs::read_dir(&db.folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let written = [secret, &recovery, &recovery.replace('-', "")].map(|text| holds(&bytes, text));
            assert_eq!(written, [false; 3]);
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

async fn the_operator_helps_whoever_lost_everything(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    house.phone(&dana).await;
    reset_totp::run(house.app(), "dana@example.com").await.unwrap();
    assert_eq!(dana.get("/api/v1/me").await.status, 401, "one of the sessions may be the thief's");
    assert_eq!(house.stranger.log_in("dana@example.com", PASSWORD).await.status, 200);
    assert!(reset_totp::run(house.app(), "nobody@example.com").await.is_err());
    house.stop().await;
}
