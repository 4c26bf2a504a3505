//! Nothing of the store is left out: every function that takes an organization is asked, every comparison was run.

use std::{collections::BTreeSet, fs, path::Path};

use lotlined::db::Scope;

use super::{
    calls::calls,
    predicate::{predicates, squeezed, tables},
    world::World,
};
use crate::support::db::Fresh;

/// What a function takes that belongs to one organization.
const OWNED: [&str; 6] = ["OrgKey", "Thread", "Claim", "Once", "SealedKey", "InboundText"];

/// Functions of the installation, which joins rows of all organizations, each to its own.
const INSTALLATION: [&str; 10] = [
    "api_key::standing",
    "data_key::unfinished",
    "job::claim",
    "job::release",
    "lead::everywhere_by_phone",
    "member::places",
    "organization::rewrite_first",
    "search::behind",
    "session::standing",
    "turn::customers",
];

/// The one statement that is to reach beyond an organization: a session leads to another from then on.
const MOVES: &str =
    "UPDATE refresh_tokens SET organization_id = $2 WHERE session_id = $1 AND used_at IS NULL";

/// A function that nobody asks may tell one dealer of another's customers, and no test would know.
#[test]
fn every_function_that_takes_an_organization_is_asked() {
    let asked: BTreeSet<String> = calls().iter().map(|call| ends(call.name)).collect();
    let mut missing = Vec::new();
    for (module, source) in sources() {
        for function in source.split("pub async fn ").skip(1) {
            let name = word(function);
            let takes = function.split(") -> ").next().unwrap();
            if OWNED.iter().any(|owned| takes.contains(owned))
                && !asked.contains(&format!("{module}::{name}"))
            {
                missing.push(format!("{module}::{name}"));
            }
        }
    }
    assert!(missing.is_empty(), "functions that reading.rs and writing.rs do not ask: {missing:?}");
}

/// A comparison that was never run was never taken away; and where there is none, there is none to be missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_comparison_of_the_store_was_run() {
    let (mut ran, mut lacking) = (String::new(), BTreeSet::new());
    for fresh in [Fresh::sqlite(), Fresh::postgres().await] {
        let world = World::on(&fresh, false).await;
        for call in calls() {
            for sql in world.statements(Scope::System, call).await.iter().map(|sql| squeezed(sql)) {
                let owned = tables(&sql).into_iter().filter(|(table, _)| world.owned.contains(*table));
                if predicates(&sql).len() < owned.count() && sql != MOVES {
                    lacking.insert(sql.clone());
                }
                ran.push_str(&(sql + "\n"));
            }
        }
        drop(world);
        fresh.remove().await;
    }
    assert!(lacking.is_empty(), "tables without a comparison of their own:\n{lacking:#?}");
    let mut never = Vec::new();
    for (module, source) in sources() {
        for (at, literal) in literals(&source) {
            let function = format!("{module}::{}", word(source[..at].rsplit("fn ").next().unwrap()));
            let idle = !predicates(&literal).is_empty() && !ran.contains(&squeezed(&literal));
            if idle && !INSTALLATION.contains(&&*function) {
                never.push(format!("{function}: {}", squeezed(&literal)));
            }
        }
    }
    assert!(never.is_empty(), "comparisons that no call runs:\n{}", never.join("\n"));
}

/// The source of the store by module, without comments.
fn sources() -> Vec<(String, String)> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("daemon/src/store");
    let (mut folders, mut found) = (vec![store.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((module(&store, &path), code(&path)));
            }
        }
    }
    assert!(found.len() > 30, "the store is elsewhere: mend this");
    found
}

/// The noun: a file's name, or the folder's that it is in.
fn module(store: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(store).unwrap().with_extension("");
    inside.iter().next().unwrap().to_string_lossy().into_owned()
}

fn code(file: &Path) -> String {
    let source = fs::read_to_string(file).unwrap();
    let code = source.split("#[cfg(test)]").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The texts between quotes, and where each begins.
fn literals(source: &str) -> Vec<(usize, String)> {
    let (mut found, mut open, mut escaped) = (Vec::new(), None, false);
    for (at, c) in source.char_indices() {
        match (c, open) {
            _ if escaped => escaped = false,
            ('\\', _) => escaped = true,
            ('"', Some(start)) => {
                found.push((start, source[start..at].replace("\\\"", "\"").replace("\\\\", "\\")));
                open = None;
            }
            ('"', None) if !source[..at].ends_with('\'') => open = Some(at + 1),
            _ => {}
        }
    }
    found
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()
}

/// `audit::Chain::begin` is `begin` of `audit`.
fn ends(name: &str) -> String {
    let (first, last) = (name.split("::").next().unwrap(), name.rsplit("::").next().unwrap());
    format!("{first}::{last}")
}
