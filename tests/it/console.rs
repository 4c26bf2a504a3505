//! The real console in a real terminal, on a real daemon.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use serde_json::json;

use crate::support::{
    caller::PASSWORD,
    db::Fresh,
    desk::Desk,
    program,
    shop::{Shop, customer},
    terminal::Terminal,
};

both_engines!(an_operator_reads_answers_hands_back_and_takes_back);

/// More than the console takes for reading: a text in sight for less makes the send key ask again.
const READING: Duration = Duration::from_millis(1_000);
/// More than a question takes no answer for: keys that were typed ahead are none.
const ASKED: Duration = Duration::from_millis(400);

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
async fn an_operator_reads_answers_hands_back_and_takes_back(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let mut console = console(&desk, db).await;
    console.until("live").await;
    hostile_text_is_only_text(&console, &shop).await;
    // All of it was seen above; nothing on the screen says that it counts as read.
    tokio::time::sleep(READING).await;
    // A question mark is a character, not a command.
    write(&mut console, "Does Friday at 5:30 work?").await;
    console.until("took over").await;
    let sent = shop.until_sent(&customer(0), 2).await;
    assert_eq!(sent[1].body, "Does Friday at 5:30 work?");
    console.resize(24, 80);
    console.until("you have the floor").await;
    console.press("T");
    console.until("Cancel").await;
    tokio::time::sleep(ASKED).await;
    console.press("y");
    console.until("AI answers").await;
    what_is_taken_back_stays(&mut console, &shop).await;
    console.press("\x03\x03");
    assert!(console.ended().await, "{}", console.screen());
    let bytes = console.bytes();
    let left = b"\x1b[?1049l";
    assert!(bytes.windows(left.len()).any(|window| window == left), "the terminal is given back");
    drop(console);
    desk.close().await;
}

async fn write(console: &mut Terminal, text: &str) {
    console.press("r");
    console.until("^S send").await;
    console.press(text);
    console.until(text).await;
    console.press("\x13");
}

/// Lost: the undo key, on the day it is needed.
async fn what_is_taken_back_stays(console: &mut Terminal, shop: &Shop) {
    // The longest undo time there is: no machine is too slow to use it.
    console.press(",");
    console.until("Undo time").await;
    console.press("\tk");
    console.until("< 30 s >").await;
    console.press("n");
    write(console, "Your loan was denied").await;
    console.until("u undoes").await;
    console.press("u");
    console.until("1 segment").await;
    assert_eq!(shop.sent(&customer(0)).len(), 2);
}

/// Lost: the operator's terminal, to a customer who texts control sequences.
async fn hostile_text_is_only_text(console: &Terminal, shop: &Shop) {
    shop.text(&customer(0), "hello \u{1b}]52;c;T1dORUQ=\u{7}\u{9b}31m\u{1b}]0;OWNED\u{7} there").await;
    shop.until_sent(&customer(0), 1).await;
    console.until("hello").await;
    console.until("there").await;
    // The answer to it arrived: nobody says anything more.
    console.until("✓✓").await;
    let bytes = console.bytes();
    for sequence in [&b"\x1b]52;c;T1dO"[..], b"\x1b]0;OWNED", b"\xc2\x9b31m"] {
        assert!(!bytes.windows(sequence.len()).any(|window| window == sequence));
    }
}
