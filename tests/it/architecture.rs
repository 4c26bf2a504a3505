//! The arrows: who may import whom. Read from the `use` lines and paths of the source itself.
//!
//! Without them rules seep into handlers and SQL into rules, and nobody finds the one place any more.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Modules of the daemon and the modules of it that each may name. What is not listed may name everything.
const DAEMON: &[(&str, &[&str])] = &[
    ("domain", &["domain"]),
    ("db", &["db", "domain", "limits", "tasks"]),
    ("archive", &["archive", "db", "limits"]),
    ("backup", &["backup", "db", "limits"]),
    ("store", &["store", "db", "domain", "limits", "seal"]),
    ("port", &["port", "clock", "domain"]),
    ("bus", &["bus", "db", "domain", "limits", "store", "tasks"]),
    (
        "action",
        &[
            "action",
            "app",
            "archive",
            "backup",
            "callback",
            "clock",
            "config",
            "db",
            "directory",
            "domain",
            "error",
            "keyring",
            "limits",
            "opaque",
            "password",
            "port",
            "seal",
            "store",
            "tasks",
            "totp",
        ],
    ),
    (
        "job",
        &["job", "action", "app", "backup", "clock", "config", "db", "domain", "error", "limits", "store"],
    ),
    (
        "http",
        &[
            "http",
            "action",
            "app",
            "bus",
            "clock",
            "config",
            "db",
            "directory",
            "domain",
            "error",
            "limits",
            "metrics",
            "opaque",
            "port",
            "store",
            "tasks",
        ],
    ),
    ("metrics", &["metrics", "app", "bus", "config", "db", "domain", "error", "limits", "port", "store"]),
];

/// Crates that a module must not name, since that would take its reason to be away.
const FOREIGN: &[(&str, &[&str])] = &[
    ("domain", &["sqlx", "axum", "reqwest", "tokio", "hyper"]),
    ("store", &["axum", "reqwest", "hyper", "tokio_tungstenite"]),
    ("db", &["axum", "reqwest", "hyper"]),
    ("archive", &["axum", "sqlx", "hyper", "reqwest"]),
    ("port", &["axum", "sqlx"]),
    ("action", &["axum", "sqlx", "hyper", "reqwest"]),
    ("job", &["axum", "sqlx", "hyper", "reqwest"]),
    ("http", &["sqlx"]),
];

/// The console: `update` decides and does nothing, `view` draws and decides nothing.
const CONSOLE_FOREIGN: &[(&str, &[&str])] = &[
    ("update", &["tokio", "reqwest", "lotline_common::client", "ratatui::Frame", "crossterm::execute"]),
    ("view", &["tokio", "reqwest", "lotline_common::client"]),
    ("widget", &["tokio", "reqwest", "lotline_common::client"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Files of a module: its folder, and the file of its name.
fn files(crate_source: &Path, module: &str) -> Vec<PathBuf> {
    let (folder, file) = (crate_source.join(module), crate_source.join(format!("{module}.rs")));
    let mut found = Vec::new();
    if folder.is_dir() {
        sources(&folder, &mut found);
    }
    if file.is_file() {
        found.push(file);
    }
    assert!(!found.is_empty(), "{module} is gone: mend this table");
    found.into_iter().filter(|path| !path.to_string_lossy().contains("tests")).collect()
}

/// Modules named after `crate::`, in `use` trees and in paths. Comments do not count.
fn named(source: &str) -> BTreeSet<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(tree) = rest.strip_prefix('{') {
            names.extend(top_of_tree(tree));
        } else {
            names.extend(word(rest));
        }
    }
    names
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// First words of the branches of `{a::b, c::{d, e}}`, whose first brace is already read.
fn top_of_tree(tree: &str) -> Vec<String> {
    let (mut depth, mut begins, mut words) = (0, true, Vec::new());
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && depth == 0 && !c.is_whitespace() => {
                words.extend(word(&tree[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    words
}

#[test]
fn the_daemon_imports_one_way() {
    let source = root().join("daemon/src");
    let mut wrong = Vec::new();
    for (module, allowed) in DAEMON {
        for file in files(&source, module) {
            let text = fs::read_to_string(&file).unwrap();
            let names = named(&text)
                .into_iter()
                .filter(|name| source.join(name).is_dir() || source.join(format!("{name}.rs")).is_file());
            wrong.extend(
                names
                    .filter(|name| !allowed.contains(&name.as_str()))
                    .map(|name| format!("{} → {name}", file.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "arrows that point the wrong way:\n{}", wrong.join("\n"));
}

#[test]
fn rules_and_stores_do_not_know_the_outside() {
    let wrong: Vec<String> = [("daemon/src", FOREIGN), ("tui/src", CONSOLE_FOREIGN)]
        .into_iter()
        .flat_map(|(source, table)| foreign(&root().join(source), table))
        .collect();
    assert!(wrong.is_empty(), "crates where they must not be:\n{}", wrong.join("\n"));
}

fn foreign(source: &Path, table: &[(&str, &[&str])]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (module, banned) in table {
        for file in files(source, module) {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let uses = |name: &str| {
                code.lines()
                    .any(|line| line.contains(&format!("{name}::")) && !line.trim_start().starts_with("//"))
            };
            let derives = |name: &str| name == "sqlx" && *module == "store";
            wrong.extend(
                banned
                    .iter()
                    .filter(|name| uses(name) && !derives(name))
                    .map(|name| format!("{} uses {name}", file.display())),
            );
        }
    }
    wrong
}

/// SQL is written in `store` and run in `db`; one exception begins and ends transactions.
#[test]
fn sql_stands_in_the_stores_only() {
    let mut found = Vec::new();
    sources(&root().join("daemon/src"), &mut found);
    let outside = found.into_iter().filter(|path| {
        let inside = ["src/store/", "src/db/"].iter().any(|part| path.to_string_lossy().contains(part));
        let text = fs::read_to_string(path).unwrap();
        !inside && [".query(\"", "SELECT ", "INSERT INTO "].iter().any(|sign| text.contains(sign))
    });
    let outside: Vec<_> = outside.collect();
    assert!(outside.is_empty(), "SQL outside store/: {outside:?}");
}

/// Lost: a repeated webhook is a second message. It is looked for among the texts of the phone's lead, and among all only
/// where that was erased.
#[test]
fn only_an_erasure_takes_a_phone_from_its_lead() {
    let mut found = Vec::new();
    sources(&root().join("daemon/src"), &mut found);
    let signs = ["DELETE FROM lead_contacts", "UPDATE lead_contacts", "OR REPLACE INTO lead_contacts"];
    found.retain(|path| {
        let text = fs::read_to_string(path).unwrap();
        signs.iter().any(|sign| text.contains(sign))
    });
    assert_eq!(found, [root().join("daemon/src/store/lead/erase.rs")]);
}

/// A check that cannot fail is none: the reader of `use` lines sees what it must see.
#[test]
fn the_reader_of_imports_sees_them() {
    let source = "use crate::{\n    db::{Db, Tx},\n    store::{self, lead},\n};\nuse crate::http;\nfn f() { crate::app::x() }\n// crate::ghost";
    let expected = ["app", "db", "http", "store"].map(str::to_owned);
    assert_eq!(named(source), BTreeSet::from(expected));
}
