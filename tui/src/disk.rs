//! What is kept on this computer: the sign-in and the unsent texts, readable by its owner alone.
//!
//! Two consoles may use one profile: a file is always replaced whole, and a refresh happens under a lock.

use std::{
    any::Any,
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy as _;
use lotline_common::{LeadId, OrganizationId, api::auth::Session, client::Keep};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{Settings, Unsent};

/// Where a profile's files are.
#[derive(Debug, Clone)]
pub struct Profile {
    pub session: PathBuf,
    pub state: PathBuf,
    pub keys: PathBuf,
    pub theme: PathBuf,
}

impl Profile {
    /// `name` under the XDG folders, or a sign-in in a file of its own.
    ///
    /// # Errors
    /// There is no home folder, or the name would lead out of ours.
    pub fn named(name: &str, session_file: Option<PathBuf>) -> io::Result<Self> {
        if name.is_empty()
            || !name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
            || name.starts_with('.')
        {
            return Err(io::Error::other("a profile's name has letters, digits, - and _ only"));
        }
        let base = etcetera::base_strategy::Xdg::new().map_err(io::Error::other)?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir()).join("lotline").join(name);
        let config = base.config_dir().join("lotline");
        // A sign-in made for one occasion keeps its unsent texts beside it.
        let kept = session_file
            .as_ref()
            .map_or_else(|| state.join("state.json"), |file| file.with_extension("state"));
        Ok(Self {
            session: session_file.unwrap_or_else(|| state.join("session.json")),
            state: kept,
            keys: config.join("keys.toml"),
            theme: config.join("theme.toml"),
        })
    }
}

/// The sign-in as it lies on disk, with the server it belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<String>,
    #[serde(flatten)]
    pub session: Session,
}

/// A sign-in in a file.
#[derive(Debug, Clone)]
pub struct SessionFile {
    pub path: PathBuf,
    pub server: String,
}

impl SessionFile {
    pub fn read(path: &Path) -> io::Result<Option<Kept>> {
        read(path)
    }
}

impl Keep for SessionFile {
    fn lock(&self) -> io::Result<Box<dyn Any + Send>> {
        Ok(Box::new(lock(&self.path)?))
    }

    fn load(&self) -> io::Result<Option<Session>> {
        let same = |kept: &Kept| kept.server.as_ref().is_none_or(|server| *server == self.server);
        Ok(read::<Kept>(&self.path)?.filter(same).map(|kept| kept.session))
    }

    fn save(&self, session: Option<&Session>) -> io::Result<()> {
        match session {
            Some(session) => replace(
                &self.path,
                &Kept { server: Some(self.server.clone()), session: session.clone() },
                true,
            ),
            None => match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }
}

/// What survives a restart besides the sign-in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    pub unsent: Unsent,
    pub settings: Settings,
}

impl State {
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(read(path)?.unwrap_or_default())
    }

    /// Writes our settings and the texts that we changed; those of another console on this profile stay.
    pub fn write(&self, path: &Path, changed: &BTreeSet<(OrganizationId, LeadId)>) -> io::Result<()> {
        let _others = lock(path)?;
        let mut whole = Self::read(path)?;
        whole.settings = self.settings;
        for (organization, lead) in changed {
            let ours = self.unsent.get(organization).and_then(|texts| texts.get(lead));
            let texts = whole.unsent.entry(*organization).or_default();
            match ours {
                Some(text) => drop(texts.insert(*lead, text.clone())),
                None => drop(texts.remove(lead)),
            }
        }
        // Not forced to the disk: it is written while somebody types, and only a power cut would lose it.
        replace(path, &whole, false)
    }
}

/// Waits until no other console writes this file; they wait until the guard is dropped.
fn lock(path: &Path) -> io::Result<File> {
    let path = path.with_extension("lock");
    make_folder(&path)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    file.lock()?;
    Ok(file)
}

/// A file of the operator's own settings; absent is fine.
pub fn settings_text(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mode = file.metadata()?.mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = path.display();
        let say = format!("{path} can be read by others (mode {mode:o}). Run: chmod 600 {path}");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, say));
    }
    let value = serde_json::from_reader(io::BufReader::new(file));
    value.map(Some).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}

/// Replaces a file whole: a crash leaves the old one or the new one. `durable` survives a power cut as well.
fn replace(path: &Path, value: &impl Serialize, durable: bool) -> io::Result<()> {
    make_folder(path)?;
    let beside = path.with_extension(format!("new{}", std::process::id()));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(&serde_json::to_vec(value).map_err(io::Error::other)?)?;
    if durable {
        file.sync_all()?;
    }
    fs::rename(&beside, path)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Anybody on the computer could text customers as the operator if this file were theirs to read.
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_cure() {
        let folder = std::env::temp_dir().join(format!("lotline-disk-{}", uuid::Uuid::now_v7()));
        let path = folder.join("state.json");
        State::default().write(&path, &BTreeSet::new()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        State::read(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = State::read(&path).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        fs::remove_dir_all(folder).unwrap();
    }

    /// Two consoles on one profile: the one that closes last must not wipe what was written in the other.
    #[test]
    fn two_consoles_keep_each_others_texts() {
        let folder = std::env::temp_dir().join(format!("lotline-disk-{}", uuid::Uuid::now_v7()));
        let path = folder.join("state.json");
        let (organization, one, other) = (OrganizationId::new(), LeadId::new(), LeadId::new());
        for (lead, text) in [(one, "first"), (other, "second")] {
            let mut state = State::default();
            state.unsent.entry(organization).or_default().insert(lead, text.to_owned());
            state.write(&path, &BTreeSet::from([(organization, lead)])).unwrap();
        }
        assert_eq!(State::read(&path).unwrap().unsent[&organization].len(), 2);
        State::default().write(&path, &BTreeSet::from([(organization, one)])).unwrap();
        assert_eq!(State::read(&path).unwrap().unsent[&organization].len(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_profile_cannot_lead_out_of_our_folder() {
        for bad in ["", "..", "../x", "a/b", ".hidden"] {
            assert!(Profile::named(bad, None).is_err(), "{bad}");
        }
    }
}
