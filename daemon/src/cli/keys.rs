//! `lotlined keys`: the keys of data at rest are changed.

use clap::Subcommand;

use super::{Done, organization_of, output::say};
use crate::{
    action::{by_system, rotate_keys},
    app::App,
};

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Seal every data key anew with secrets.key_file, after which secrets.previous_key_file can go; with --org, give
    /// that organization a new data key and seal all it has anew. Killed in the middle, run it again.
    Rotate {
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
    },
}

impl Keys {
    pub(super) async fn run(self, app: &App) -> Done {
        let Self::Rotate { org } = self;
        let Some(slug) = org else {
            let changed = rotate_keys::run(app).await?;
            say(format!("{changed} values were sealed anew; the previous key file is not needed any more."));
            return Ok(());
        };
        let organization = organization_of(app, Some(&slug)).await?;
        let changed = rotate_keys::of_organization(app, organization.key, by_system()).await?;
        say(format!("{} has a new data key; {changed} values were sealed anew.", organization.public.name));
        Ok(())
    }
}
