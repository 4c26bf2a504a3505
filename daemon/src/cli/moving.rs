//! `lotlined export` and `lotlined import`: a whole installation, from one database into another.

use std::path::PathBuf;

use clap::Args;

use super::{
    Done,
    failure::Failure,
    logging,
    output::{complain, say},
};
use crate::{
    action::{export_installation, import_installation},
    archive::{ArchiveError, Moved, Reader},
    clock::Clock,
    config::Config,
    db::{Address, Db, DbError, Hold, Listener, pending},
    tasks::Tasks,
};

/// All tables are written as they are at one moment: customers, threads, consents, events with their numbers, jobs,
/// members and their sessions. Credentials stay sealed, so the other side needs the same secrets.key_file (and
/// auth.secret, or everybody signs in again). A daemon may go on serving, but what happens after that moment is not in
/// the file: stop it before you move for good.
#[derive(Args)]
pub(super) struct Export {
    /// A new file; it will hold everything about everybody, so keep it as you keep the database.
    file: PathBuf,
    /// The database to read instead of database.url.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// The database must be empty and no daemon may serve from it. Everything is written in one transaction and compared
/// with the file's counts and checksums; after a failure the database is as empty as before. Jobs that were under way
/// are free again, and messages that were being sent have an unknown outcome. The settings must name the
/// secrets.key_file of the installation that was exported.
#[derive(Args)]
pub(super) struct Import {
    /// What `lotlined export` of the same version wrote.
    file: PathBuf,
    /// The database to fill instead of database.url.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Export {
    pub(super) async fn run(self, config: Config) -> Done {
        logging::start_for_command();
        let address = address(self.database, &config);
        if !pending(address.clone()).await?.is_empty() {
            return Err(Failure::failed(
                "this database is not one of this version of lotlined; bring it up to date with `lotlined migrate`",
            ));
        }
        let db = match open(address.clone(), Hold::Daemon).await {
            Err(DbError::Held(_)) => {
                complain("a daemon serves from this database: what happens from now on is not in the file");
                open(address, Hold::Command).await?
            }
            opened => opened?,
        };
        export_installation::tell(&db, Clock::system().now()).await?;
        let moved = export_installation::run(&db, &self.file).await;
        db.close().await;
        show(&moved?);
        say(format!(
            "{} is complete. It opens with this installation's secrets.key_file only.",
            self.file.display()
        ));
        Ok(())
    }
}

impl Import {
    pub(super) async fn run(self, config: Config) -> Done {
        logging::start_for_command();
        // A file that is refused leaves no trace.
        let reader = Reader::open(&self.file).await?;
        let address = address(self.database, &config);
        let made = address.absent_file()?;
        let db = open(address, Hold::Daemon).await?;
        let moved = import_installation::run(&db, reader).await;
        match made {
            Some(file) if moved.is_err() => db.discard(&file).await,
            _ => db.close().await,
        }
        show(&moved?);
        say("Everything is there as it was written. Run `lotlined doctor` before you serve.");
        Ok(())
    }
}

/// The database that is named, else that of the settings.
fn address(named: Option<String>, config: &Config) -> Address {
    named.map_or_else(|| config.database.address(), |url| Address::from(&url))
}

async fn open(address: Address, hold: Hold) -> Result<Db, DbError> {
    Db::open(address, hold, &Tasks::new(), Listener::deaf()).await
}

fn show(moved: &[Moved]) {
    for Moved { table, tally } in moved {
        say(format!("{table:<28}{:>10}  {}", tally.rows, tally.checksum()));
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Database(error) => error.into(),
            other => Self::failed(other),
        }
    }
}
