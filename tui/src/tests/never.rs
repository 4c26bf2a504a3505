//! Whatever is typed, nothing reaches a customer without the keys that mean it.

use std::time::Duration;

use lotline_common::api::{message::DeliveryState, turn::AuthorKind};
use proptest::prelude::*;

use super::{Console, delivery, id, turn, zoe};
use crate::{
    action::ALL,
    cmd::Cmd,
    key::{Key, sequence},
    model::{
        Focus, Model,
        overlay::{Ask, Overlay},
    },
    msg::What,
};

/// What stood on the screen before a key.
struct Before {
    composing: Option<String>,
    question: Option<(Ask, bool, bool)>,
}

fn look(model: &Model) -> Before {
    let composing = (model.overlay.is_none() && model.focus == Focus::Compose).then(|| model.compose.text());
    let question = match &model.overlay {
        Some(Overlay::Question(question)) => {
            Some((question.ask.clone(), question.guarded(model.now), question.ready))
        }
        _ => None,
    };
    Before { composing, question }
}

/// The key is one that means this command, given what was on the screen.
fn meant(cmd: &Cmd, before: &Before, key: Key) -> bool {
    let send_key = key == "ctrl-s".parse().unwrap();
    if let (Cmd::Send { body, .. }, Some(text)) = (cmd, &before.composing) {
        return send_key && body.body == text.trim();
    }
    let Some((ask, guarded, ready)) = &before.question else {
        return false;
    };
    let yes = key == "y".parse().unwrap() || (*ready && key == "enter".parse().unwrap());
    let same = match (cmd, ask) {
        (Cmd::Send { body, .. }, Ask::SendAnyway { body: shown, .. }) => body.body == *shown,
        (Cmd::SetFloor { id, body }, Ask::Floor { lead, fence, to }) => {
            id == lead && body.if_fence == Some(*fence) && body.to == to.word()
        }
        (Cmd::Resolve { turn, .. }, Ask::Resolve { turn: shown, .. }) => turn == shown,
        (Cmd::RecordConsent { id, .. }, Ask::OptOut { lead, .. }) => id == lead,
        _ => false,
    };
    yes && same && !guarded
}

/// Every bound key, letters to type, and the keys that answer questions more often than chance would.
fn keys() -> Vec<Key> {
    let bound = ALL.iter().flat_map(|spec| spec.keys).flat_map(|keys| sequence(keys).unwrap());
    let letters = ('a'..='z').chain(['T', 'D', 'O', 'G', '5']).map(|c| c.to_string().parse().unwrap());
    let often = ["y", "enter", "tab", "ctrl-s", "r", "t", "x", "esc"].repeat(4);
    bound.chain(letters).chain(often.into_iter().map(|key| key.parse().unwrap())).collect()
}

fn busy() -> Console {
    let mut console = Console::new(120, 35);
    let draft = serde_json::from_value(serde_json::json!({
        "id": id::<()>(700), "lead_id": zoe(), "author": {"kind": "ai"}, "text": "Draft", "reason": "price", "at": super::NOON,
    }))
    .unwrap();
    console.happen(What::Drafts { id: zoe(), drafts: Ok(vec![draft]) });
    let mut held = turn(905, 5, AuthorKind::Member, "Held");
    held.delivery = Some(delivery(DeliveryState::Held));
    console.said(zoe(), held);
    console
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    /// One wrong text can cost a dealer the licence: 500 random keys send, change and settle nothing unmeant.
    #[test]
    fn no_outward_command_without_its_keys(presses in prop::collection::vec((any::<prop::sample::Index>(), 0_u64..600), 500)) {
        let keys = keys();
        let mut console = busy();
        for (index, (which, pause)) in presses.iter().enumerate() {
            let key = keys[which.index(keys.len())];
            console.pass(Duration::from_millis(*pause));
            prop_assert!(console.sent().is_empty(), "a deadline sent: {:?}", console.cmds);
            if index % 37 == 0 {
                let seq = i64::try_from(index).unwrap() + 10;
                console.said(zoe(), turn(5000 + index as u128, seq, AuthorKind::Customer, "And now?"));
            }
            let before = look(&console.model);
            console.happen(What::Key(key));
            for cmd in console.sent() {
                prop_assert!(meant(cmd, &before, key), "{key} led to {cmd:?}");
            }
            console.cmds.clear();
        }
    }
}

/// The property above would hold for a console that sends nothing at all.
#[test]
fn meant_keys_do_send() {
    let mut console = busy();
    console.keys("r").types("Yes").keys("ctrl-s");
    console.pass(Duration::from_secs(1)).keys("t").pass(Duration::from_secs(1)).keys("y");
    assert_eq!(console.sent().len(), 2, "{:?}", console.cmds);
}
