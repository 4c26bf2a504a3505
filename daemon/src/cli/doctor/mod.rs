//! `lotlined doctor`: everything that a working desk needs, each with a verdict and what to do. Changes nothing.

mod daemon;
mod machine;
mod vendor;
mod work;

use std::{path::Path, time::Duration};

use clap::Args;
use lotline_common::api::alarm::AlarmKind;
use serde::Serialize;

use super::{Done, failure::Failure, logging, output, output::say};
use crate::{
    app::App,
    clock::Clock,
    config::Config,
    db::{Hold, Scope, pending},
    store,
};

/// Nobody waits longer for an answer from outside.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Args)]
pub(super) struct Doctor {
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Finding {
    verdict: Verdict,
    subject: String,
    text: String,
    /// What to do; absent when nothing is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// The report as it grows.
#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    fn ok(&mut self, subject: impl Into<String>, text: impl Into<String>) {
        self.add(Verdict::Ok, subject, text, None);
    }

    fn warn(&mut self, subject: impl Into<String>, text: impl Into<String>, advice: impl Into<String>) {
        self.add(Verdict::Warn, subject, text, Some(advice.into()));
    }

    fn fail(&mut self, subject: impl Into<String>, text: impl Into<String>, advice: impl Into<String>) {
        self.add(Verdict::Fail, subject, text, Some(advice.into()));
    }

    fn add(
        &mut self,
        verdict: Verdict,
        subject: impl Into<String>,
        text: impl Into<String>,
        advice: Option<String>,
    ) {
        self.0.push(Finding { verdict, subject: subject.into(), text: text.into(), advice });
    }
}

impl Doctor {
    pub(super) async fn run(self, file: Option<&Path>) -> Done {
        logging::start_for_command();
        let mut report = Report::default();
        match Config::load(file) {
            Ok(config) => examine(&mut report, config).await?,
            Err(problems) => {
                for problem in problems.0 {
                    report.fail(format!("settings: {}", problem.key), problem.advice, "correct the settings");
                }
            }
        }
        let failed = report.0.iter().any(|finding| finding.verdict == Verdict::Fail);
        if self.json {
            output::json(&report.0)?;
        } else {
            print(&report);
        }
        if failed { Err(Failure::Failed(None)) } else { Ok(()) }
    }
}

fn print(report: &Report) {
    for finding in &report.0 {
        let word = match finding.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        say(format!("{word}  {}: {}", finding.subject, finding.text));
        if let Some(advice) = &finding.advice {
            say(format!("      → {advice}"));
        }
    }
}

async fn examine(report: &mut Report, config: Config) -> Done {
    report.ok("settings", "no problems");
    machine::secret_files(report, &config);
    machine::disk(report, &config);
    machine::backups(report, &config, Clock::system().now());
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(Failure::failed)?;
    vendor::public_url(report, &client, &config).await;
    daemon::readiness(report, &client, &config).await;
    if !database_is_ready(report, &config).await {
        return Ok(());
    }
    let app = match App::open(config, Clock::system(), Hold::Command).await {
        Ok(app) => app,
        Err(error) => {
            report.fail("database", error.to_string(), "correct database.url or start the database");
            return Ok(());
        }
    };
    database(report, &app).await;
    organizations(report, &app, &client).await?;
    work::look(report, &app).await?;
    app.close().await;
    Ok(())
}

/// A doctor changes nothing: a database without our schema is told of and left alone.
async fn database_is_ready(report: &mut Report, config: &Config) -> bool {
    match pending(config.database.address()).await {
        Ok(missing) if missing.is_empty() => true,
        Ok(missing) => {
            let text = format!("{} schema steps are to be done", missing.len());
            report.warn("database", text, "run `lotlined migrate`, or start the daemon, which does it");
            false
        }
        Err(error) => {
            let advice =
                "the first `lotlined serve` makes an SQLite file; a PostgreSQL server must be running";
            report.fail("database", error.to_string(), advice);
            false
        }
    }
}

async fn database(report: &mut Report, app: &App) {
    let written = app.db.write(Scope::System, |tx| Box::pin(store::organization::rewrite_first(tx))).await;
    match written {
        Ok(()) => report.ok("database", format!("{:?}, up to date, writable", app.db.kind())),
        Err(error) => report.fail("database", error.to_string(), "free the disk or correct the file's owner"),
    }
    match app.db.examine(false).await {
        Ok(None) => {}
        Ok(Some(defect)) => report.fail("database", defect, AlarmKind::DatabaseDamaged.advice()),
        Err(error) => report.fail("database", error.to_string(), AlarmKind::DatabaseDamaged.advice()),
    }
    match app.db.read(Scope::System).await {
        Ok(mut tx) => match store::organization::database_time(&mut tx).await {
            Ok(theirs) => machine::clock(report, app.clock.now(), theirs),
            Err(error) => report.fail("clock", error.to_string(), "look at the database"),
        },
        Err(error) => report.fail("clock", error.to_string(), "look at the database"),
    }
}

async fn organizations(report: &mut Report, app: &App, client: &reqwest::Client) -> Done {
    let desks = app.directory.organizations().await?;
    if desks.is_empty() {
        report.warn("organizations", "there is none yet", "run `lotlined org create`");
    }
    let mut tx = app.db.read(Scope::System).await?;
    let carriers = store::carrier_account::all_live(&mut tx).await?;
    let agents = store::agent_profile::all_live(&mut tx).await?;
    drop(tx);
    for desk in desks {
        let sealed = Sealed {
            carrier: carriers.iter().any(|row| row.organization_id == desk.org.number()),
            agent: agents.iter().any(|row| row.organization_id == desk.org.number()),
        };
        vendor::desk(report, client, &app.config, &desk, sealed).await;
    }
    Ok(())
}

/// Which credentials an organization has stored, whether they open or not.
#[derive(Clone, Copy)]
struct Sealed {
    carrier: bool,
    agent: bool,
}
