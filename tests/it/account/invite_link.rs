//! An invite's link: in the browser and in the terminal.

use lotline_common::api::invite::InviteLink;
use serde_json::json;

use crate::support::{
    caller::{Caller, PASSWORD},
    daemon::{Daemon, settings},
    db::Fresh,
    program,
    terminal::Terminal,
};

both_engines!(a_link_leads_to_the_page, a_link_is_accepted_in_the_terminal);

const PUBLIC: &str = "open_signup = true\n[server]\npublic_url = \"http://127.0.0.1:9/\"";

/// The link of an invite into Dana Motors.
async fn link(dana: &Caller, email: &str) -> InviteLink {
    let made = dana.post("/api/v1/invites", json!({"email": email, "role": "agent"})).await;
    made.json()["link"].as_str().unwrap_or_else(|| panic!("{}", made.text)).parse().unwrap()
}

/// Somebody who follows the link must get a page that works: it may run its own script, speak to its own daemon and
/// fetch nothing from elsewhere. Whose dealership it is, only the token tells.
async fn a_link_leads_to_the_page(db: &Fresh) {
    let daemon = Daemon::start_with(settings(&db.url, PUBLIC)).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    let link = link(&dana, "eli@example.com").await;
    assert_eq!(link.server, "http://127.0.0.1:9");
    let path = format!("/{}", link.to_string().strip_prefix("http://127.0.0.1:9/").unwrap());
    let answer = stranger.request(reqwest::Method::GET, &path).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.url().path()), (200, "/join"));
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    let page = answer.text().await.unwrap();
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("src="), "{page}");
    assert!(!page.contains("Dana Motors"));
    for call in ["invites/show", "signup", "invites/accept", "logout"] {
        assert!(page.contains(&format!("\"{call}\"")), "{call}");
        let body = json!({"nonsense": true});
        let known = stranger.post(&format!("/api/v1/auth/{call}"), body).await.status;
        assert!([400, 401].contains(&known.as_u16()), "{call}: {known}");
    }
    daemon.stop().await;
}

/// An operator at a new dealership starts in the terminal they will work in.
async fn a_link_is_accepted_in_the_terminal(db: &Fresh) {
    let daemon = Daemon::start_with(settings(&db.url, PUBLIC)).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    let link = InviteLink { server: daemon.base.clone(), ..link(&dana, "eli@example.com").await }.to_string();
    let open = |arguments: &[&str]| Terminal::run(&program::console(), arguments, &db.folder, 30, 120);

    let mut terminal = open(&["join", &link]);
    terminal.until("Dana Motors invites you as agent.").await;
    for (question, answer) in [
        ("Your e-mail address", "eli@example.com\r"),
        ("Do you have a Lotline account?", "n\r"),
        ("Your name", "Eli Example\r"),
        ("A password, 12 characters or more", "correct horse battery\r"),
        ("The same again", "correct horse battery\r"),
    ] {
        terminal.until(question).await;
        if answer.starts_with(PASSWORD) {
            terminal.until_hidden().await;
        }
        terminal.press(answer);
    }
    assert!(terminal.ended().await, "{}", terminal.screen());
    assert!(terminal.screen().contains("Signed in as Eli Example at Dana Motors"), "{}", terminal.screen());
    assert!(!terminal.screen().contains(PASSWORD), "a password is not shown");
    let mut kept = open(&["whoami"]);
    assert!(kept.ended().await && kept.screen().contains("eli@example.com"), "{}", kept.screen());

    let mut again = open(&["join", &link]);
    assert!(!again.ended().await);
    assert!(again.screen().contains("This invite was used already"), "{}", again.screen());
    let mut broken = open(&["join", &format!("{}/join", daemon.base)]);
    assert!(!broken.ended().await);
    assert!(broken.screen().contains("copy the whole link"), "{}", broken.screen());
    daemon.stop().await;
}
