//! The demo's own folder: settings, secrets, database, log. Readable by nobody else, and gone afterwards unless kept.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret;

use crate::{
    cli::{failure::Failure, secret},
    config::{Config, Sources},
    seal,
};

pub(super) const SETTINGS: &str = "lotline.toml";

/// The folder; removed when dropped, unless it is kept.
pub(super) struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Folder {
    /// Makes `keep`, which must not be there yet, or a folder among the temporary ones.
    pub(super) fn make(keep: Option<&Path>) -> Result<Self, Failure> {
        let temporary =
            || std::env::temp_dir().join(format!("lotline-demo-{}", uuid::Uuid::now_v7().simple()));
        let wanted = keep.map_or_else(temporary, Path::to_owned);
        let path = std::path::absolute(&wanted).map_err(Failure::failed)?;
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| {
            Failure::usage(format!(
                "{} cannot be made: {error}; name a folder that is not there yet",
                path.display()
            ))
        })?;
        Ok(Self { path, kept: keep.is_some() })
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// It holds the evidence of a failure: it stays.
    pub(super) fn keep(&mut self) {
        self.kept = true;
    }

    /// Writes settings with fresh secrets for daemons that are reached at `public` and vendors at `vendors`, and reads
    /// them as `lotlined serve --config` would; the environment has no say.
    pub(super) fn settings(
        &self,
        public: &str,
        vendors: &str,
        database: Option<&str>,
    ) -> Result<Config, Failure> {
        for name in ["lotline.secret", "lotline.key"] {
            secret::write(&self.file(name), seal::random_hex().map_err(Failure::failed)?.expose_secret())?;
        }
        let own = format!("sqlite:{}", self.file("lotline.db").display());
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let text = format!(
            "[server]\npublic_url = {}\n\n[database]\nurl = {}\n\n\
             [auth]\nsecret_file = \"lotline.secret\"\n\n[secrets]\nkey_file = \"lotline.key\"\n\n\
             [twilio]\napi_base = {vendors}\n\n[elevenlabs]\napi_base = {vendors}\n\n\
             [delivery]\nreconcile_after = [\"2s\", \"4s\", \"8s\"]\n",
            quoted(public),
            quoted(database.unwrap_or(&own)),
            vendors = quoted(vendors),
        );
        let file = self.file(SETTINGS);
        secret::write(&file, &text)?;
        Ok(Config::from_sources(Sources::new().file(&file))?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, folder = %self.path.display(), "the demo's folder could not be removed");
        }
    }
}
