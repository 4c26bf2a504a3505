//! Where settings come from, merged into one flat list of `section.key`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    file_in_use,
    reader::{Given, Origin, Problem, Reader},
    rules,
};

const PREFIX: &str = "LOTLINE__";

/// A file's or a caller's TOML text, and an environment.
#[derive(Default)]
#[must_use]
pub struct Sources {
    values: BTreeMap<String, Given>,
    problems: Vec<Problem>,
    /// Relative `*_file` paths start here.
    folder: PathBuf,
    port: Option<String>,
    /// Others may read the file, so it must not hold a secret itself.
    open_to_others: bool,
}

impl Sources {
    pub fn new() -> Self {
        Self::default()
    }

    /// The named or default file, and the process's environment.
    pub(super) fn of_process(file: Option<&Path>) -> Self {
        let mut sources = Self::new();
        if let Some(path) = file_in_use(file) {
            sources = sources.file(&path);
        }
        let environment = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        sources.environment(environment)
    }

    pub fn file(mut self, path: &Path) -> Self {
        self.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        self.open_to_others = rules::open_to_others(path);
        match fs::read_to_string(path) {
            Ok(text) => self.text(&text),
            Err(error) => {
                let advice = format!("cannot be read ({error}); run `lotlined init` or name the right file");
                self.problems.push(Problem::new(path.display(), advice));
                self
            }
        }
    }

    pub fn text(mut self, text: &str) -> Self {
        match text.parse::<toml::Table>() {
            Ok(table) => self.flatten(table),
            // The whole message would repeat the line, which may hold a secret.
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
                let advice = format!("line {line} is not TOML: {}", error.message());
                self.problems.push(Problem::new("the settings file", advice));
            }
        }
        self
    }

    fn flatten(&mut self, table: toml::Table) {
        for (section, value) in table {
            match value {
                toml::Value::Table(keys) => {
                    for (key, value) in keys {
                        self.give(format!("{section}.{key}"), value, Origin::File);
                    }
                }
                other => self.give(section, other, Origin::File),
            }
        }
    }

    /// `LOTLINE__SECTION__KEY`, and before those `DATABASE_URL` and `PORT` as hosts set them.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut own = Vec::new();
        for (name, value) in variables {
            match name.as_str() {
                "DATABASE_URL" => self.give("database.url".into(), value.into(), Origin::Environment),
                "PORT" => self.port = Some(value),
                _ => own.extend(name.strip_prefix(PREFIX).map(|key| (key.to_owned(), value))),
            }
        }
        for (key, value) in own {
            let key = key.to_ascii_lowercase().replace("__", ".");
            self.give(key, value.into(), Origin::Environment);
        }
        self
    }

    fn give(&mut self, key: String, value: toml::Value, from: Origin) {
        // A secret given one way replaces the same secret given the other way by a weaker source.
        if from == Origin::Environment {
            let other = match key.strip_suffix("_file") {
                Some(plain) => plain.to_owned(),
                None => format!("{key}_file"),
            };
            self.values.retain(|known, given| *known != other || given.from == from);
        }
        self.values.insert(key, Given { value, from });
    }

    pub(super) fn into_reader(self) -> Reader {
        Reader::new(self.values, self.problems, self.folder, self.port, self.open_to_others)
    }
}
