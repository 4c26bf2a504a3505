//! The command line: one file per noun. Commands run beside a daemon; secrets come from files, standard input or a
//! prompt, never from arguments, which every user of the machine can read.

mod agent;
mod audit;
mod backup;
mod carrier;
mod check_config;
mod dealership;
mod demo;
mod doctor;
mod failure;
mod init;
mod invite;
mod keys;
mod logging;
mod migrate;
mod moving;
mod number;
mod openapi;
mod organization;
mod output;
mod replay;
mod secret;
mod serve;
mod sim;
mod socket;
mod stop;
mod user;
mod why;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use lotline_common::PhoneNumber;

use crate::{
    action::choose_organization,
    app::{App, install_crypto},
    clock::Clock,
    config::Config,
    db::{Hold, Scope},
    error::Error,
    store::{self, organization::OrganizationRow},
};
use failure::Failure;

type Done = Result<(), Failure>;

/// The AI phone desk for car dealerships: the daemon and its administration.
#[derive(Parser)]
#[command(name = "lotlined", version, propagate_version = true)]
struct Arguments {
    /// Settings file; `lotline.toml` here if that exists.
    #[arg(long, global = true, env = "LOTLINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the daemon.
    Serve,
    /// Show everything at work on this machine, with a simulated carrier, AI and customers.
    Demo(demo::Demo),
    /// Run the simulated carrier and AI alone, to point a daemon at.
    Sim(sim::Sim),
    /// Write the settings of a new installation.
    Init(init::Init),
    /// Print the settings in effect, or every problem in them.
    CheckConfig,
    /// Print the OpenAPI description of the HTTP API.
    Openapi(openapi::Document),
    /// Bring the database up to date; `serve` does so by itself where its role owns the tables.
    Migrate(migrate::Migrate),
    /// Write the whole installation into a file, to move it to another database.
    Export(moving::Export),
    /// Fill an empty database with an exported installation.
    Import(moving::Import),
    /// Write a checked copy of the SQLite database, while a daemon runs.
    Backup(backup::Backup),
    /// Put a backup in the place of the SQLite database, or only check it.
    Restore(backup::Restore),
    /// Check everything that a working desk needs, and say what to do.
    Doctor(doctor::Doctor),
    /// Organizations.
    #[command(subcommand)]
    Org(organization::Organization),
    /// People.
    #[command(subcommand)]
    User(user::User),
    /// Invites into an organization.
    #[command(subcommand)]
    Invite(invite::Invite),
    /// Say what a phone is here, and whether it may be texted and why not.
    Why(why::Why),
    /// Show how a conversation came to be where it is, event by event, and whether that is what is stored.
    Replay(replay::ReplayLead),
    /// Organizations' own numbers.
    #[command(subcommand)]
    Number(number::Number),
    /// Carrier accounts.
    #[command(subcommand)]
    Carrier(carrier::Carrier),
    /// AI agents.
    #[command(subcommand)]
    Agent(agent::Agent),
    /// The audit log: who did or read what.
    #[command(subcommand)]
    Audit(audit::Audit),
    Who(audit::Who),
    /// Keys of data at rest.
    #[command(subcommand)]
    Keys(keys::Keys),
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    install_crypto();
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(arguments));
            // A stop does not wait for a name server that says nothing.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(Failure::failed(error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(Arguments { config, command }: Arguments) -> Done {
    let file = config.as_deref();
    match command {
        Command::Serve => serve::serve(Config::load(file)?).await,
        Command::Demo(demo) => Box::pin(demo.run()).await,
        Command::Sim(sim) => Box::pin(sim.run()).await,
        Command::Init(init) => init.run(file),
        Command::CheckConfig => check_config::check_config(file),
        Command::Openapi(document) => document.run(),
        Command::Migrate(migrate) => migrate.run(Config::load(file)?).await,
        Command::Export(export) => export.run(Config::load(file)?).await,
        Command::Import(import) => import.run(Config::load(file)?).await,
        Command::Backup(backup) => backup.run(Config::load(file)?).await,
        Command::Restore(restore) => restore.run(Config::load(file)?).await,
        Command::Doctor(doctor) => doctor.run(file).await,
        Command::Org(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::User(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::Invite(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::Why(why) => with_app(Config::load(file)?, async |app| why.run(app).await).await,
        Command::Replay(replay) => with_app(Config::load(file)?, async |app| replay.run(app).await).await,
        Command::Number(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::Carrier(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::Agent(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::Audit(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::Keys(command) => with_app(Config::load(file)?, async |app| command.run(app).await).await,
        Command::Who(who) => with_app(Config::load(file)?, async |app| who.run(app).await).await,
    }
}

/// Opens what a command needs, beside a daemon that may be running, and closes it again.
async fn with_app(config: Config, work: impl AsyncFnOnce(&App) -> Done) -> Done {
    logging::start_for_command();
    let app: Arc<App> = App::open(config, Clock::system(), Hold::Command).await?;
    let done = work(&app).await;
    app.close().await;
    done
}

/// The organization with that slug; without one, the only organization there is.
async fn organization_of(app: &App, slug: Option<&str>) -> Result<OrganizationRow, Failure> {
    let mut tx = app.db.read(Scope::System).await?;
    let mut all = store::organization::all(&mut tx).await?;
    if let Some(slug) = slug {
        let found = all.into_iter().find(|organization| organization.public.slug == slug);
        return found.ok_or_else(|| Failure::usage(format!("there is no organization with the slug {slug}")));
    }
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Failure::usage("there is no organization yet; run `lotlined org create`")),
        (Some(_), false) => Err(Failure::usage("there are several organizations; name one with --org SLUG")),
    }
}

/// The same for a question about a phone: who asks without a slug among several is told nothing, and the organizations
/// that have this customer are warned.
async fn organization_with(
    app: &App,
    phone: &PhoneNumber,
    slug: Option<&str>,
) -> Result<OrganizationRow, Failure> {
    match choose_organization::run(app, phone, slug).await {
        Ok(Some(organization)) => Ok(organization),
        Ok(None) => Err(Failure::failed(
            "ambiguous: there are several organizations, and a phone may be a customer of each; name one with --org SLUG",
        )),
        // Says which it is: no such slug, or no organization at all.
        Err(Error::NotFound) => organization_of(app, slug).await,
        Err(error) => Err(error.into()),
    }
}
