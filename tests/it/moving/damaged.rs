//! A file that is not what was exported fills nothing.

use lotline_common::api::turn::AuthorKind;
use lotlined::{archive::Reader, db::Hold};

use super::{export, filled, import_into, open};
use crate::support::{
    db::Fresh,
    seed::{self, NewLead},
};

both_engines!(what_was_changed_on_its_way_is_refused);

async fn exported() -> (Fresh, Vec<u8>) {
    let source = Fresh::sqlite();
    let db = open(&source, Hold::Daemon).await.unwrap();
    for number in [1, 2] {
        let store = seed::store(&db, number).await;
        let lead = seed::lead(&db, store, NewLead::new("Sam Example", 100)).await;
        for text in ["Hello", "Is it there?"] {
            seed::turn(&db, store, lead, AuthorKind::Customer, text).await;
        }
    }
    db.close().await;
    let file = source.folder.join("whole");
    export(&source, &file).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    (source, bytes)
}

/// The damages a file meets: cut anywhere, a byte changed anywhere, lines lost, doubled, swapped, added.
fn damages(whole: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for cut in (0..whole.len()).step_by(whole.len() / 40) {
        all.push((format!("cut at {cut}"), whole[..cut].to_vec()));
    }
    for at in (0..whole.len()).step_by(whole.len() / 120) {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 1;
        all.push((format!("byte {at} changed"), bytes));
    }
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for at in 1..lines.len() {
        let (mut lost, mut doubled, mut swapped) = (lines.clone(), lines.clone(), lines.clone());
        lost.remove(at);
        doubled.insert(at, lines[at]);
        all.push((format!("line {at} lost"), lost.concat()));
        all.push((format!("line {at} doubled"), doubled.concat()));
        if at > 1 {
            swapped.swap(at - 1, at);
            all.push((format!("line {at} swapped"), swapped.concat()));
        }
    }
    all.push(("something added".into(), [whole, b"[1]\n"].concat()));
    all.push(("the end is missing".into(), whole[..whole.len() - 1].to_vec()));
    all
}

/// Lost: a night of a dealership's messages, if half a file became a whole installation.
async fn what_was_changed_on_its_way_is_refused(target: &Fresh) {
    let (source, whole) = exported().await;
    let db = open(target, Hold::Daemon).await.unwrap();
    let file = source.folder.join("damaged");
    let damages = damages(&whole);
    assert!(damages.len() > 200, "{}", damages.len());
    for (damage, bytes) in damages {
        std::fs::write(&file, bytes).unwrap();
        let outcome = match Reader::open(&file).await {
            Ok(reader) => import_into(&db, reader).await.map(drop),
            Err(error) => Err(error),
        };
        let said = outcome.expect_err(&damage).to_string();
        assert!(!said.is_empty());
        assert_eq!(filled(&db).await, Vec::<String>::new(), "{damage}: {said}");
    }
    std::fs::write(&file, &whole).unwrap();
    import_into(&db, Reader::open(&file).await.unwrap()).await.unwrap();
    assert!(filled(&db).await.contains(&"turns".to_owned()));
    db.close().await;
    source.remove().await;
}
