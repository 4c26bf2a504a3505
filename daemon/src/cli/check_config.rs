//! `lotlined check-config`: the settings in effect with where each comes from, secrets redacted.

use std::path::Path;

use super::{Done, output::say};
use crate::config::Config;

pub(super) fn check_config(file: Option<&Path>) -> Done {
    let config = Config::load(file)?;
    say(config.effective().to_string().trim_end());
    Ok(())
}
