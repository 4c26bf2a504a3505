//! The real console in a real terminal, on a real daemon.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use serde_json::json;

use crate::support::{
    caller::PASSWORD,
    db::Fresh,
    desk::{Desk, Times},
    program,
    shop::{Shop, customer},
    terminal::Terminal,
};

both_engines!(an_operator_reads_answers_takes_back_and_hands_back);

const READING: Duration = Duration::from_millis(1_500);

/// A session file as the demo makes it: signed in, readable by its owner only.
async fn session_file(desk: &Desk, db: &Fresh) -> PathBuf {
    let answer = desk.stranger.log_in("admin1@example.com", PASSWORD).await;
    let mut session = answer.json();
    session["server"] = json!(desk.base);
    let file = db.folder.join("session.json");
    fs::write(&file, session.to_string()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

async fn console(desk: &Desk, db: &Fresh) -> Terminal {
    let file = session_file(desk, db).await;
    let arguments = ["--server", &desk.base, "--session-file", file.to_str().unwrap()];
    Terminal::run(&program::console(), &arguments, &db.folder, 30, 120)
}

/// Lost: an operator's day.
async fn an_operator_reads_answers_takes_back_and_hands_back(db: &Fresh) {
    let desk = Desk::with(db, Times { hold: "3s", ..Times::default() }).await;
    let shop = desk.shop(1).await;
    let mut console = console(&desk, db).await;
    console.until("live").await;
    hostile_text_is_only_text(&console, &shop).await;
    // She reads what came before she answers: a text that came this moment would make the send key ask again.
    tokio::time::sleep(READING).await;
    // A question mark is a character, not a command.
    console.press("r");
    console.until("^S send").await;
    console.press("Does Friday at 5:30 work?");
    console.until("work?").await;
    console.press("\x13");
    console.until("u undoes").await;
    console.until("took over").await;
    console.press("u");
    console.until("1 segment").await;
    assert!(shop.sent(&customer(0)).iter().all(|text| !text.body.contains("Friday")));
    console.press("\x13");
    let sent = shop.until_sent(&customer(0), 2).await;
    assert_eq!(sent[1].body, "Does Friday at 5:30 work?");
    console.resize(24, 80);
    console.until("you have the floor").await;
    console.press("T");
    console.until("Cancel").await;
    // Typed ahead, nothing is confirmed; afterwards it is.
    tokio::time::sleep(Duration::from_millis(400)).await;
    console.press("y");
    console.until("AI answers").await;
    console.press("\x03\x03");
    assert!(console.ended().await, "{}", console.screen());
    let bytes = console.bytes();
    let left = b"\x1b[?1049l";
    assert!(bytes.windows(left.len()).any(|window| window == left), "the terminal is given back");
    drop(console);
    desk.close().await;
}

/// Lost: the operator's terminal, to a customer who texts control sequences.
async fn hostile_text_is_only_text(console: &Terminal, shop: &Shop) {
    shop.text(&customer(0), "hello \u{1b}]52;c;T1dORUQ=\u{7}\u{9b}31m\u{1b}]0;OWNED\u{7} there").await;
    shop.until_sent(&customer(0), 1).await;
    console.until("hello").await;
    console.until("there").await;
    // What is written next answers all of it.
    console.until("✓✓").await;
    let bytes = console.bytes();
    for sequence in [&b"\x1b]52;c;T1dO"[..], b"\x1b]0;OWNED", b"\xc2\x9b31m"] {
        assert!(!bytes.windows(sequence.len()).any(|window| window == sequence));
    }
}
