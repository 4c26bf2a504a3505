//! `lotlined migrate`: the schema, ahead of a start. `--check` only tells what is to be done, by exit code 1.
//! `--admin-url` does it as the owner of the tables and prepares the plain role that `database.url` names.

use clap::Args;

use super::{Done, failure::Failure, logging, output::say};
use crate::{
    config::Config,
    db::{Db, Hold, Listener, pending, prepare},
    tasks::Tasks,
};

#[derive(Args)]
pub(super) struct Migrate {
    /// Change nothing and only look at database.url; exit with 1 when there is something to do.
    #[arg(long)]
    check: bool,
    /// Address of the same PostgreSQL database for the role that owns the tables. Makes and prepares the role of
    /// database.url, which serves. Better given as LOTLINE_ADMIN_URL, or with its password in PGPASSWORD.
    #[arg(long, value_name = "URL", env = "LOTLINE_ADMIN_URL", hide_env_values = true)]
    admin_url: Option<String>,
}

impl Migrate {
    pub(super) async fn run(self, config: Config) -> Done {
        logging::start_for_command();
        let url = &config.database.url;
        if self.check {
            let missing = pending(config.database.address()).await?;
            if missing.is_empty() {
                say("The database is up to date.");
                return Ok(());
            }
            let steps: Vec<String> = missing.iter().map(i64::to_string).collect();
            say(format!("To do: schema steps {}.", steps.join(", ")));
            return Err(Failure::Failed(None));
        }
        if let Some(admin_url) = self.admin_url {
            if !url.starts_with("postgres") {
                return Err(Failure::usage(
                    "--admin-url is for PostgreSQL; database.url names an SQLite file",
                ));
            }
            let role = prepare(&admin_url, url).await?;
            say(format!("The database is up to date, and the role {role} may serve from it."));
            return Ok(());
        }
        let db = Db::open(config.database.address(), Hold::Command, &Tasks::new(), Listener::deaf()).await?;
        db.close().await;
        say("The database is up to date.");
        Ok(())
    }
}
