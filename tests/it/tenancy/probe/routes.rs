//! Every route and every field that takes an id, read from the source that serves them.

use std::{collections::BTreeSet, fs, path::Path};

/// A method and a path, as the router has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    pub(super) method: String,
    pub(super) path: String,
}

fn source(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The calls `.route("PATH", get(…).post(…))` of the one page that has them.
pub(super) fn routes() -> Vec<Route> {
    let text = source("daemon/src/http/router.rs");
    let mut routes = Vec::new();
    for call in text.split(".route(").skip(1) {
        let (path, rest) = call.trim_start().trim_start_matches('"').split_once('"').unwrap();
        let handlers = inside(rest);
        for method in ["get", "post", "put", "patch", "delete"] {
            let named = |text: &str| {
                text.match_indices(&format!("{method}(")).any(|(at, _)| {
                    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                })
            };
            if named(handlers) {
                routes.push(Route { method: method.to_uppercase(), path: path.to_owned() });
            }
        }
    }
    routes
}

/// Up to the bracket that closes the call.
fn inside(text: &str) -> &str {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// `Struct.field` of every id in what callers send. They are known by refusing unknown members.
pub(super) fn id_fields() -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for folder in ["common/src/api", "daemon/src/http/route"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
        for file in fs::read_dir(root).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            for part in text.split("#[serde(deny_unknown_fields)]").skip(1) {
                fields.extend(ids_of(part));
            }
        }
    }
    fields
}

fn ids_of(part: &str) -> Vec<String> {
    let Some((_, declared)) = part.split_once("struct ") else { return Vec::new() };
    let (name, body) = declared.split_once(" {").unwrap();
    let body = body.split("\n}").next().unwrap();
    let members = body.lines().filter_map(|line| line.trim().trim_start_matches("pub ").split_once(": "));
    let is_id = |kind: &str| {
        kind.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == "Uuid" || (word.ends_with("Id") && word != "Id"))
    };
    members.filter(|(_, kind)| is_id(kind)).map(|(field, _)| format!("{name}.{field}")).collect()
}

/// A reader that sees nothing would let everything pass.
#[test]
fn the_reader_of_request_types_sees_ids() {
    let part = "\npub struct Assign {\n    /// Who.\n    pub to: Option<Option<UserId>>,\n    pub note: String,\n    pub key: Uuid,\n}\nstruct Other {\n    id: LeadId,\n}";
    assert_eq!(ids_of(part), ["Assign.to", "Assign.key"]);
    let known = id_fields();
    assert!(known.contains("LeadQuery.assigned_to") && known.contains("Switch.organization_id"), "{known:?}");
}
