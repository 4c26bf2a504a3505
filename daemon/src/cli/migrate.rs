//! `lotlined migrate`: the schema, ahead of a start. `--check` only tells what is to be done, by exit code 1.

use clap::Args;

use super::{Done, failure::Failure, logging, output::say};
use crate::{
    config::Config,
    db::{Db, Hold, Listener, pending},
    tasks::Tasks,
};

#[derive(Args)]
pub(super) struct Migrate {
    /// Change nothing; exit with 1 when there is something to do.
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(super) async fn run(self, config: Config) -> Done {
        logging::start_for_command();
        let url = &config.database.url;
        if self.check {
            let missing = pending(url).await?;
            if missing.is_empty() {
                say("The database is up to date.");
                return Ok(());
            }
            let steps: Vec<String> = missing.iter().map(i64::to_string).collect();
            say(format!("To do: schema steps {}.", steps.join(", ")));
            return Err(Failure::Failed(None));
        }
        let db = Db::open(url, Hold::Command, &Tasks::new(), Listener::deaf()).await?;
        db.close().await;
        say("The database is up to date.");
        Ok(())
    }
}
