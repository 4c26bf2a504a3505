//! The registry and the keymap: nothing without a name, nothing that means two things.

use crate::{
    action::{ALL, Action},
    key::{Context, sequence},
    keymap::{Found, Keymap},
};

#[test]
fn every_action_has_a_name_a_help_and_a_way_to_it() {
    let keymap = Keymap::default();
    for (index, spec) in ALL.iter().enumerate() {
        assert_eq!(spec.action as usize, index, "{}", spec.id);
        assert!(!spec.name.is_empty() && spec.help.len() > 6, "{}", spec.id);
        assert!(spec.keys.iter().all(|keys| sequence(keys).is_ok()), "{}: {:?}", spec.id, spec.keys);
        let in_palette = spec.contexts.is_empty() || spec.contexts.contains(&Context::List);
        assert!(in_palette || !keymap.keys(spec.action).is_empty(), "{} cannot be reached", spec.id);
        assert_eq!(spec.rank > 0, !spec.hint.is_empty(), "{}", spec.id);
        let twins = ALL.iter().filter(|other| other.id == spec.id).count();
        assert_eq!(twins, 1, "{}", spec.id);
    }
}

#[test]
fn no_key_means_two_things() {
    assert_eq!(Keymap::default().conflict(), None);
}

#[test]
fn keys_can_be_changed_and_the_footer_follows() {
    let keymap = Keymap::with("[keys]\ntake-over = [\"ctrl-t\", \"g t\"]\nzoom = \"f5\"\n").unwrap();
    assert_eq!(keymap.key(Action::TakeOver), "^T");
    assert_eq!(keymap.find(Context::List, &sequence("t").unwrap()), Found::Nothing);
    assert_eq!(keymap.find(Context::List, &sequence("g").unwrap()), Found::Prefix);
    assert_eq!(keymap.find(Context::List, &sequence("g t").unwrap()), Found::Action(Action::TakeOver));
}

#[test]
fn a_wrong_file_is_refused_with_its_place() {
    let cases = [
        ("[keys]\ntakeover = \"t\"\n", (2, 1), "no action \"takeover\""),
        ("[keys]\n\nzoom = \"hyper-z\"\n", (3, 8), "is not a key"),
        ("[keys]\nzoom = \"j\"\n", (2, 8), "both"),
        ("[keys]\nzoom = \"g\"\n", (2, 8), "both"),
        ("[key]\nzoom = \"j\"\n", (1, 2), "unknown field"),
        ("[keys\n", (1, 6), ""),
    ];
    for (text, place, words) in cases {
        let refused = Keymap::with(text).unwrap_err();
        assert_eq!((refused.line, refused.column), place, "{refused}");
        assert!(refused.what.contains(words), "{refused}");
    }
}

/// The example that ships says what the code does.
#[test]
fn the_shipped_keys_are_the_defaults() {
    let shipped = include_str!("../../../config/keys.toml");
    let uncommented: String = shipped
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n");
    let keymap = Keymap::with(&uncommented).unwrap();
    for spec in ALL {
        assert_eq!(keymap.keys(spec.action), Keymap::default().keys(spec.action), "{}", spec.id);
        assert!(shipped.contains(&format!("# {} = ", spec.id)), "{}", spec.id);
    }
}
