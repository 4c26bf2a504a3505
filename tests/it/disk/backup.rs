//! Copies of the database: made while it works, checked, kept in turn, and refused when they are not what was written.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use super::{SOON, has_alarm, set, store};
use crate::support::{
    chance,
    db::Fresh,
    eventually,
    killable::Desk,
    program::{code, run, text},
};

/// Lost: everything, when the copy that was trusted for a year turns out to be half a copy.
#[tokio::test]
async fn a_backup_is_restored_whole_or_not_at_all() {
    let fresh = Fresh::sqlite();
    let (folder, file, copy) =
        (fresh.folder.as_path(), fresh.folder.join("lotline.db"), fresh.folder.join("copy.db"));
    store(folder);
    let made = run(folder, &["backup", "copy.db"], None);
    assert_eq!(code(&made), 0, "{}", text(&made));
    assert!(text(&made).contains("1 organizations") && text(&made).contains("key_file is not in it"));
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(code(&run(folder, &["backup", "copy.db"], None)), 1, "a backup overwrites nothing");
    assert_eq!(code(&run(folder, &["restore", "--check", "copy.db"], None)), 0);

    let (whole, live) = (fs::read(&copy).unwrap(), fs::read(&file).unwrap());
    let refused = run(folder, &["restore", "copy.db"], None);
    assert_eq!(code(&refused), 1);
    assert!(text(&refused).contains("--replace"), "{}", text(&refused));
    for at in [100, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&copy, bytes).unwrap();
        let refused = run(folder, &["restore", "--replace", "copy.db"], None);
        assert_eq!(code(&refused), 1, "{}", text(&refused));
        assert!(text(&refused).contains("not what was written"), "{}", text(&refused));
    }
    fs::write(&copy, &whole[..whole.len() - 4096]).unwrap();
    assert_eq!(code(&run(folder, &["restore", "--replace", "copy.db"], None)), 1);
    assert_eq!(fs::read(&file).unwrap(), live, "a refused backup touches nothing");

    fs::write(&copy, &whole).unwrap();
    let restored = run(folder, &["restore", "--replace", "copy.db"], None);
    assert_eq!(code(&restored), 0, "{}", text(&restored));
    let names = || fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<PathBuf> = names().filter(|path| is_aside(&path.display().to_string())).collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(fs::read(&aside[0]).unwrap(), live, "what was there is kept");
    let parts = names().filter(|path| path.display().to_string().contains(".part")).count();
    assert_eq!(parts, 0, "nothing unfinished is left");
    fresh.remove().await;
}

fn copies(folder: &std::path::Path) -> Vec<PathBuf> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut copies: Vec<PathBuf> =
        names.filter(|path| path.extension().is_some_and(|end| end == "db")).collect();
    copies.sort();
    copies
}

/// Lost: the copy that everybody believed in, while a full folder let none be made for a month.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_are_made_in_turn_and_a_failure_is_told() {
    let (mut desk, admin) = Desk::open(chance::seed()).await;
    assert!(desk.terminate(SOON).await.success());
    let folder = desk.folder().join("copies");
    set(&desk, "[backup]\ndirectory = \"copies\"\nevery = \"1s\"\nkeep = 2\n");
    desk.start().await;
    eventually(SOON, || has_alarm(&admin, "backup_failed")).await;
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("lotline-2020-01-01T00-00-00Z.db.part"), "what a killed backup left").unwrap();
    eventually(SOON, async || copies(&folder).len() == 2).await;
    let first = copies(&folder)[0].clone();
    eventually(SOON, async || !first.exists() && copies(&folder).len() == 2).await;
    eventually(SOON, async || {
        !has_alarm(&admin, "backup_failed").await && !has_alarm(&admin, "backup_old").await
    })
    .await;
    assert!(!folder.join("lotline-2020-01-01T00-00-00Z.db.part").exists());
    fs::rename(&folder, desk.folder().join("kept")).unwrap();
    eventually(SOON, async || {
        has_alarm(&admin, "backup_failed").await && has_alarm(&admin, "backup_old").await
    })
    .await;
    let newest = copies(&desk.folder().join("kept")).pop().unwrap();
    let checked = run(desk.folder(), &["restore", "--check", newest.to_str().unwrap()], None);
    assert_eq!(code(&checked), 0, "{}", text(&checked));
    assert!(desk.terminate(Duration::from_secs(15)).await.success());
    desk.remove().await;
}

/// The file that was there; its log, if it had one, stands beside it.
fn is_aside(name: &str) -> bool {
    name.contains("lotline.db.replaced-") && !name.ends_with("-wal") && !name.ends_with("-shm")
}
