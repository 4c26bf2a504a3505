//! Which keys do what, in each context: the registry's defaults, changed by `keys.toml`.
//!
//! A file with an unknown action, a wrong key or a conflict is refused whole, with its position.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::{
    action::{ALL, Action},
    key::{self, Context, Key},
};

/// What a press leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Action(Action),
    /// More keys must follow.
    Prefix,
    Nothing,
}

#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Action, Vec<Key>)>,
}

/// Why `keys.toml` is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct Refused {
    pub line: usize,
    pub column: usize,
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, Spanned<OneOrMore>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn list(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

impl Default for Keymap {
    fn default() -> Self {
        let defaults = ALL.iter().flat_map(|spec| spec.keys.iter().map(|keys| (spec.action, *keys)));
        // A default that does not parse would be missing here and the keymap test finds it.
        let bindings =
            defaults.filter_map(|(action, keys)| Some((action, key::sequence(keys).ok()?))).collect();
        Self { bindings }
    }
}

impl Keymap {
    /// The defaults with the changes of a `keys.toml`: each named action has exactly the keys listed there.
    ///
    /// # Errors
    /// The first thing that is wrong, with line and column.
    pub fn with(text: &str) -> Result<Self, Refused> {
        let file: File = toml::from_str(text).map_err(|error| {
            refuse(text, error.span().map_or(0, |span| span.start), error.message().to_owned())
        })?;
        let mut keymap = Self::default();
        let mut places = BTreeMap::new();
        for (id, keys) in &file.keys {
            let action = Action::named(id.get_ref()).ok_or_else(|| {
                refuse(text, id.span().start, format!("there is no action {:?}", id.get_ref()))
            })?;
            keymap.bindings.retain(|(bound, _)| *bound != action);
            for keys_text in keys.get_ref().list() {
                let sequence = key::sequence(keys_text)
                    .map_err(|wrong| refuse(text, keys.span().start, wrong.to_string()))?;
                keymap.bindings.push((action, sequence));
            }
            places.insert(action, keys.span().start);
        }
        match keymap.conflict() {
            None => Ok(keymap),
            Some((one, other, keys)) => {
                let place = places.get(&one).or_else(|| places.get(&other)).copied().unwrap_or(0);
                let what = format!(
                    "{:?} would mean both {:?} and {:?}",
                    key::shown(&keys),
                    one.spec().id,
                    other.spec().id
                );
                Err(refuse(text, place, what))
            }
        }
    }

    /// Two actions that the same presses would start in the same context.
    pub fn conflict(&self) -> Option<(Action, Action, Vec<Key>)> {
        self.bindings.iter().enumerate().find_map(|(index, (one, keys))| {
            self.bindings[..index].iter().find_map(|(other, others)| {
                let clash = keys.starts_with(others) || others.starts_with(keys);
                let together =
                    one.spec().contexts.iter().any(|context| other.spec().contexts.contains(context));
                (clash && together && one != other).then(|| (*one, *other, keys.clone()))
            })
        })
    }

    pub fn find(&self, context: Context, pressed: &[Key]) -> Found {
        let here = self.bindings.iter().filter(|(action, _)| action.spec().contexts.contains(&context));
        let mut found = Found::Nothing;
        for (action, keys) in here {
            if keys == pressed {
                return Found::Action(*action);
            }
            if keys.starts_with(pressed) {
                found = Found::Prefix;
            }
        }
        found
    }

    /// All keys of an action, as shown.
    pub fn keys(&self, action: Action) -> Vec<String> {
        self.bindings.iter().filter(|(bound, _)| *bound == action).map(|(_, keys)| key::shown(keys)).collect()
    }

    /// The first key of an action that works in this context, as shown.
    pub fn key_in(&self, context: Context, action: Action) -> Option<String> {
        let writes =
            |keys: &[Key]| context.is_typing() && keys.first().is_some_and(|key| key.typed().is_some());
        self.bindings
            .iter()
            .find(|(bound, keys)| *bound == action && !writes(keys))
            .map(|(_, keys)| key::shown(keys))
    }

    /// The first key of an action, or its name when it has none.
    pub fn key(&self, action: Action) -> String {
        self.keys(action).into_iter().next().unwrap_or_else(|| action.spec().name.to_owned())
    }
}

fn refuse(text: &str, offset: usize, what: String) -> Refused {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    Refused { line, column, what }
}
