//! The same at the command line, as an operator moves a store.

use std::os::unix::fs::PermissionsExt;

use crate::support::{
    db::Fresh,
    program::{code, run, text},
};

#[tokio::test]
async fn a_store_is_moved_at_the_command_line() {
    let (fresh, target) = (Fresh::sqlite(), Fresh::postgres().await);
    let folder = fresh.folder.as_path();
    assert_eq!(code(&run(folder, &["init", "--non-interactive", "--listen", "127.0.0.1:0"], None)), 0);
    let nothing = run(folder, &["export", "early"], None);
    assert_eq!(code(&nothing), 1, "{}", text(&nothing));
    assert!(!folder.join("early").exists(), "there was no database to export");
    let create = [
        "org",
        "create",
        "--name",
        "Dana Motors",
        "--admin-email",
        "dana@example.com",
        "--admin-password-stdin",
    ];
    assert_eq!(code(&run(folder, &create, Some("correct horse battery\n"))), 0);
    let exported = run(folder, &["export", "moved"], None);
    assert_eq!(code(&exported), 0, "{}", text(&exported));
    assert!(text(&exported).contains("secrets.key_file"), "{}", text(&exported));
    let mode = std::fs::metadata(folder.join("moved")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "it holds everything about everybody");
    assert_eq!(code(&run(folder, &["export", "moved"], None)), 1, "an export overwrites nothing");

    let imported = run(folder, &["import", "moved", "--database", &target.url], None);
    assert_eq!(code(&imported), 0, "{}", text(&imported));
    let rows = |output: &std::process::Output| -> Vec<String> {
        let lines = String::from_utf8_lossy(&output.stdout);
        lines.lines().filter(|line| line.ends_with('=')).map(str::to_owned).collect()
    };
    assert!(rows(&exported).len() >= 15);
    assert_eq!(rows(&exported), rows(&imported), "the same counts and checksums are shown");
    let again = run(folder, &["import", "moved", "--database", &target.url], None);
    assert_eq!(code(&again), 1);
    assert!(text(&again).contains("empty database only"), "{}", text(&again));
    assert_eq!(code(&run(folder, &["import", "absent"], None)), 1);

    let whole = std::fs::read(folder.join("moved")).unwrap();
    std::fs::write(folder.join("cut"), &whole[..whole.len() - 40]).unwrap();
    let failed = run(folder, &["import", "cut", "--database", "sqlite:new.db"], None);
    assert_eq!(code(&failed), 1, "{}", text(&failed));
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.starts_with("new.db")).collect();
    assert!(left.is_empty(), "a failed import leaves {left:?}");
    target.remove().await;
    fresh.remove().await;
}
