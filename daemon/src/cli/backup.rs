//! `lotlined backup` and `lotlined restore`: an SQLite database and its checked copies.

use std::path::{Path, PathBuf};

use clap::Args;
use lotline_common::At;

use super::{Done, failure::Failure, logging, output::say};
use crate::{
    action::{back_up, restore_backup},
    backup::{self, BackupError},
    clock::Clock,
    config::Config,
    db::{Db, pending},
    store::installation::Contents,
};

const NOT_SQLITE: &str = "the database is on a PostgreSQL server: use pg_dump or base backups there, or `lotlined \
                          export` (docs/operations.md)";

/// Everything is copied as it is at one moment, while a daemon goes on working; the copy is checked and its SHA-256
/// written beside it. The secrets.key_file is not in it: keep a copy of that elsewhere.
#[derive(Args)]
pub(super) struct Backup {
    /// A new file; it will hold everything about everybody, so keep it as you keep the database.
    to: PathBuf,
}

/// No daemon may run. Messages that were on their way are not sent again: the carrier's list or a person says what
/// became of them. Customers who waited for the AI are handed to people, and everybody signs in again.
#[derive(Args)]
pub(super) struct Restore {
    /// What `lotlined backup` or a daemon wrote, with its .sha256 beside it.
    from: PathBuf,
    /// Only make sure that it could be restored; touch nothing.
    #[arg(long, conflicts_with = "replace")]
    check: bool,
    /// Put the database that is there aside, under a name that says when.
    #[arg(long)]
    replace: bool,
}

impl Backup {
    pub(super) async fn run(self, config: Config) -> Done {
        logging::start_for_command();
        let address = config.database.address();
        let file = address.file()?.ok_or_else(|| Failure::usage(NOT_SQLITE))?;
        if !file.exists() || !pending(address.clone()).await?.is_empty() {
            return Err(Failure::failed("there is no database of this version of lotlined to back up"));
        }
        back_up::run(&address, &self.to).await?;
        let contents = restore_backup::check(&self.to).await?;
        say(format!("{} is complete and checked: {contents}.", self.to.display()));
        say("The secrets.key_file is not in it: without a copy of that the stored credentials do not open.");
        Ok(())
    }
}

impl Restore {
    pub(super) async fn run(self, config: Config) -> Done {
        logging::start_for_command();
        let address = config.database.address();
        let file = address.file()?.ok_or_else(|| Failure::usage(NOT_SQLITE))?;
        if self.check {
            let contents = restore_backup::check(&self.from).await?;
            say(format!("{} can be restored: {contents}. Nothing was touched.", self.from.display()));
            return Ok(());
        }
        let _hold = Db::hold_file(&address)?;
        let now = Clock::system().now();
        let aside = backup::ending(&file, &format!(".replaced-{}", backup::stamp(now)));
        let there = file.exists() || backup::ending(&file, "-wal").exists();
        let replaced = there.then_some(aside.as_path());
        if replaced.is_some() && !self.replace {
            let problem = "is there already; with --replace it is put aside, and nothing of it is lost";
            return Err(Failure::failed(format!("{} {problem}", file.display())));
        }
        let contents = restore_backup::run(&self.from, &file, replaced, now).await?;
        tell(&file, replaced, contents, now);
        Ok(())
    }
}

fn tell(file: &Path, replaced: Option<&Path>, contents: Contents, now: At) {
    say(format!("{} is restored: {contents}.", file.display()));
    if let Some(aside) = replaced {
        say(format!("What was there is kept as {}.", aside.display()));
    }
    say(
        "Messages that were on their way are settled by the carrier's list or by a person, never sent again by",
    );
    say("themselves. Texts that came in since are fetched from the carrier when the daemon starts.");
    let since = contents.newest.map_or("the backup".to_owned(), |at| at.to_string());
    say(format!("Lost is what people entered between {since} and {now}, opt-outs above all: ask them who"));
    say(
        "told them to stop, and note it again before anybody is texted. A STOP that came as a text comes back with",
    );
    say("the texts.");
    say("Everybody signs in again. Run `lotlined doctor` before you serve.");
}

impl std::fmt::Display for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { organizations, leads, turns, newest } = self;
        write!(f, "{organizations} organizations, {leads} customers, {turns} turns")?;
        match newest {
            Some(at) => write!(f, ", the newest event of {at}"),
            None => write!(f, ", no event yet"),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Database(error) => error.into(),
            other => Self::failed(other),
        }
    }
}
