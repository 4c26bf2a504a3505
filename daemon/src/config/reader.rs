//! Reads one setting after the other, keeps going when one is wrong, and knows in the end which keys nobody asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::PathBuf,
};

use secrecy::{ExposeSecret, SecretString};

use super::{rules, setting::Setting};
use crate::seal::{KEY_LEN, SealKey};

/// What is wrong with one key, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub key: String,
    pub advice: String,
}

impl Problem {
    pub(super) fn new(key: impl fmt::Display, advice: impl Into<String>) -> Self {
        Self { key: key.to_string(), advice: advice.into() }
    }
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub(super) fn sorted(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        Self(problems)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Problem { key, advice }) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            write!(f, "{gap}{key}: {advice}")?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Default,
    File,
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
        })
    }
}

pub(super) struct Given {
    pub(super) value: toml::Value,
    pub(super) from: Origin,
}

/// A setting as it may be printed.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) key: &'static str,
    pub(super) value: String,
    pub(super) from: Origin,
}

pub(super) struct Reader {
    values: BTreeMap<String, Given>,
    problems: Vec<Problem>,
    known: BTreeSet<&'static str>,
    shown: Vec<Shown>,
    folder: PathBuf,
    port: Option<String>,
    open_to_others: bool,
    secret_files: Vec<PathBuf>,
}

impl Reader {
    pub(super) fn new(
        values: BTreeMap<String, Given>,
        problems: Vec<Problem>,
        folder: PathBuf,
        port: Option<String>,
        open_to_others: bool,
    ) -> Self {
        Self {
            values,
            problems,
            known: BTreeSet::new(),
            shown: Vec::new(),
            folder,
            port,
            open_to_others,
            secret_files: Vec::new(),
        }
    }

    /// The files that secrets were read from.
    pub(super) fn secret_files(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.secret_files)
    }

    pub(super) fn value<T: Setting>(&mut self, key: &'static str, default: T) -> T {
        self.value_shown(key, default, Setting::show)
    }

    /// As [`Self::value`], printed in a way of its own.
    pub(super) fn value_shown<T: Setting>(
        &mut self,
        key: &'static str,
        default: T,
        show: impl Fn(&T) -> String,
    ) -> T {
        self.known.insert(key);
        let (value, from) = match self.values.remove(key) {
            None => (default, Origin::Default),
            Some(Given { value, from }) => {
                if let Some(value) = T::read(&value) {
                    (value, from)
                } else {
                    self.problem(key, format!("must be {}", T::WANTS));
                    (default, Origin::Default)
                }
            }
        };
        self.shown.push(Shown { key, value: show(&value), from });
        value
    }

    pub(super) fn port(&mut self) -> Option<u16> {
        let port = self.port.take()?;
        let parsed = port.parse().ok();
        if parsed.is_none() {
            self.problem("PORT", "must be a port number".into());
        }
        parsed
    }

    /// A secret that must be given, as itself or as a file. A placeholder stands in for a missing one, so that the
    /// rules can be checked; with the problem noted it goes no further.
    pub(super) fn secret(&mut self, key: &'static str, file: &'static str) -> SecretString {
        self.required(key, file).unwrap_or_else(|| SecretString::from("0".repeat(64)))
    }

    fn required(&mut self, key: &'static str, file: &'static str) -> Option<SecretString> {
        let given = self.values.contains_key(key) || self.values.contains_key(file);
        if !given {
            self.problem(
                key,
                format!("is missing; run `lotlined init`, or set {file} to a file of mode 0600"),
            );
        }
        self.secret_if_any(key, file)
    }

    pub(super) fn secret_if_any(&mut self, key: &'static str, file: &'static str) -> Option<SecretString> {
        self.known.extend([key, file]);
        match (self.values.remove(key), self.values.remove(file)) {
            (None, None) => None,
            (Some(_), Some(_)) => {
                self.problem(key, format!("is given twice; keep either it or {file}"));
                None
            }
            (Some(given), None) => self.plain_secret(key, &given),
            (None, Some(given)) => self.secret_file(file, &given),
        }
    }

    fn plain_secret(&mut self, key: &'static str, given: &Given) -> Option<SecretString> {
        if given.from == Origin::File && self.open_to_others {
            self.problem(
                key,
                "the settings file holds it and others can read that file; chmod 600 it".into(),
            );
        }
        let Some(text) = given.value.as_str() else {
            self.problem(key, "must be text".into());
            return None;
        };
        self.show_secret(key, given.from, "\"[redacted]\"".into());
        Some(SecretString::from(text.trim()))
    }

    fn secret_file(&mut self, key: &'static str, given: &Given) -> Option<SecretString> {
        let Some(name) = given.value.as_str() else {
            self.problem(key, "must be the path of a file".into());
            return None;
        };
        let path = self.folder.join(name);
        self.show_secret(key, given.from, format!("{name:?}"));
        if rules::open_to_others(&path) {
            self.problem(key, format!("others can read {}; chmod 600 it", path.display()));
        }
        self.secret_files.push(path.clone());
        match fs::read_to_string(&path) {
            Ok(text) => Some(SecretString::from(text.trim())),
            Err(error) => {
                self.problem(
                    key,
                    format!("{} cannot be read ({error}); run `lotlined init`", path.display()),
                );
                None
            }
        }
    }

    fn show_secret(&mut self, key: &'static str, from: Origin, value: String) {
        self.shown.push(Shown { key, value, from });
    }

    /// As [`Self::secret`].
    pub(super) fn seal_key(&mut self, key: &'static str, file: &'static str) -> SealKey {
        let text = self.secret(key, file);
        self.parse_key(key, &text).unwrap_or_else(|| SealKey::new([0; KEY_LEN]))
    }

    pub(super) fn seal_key_if_any(&mut self, key: &'static str, file: &'static str) -> Option<SealKey> {
        let text = self.secret_if_any(key, file)?;
        self.parse_key(key, &text)
    }

    fn parse_key(&mut self, key: &'static str, text: &SecretString) -> Option<SealKey> {
        let parsed = SealKey::from_text(text.expose_secret());
        if parsed.is_none() {
            self.problem(
                key,
                "must hold 32 bytes as 64 hexadecimal digits or base64; `lotlined init` makes one".into(),
            );
        }
        parsed
    }

    /// A file that the settings name: its path starts at their folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn problem(&mut self, key: &str, advice: String) {
        self.problems.push(Problem::new(key, advice));
    }

    /// What may be printed, and every problem found, with the keys that nobody asked for.
    pub(super) fn finish(mut self) -> (Vec<Shown>, Vec<Problem>) {
        for key in std::mem::take(&mut self.values).into_keys() {
            let section = key.split('.').next().unwrap_or_default();
            let prefix = format!("{section}.");
            let siblings: Vec<&str> =
                self.known.iter().filter_map(|known| known.strip_prefix(&prefix)).collect();
            let advice = if siblings.is_empty() {
                "is not a setting; remove it".to_owned()
            } else {
                format!("is not a setting; [{section}] has {}", siblings.join(", "))
            };
            self.problem(&key, advice);
        }
        (self.shown, self.problems)
    }
}
