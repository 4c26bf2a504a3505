//! A file that is not what was written is refused, kept, and spoken of in words that help.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sqlx::{Connection, SqliteConnection};

use super::{SOON, has_alarm, nothing_is_lost, store, writes};
use crate::support::{
    chance,
    db::Fresh,
    eventually,
    killable::Desk,
    program::{code, lotlined, run, text},
};

type Damage = fn(&Path);

fn change(file: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    how(&mut bytes);
    fs::write(file, bytes).unwrap();
}

/// Lost: a night of texts, if a damaged file were served, or taken for a new one and written over.
#[tokio::test]
async fn a_damaged_file_is_refused_and_kept() {
    let damages: [(&str, Damage, &str, i32); 6] = [
        (
            "pages",
            |file| {
                change(file, |bytes| {
                    bytes.iter_mut().skip(4096).step_by(4096).for_each(|byte| *byte ^= 0xff)
                });
            },
            "is damaged",
            4,
        ),
        ("cut", |file| change(file, |bytes| bytes.truncate(bytes.len() - 8192)), "is damaged", 4),
        ("header", |file| change(file, |bytes| bytes[..100].fill(0)), "is damaged", 4),
        ("letter", |file| fs::write(file, "Dear Sir or Madam,\n".repeat(500)).unwrap(), "is damaged", 4),
        ("empty", |file| fs::write(file, "").unwrap(), "something was in it", 4),
        ("gone", |file| fs::remove_file(file).unwrap(), "something was in it", 4),
    ];
    let fresh = Fresh::sqlite();
    let (folder, file) = (fresh.folder.as_path(), fresh.folder.join("lotline.db"));
    store(folder);
    let exported = run(folder, &["export", "marks-the-lock"], None);
    assert_eq!(code(&exported), 0, "{}", text(&exported));
    let whole = fs::read(&file).unwrap();
    for (name, damage, words, exit) in damages {
        damage(&file);
        let before = fs::read(&file).ok();
        let refused = run(folder, &["serve"], None);
        let said = text(&refused);
        assert_eq!(code(&refused), exit, "{name}: {said}");
        assert!(said.contains(words) && said.contains("lotlined restore --replace"), "{name}: {said}");
        assert_eq!(fs::read(&file).ok(), before, "{name}: it was touched");
        fs::write(&file, &whole).unwrap();
    }
    fresh.remove().await;
}

/// Lost: another program's data, if our tables were put among it.
#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let fresh = Fresh::sqlite();
    let (folder, file) = (fresh.folder.as_path(), fresh.folder.join("lotline.db"));
    assert_eq!(code(&run(folder, &["init", "--non-interactive", "--listen", "127.0.0.1:0"], None)), 0);
    let mut other = SqliteConnection::connect(&format!("{}?mode=rwc", fresh.url)).await.unwrap();
    sqlx::query("CREATE TABLE recipes (name TEXT)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let before = fs::read(&file).unwrap();
    let refused = run(folder, &["serve"], None);
    assert_eq!(code(&refused), 1);
    assert!(text(&refused).contains("another program"), "{}", text(&refused));
    assert_eq!(fs::read(&file).unwrap(), before);
    fresh.remove().await;
}

fn log_of(desk: &Desk) -> PathBuf {
    desk.folder().join("lotline.db-wal")
}

/// Lost: acknowledged texts, since SQLite silently forgets all that follows a damaged frame of its log. A frame that a
/// crash cut off was acknowledged to nobody and must not keep the desk from starting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_log_is_refused_and_a_torn_one_is_not() {
    let (mut desk, _) = Desk::open(chance::seed()).await;
    for n in 0..5 {
        assert!(writes(&desk, n).await);
    }
    desk.kill();
    let whole = fs::read(log_of(&desk)).unwrap();
    assert!(whole.len() > 10 * 4096, "{}", whole.len());
    change(&log_of(&desk), |log| log[3000] ^= 1);
    let refused = lotlined(desk.folder(), &["serve"]).output().unwrap();
    assert_eq!(code(&refused), 4, "{}", text(&refused));
    assert!(
        text(&refused).contains("committed rows") && text(&refused).contains("restore"),
        "{}",
        text(&refused)
    );
    fs::write(log_of(&desk), [&whole[..], &whole[whole.len() - 5000..]].concat()).unwrap();
    desk.start().await;
    nothing_is_lost(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}

/// Lost: the months until somebody needs the damaged page, in which every backup had it as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_that_a_start_does_not_see_is_found_in_the_background() {
    let (mut desk, admin) = Desk::open(chance::seed()).await;
    assert!(desk.terminate(SOON).await.success());
    let mut db = SqliteConnection::connect(desk.url()).await.unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'sessions_by_user'";
    let page: i64 = sqlx::query_scalar(root).fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();
    // An entry of the index says another user.
    let end = usize::try_from(page).unwrap() * 4096;
    change(&desk.folder().join("lotline.db"), |bytes| bytes[end - 10] ^= 0xff);
    desk.start().await;
    eventually(SOON, || has_alarm(&admin, "database_damaged")).await;
    let doctor = run(desk.folder(), &["doctor"], None);
    assert!(text(&doctor).contains("sessions"), "{}", text(&doctor));
    desk.remove().await;
}
