//! `lotline-bench`: every budget of the design, measured on this machine, beside the machine's own limits.
//!
//! The daemon is its own process on the first processor; the load comes from the last. Absolute times move from machine
//! to machine, so judge by processor time per operation and by the ratios to the limits.

mod case;
mod daemon;
mod database;
mod load;
mod machine;
mod measure;
mod pin;
mod report;
mod seed;
mod shop;
mod verify;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};

use tokio::runtime::Runtime;

use case::Case;
use machine::Limits;
use pin::Processors;
use report::Section;
use seed::Stores;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

/// Measures the budgets.
#[derive(Parser)]
#[command(name = "lotline-bench", version)]
struct Arguments {
    /// Cases to run; all of them when none is named.
    cases: Vec<String>,
    /// Name the cases and end.
    #[arg(long)]
    list: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Put the tables into docs/performance.md. Every case must be run for that.
    #[arg(long, conflicts_with = "cases")]
    update_docs: bool,
    /// What the daemon keeps its data in.
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
    /// The daemon to measure; by default the one of this build, which is brought up to date first.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Length of one measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Engine {
    #[default]
    Sqlite,
    /// A server of its own on the same processors.
    Postgres,
}

/// What the cases share.
pub(crate) struct Bench {
    program: PathBuf,
    /// Caches, runs and the daemon's log.
    folder: PathBuf,
    /// The sources, for the script that starts PostgreSQL.
    root: PathBuf,
    processors: Processors,
    stores: Stores,
    limits: Limits,
    time: Duration,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("lotline-bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// False when a budget was missed.
fn run(arguments: Arguments) -> Result<bool> {
    if arguments.list {
        for case in case::ALL.iter().chain([&case::PEER]) {
            println!("{:<10} {}", case.name, case.about);
        }
        return Ok(true);
    }
    let (begun, chosen) = (Instant::now(), case::choose(&arguments.cases)?);
    lotlined::app::install_crypto();
    room_for_streams()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bench = runtime.block_on(prepare(&arguments))?;
    let mut sections = vec![bench.limits.section()];
    for case in chosen {
        eprintln!("{}", case.name);
        let section = measure(&bench, case, &runtime).map_err(|error| format!("{}: {error}", case.name))?;
        if !arguments.json {
            println!("{}", section.table());
        }
        sections.push(section);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&sections)?);
    }
    if arguments.update_docs {
        let run =
            format!("On {}; the whole run took {} s.", bench.processors.name()?, begun.elapsed().as_secs());
        report::write(&bench.root.join("docs/performance.md"), &run, &sections)?;
    }
    Ok(!sections.iter().any(Section::missed))
}

async fn prepare(arguments: &Arguments) -> Result<Bench> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let program = arguments.program.as_ref().map_or_else(build, |named| Ok(named.canonicalize()?))?;
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder)?;
    let processors = Processors::find()?;
    if !processors.are_two() {
        eprintln!("only one processor: daemon and load share it, and no figure is the daemon's alone");
    }
    processors.hold_load()?;
    // What the build left to be written goes first.
    rustix::fs::sync();
    let limits = Limits::measure(&folder, &processors).await?;
    let stores = match arguments.engine {
        Engine::Sqlite => Stores::on_sqlite(&folder),
        Engine::Postgres => Stores::on_postgres(&root, &processors)?,
    };
    let time = Duration::from_secs(arguments.seconds.max(1));
    Ok(Bench { program, folder, root, processors, stores, limits, time })
}

fn measure(bench: &Bench, case: &Case, runtime: &Runtime) -> Result<Section> {
    let rows = tokio::task::LocalSet::new().block_on(runtime, (case.run)(bench))?;
    Ok(Section { case: case.name, about: case.about, rows })
}

/// Builds the daemon in the profile of this program, whose folder it ends in.
fn build() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("this program is in no folder")?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    // No package is named: another choice of features would build every crate anew.
    let arguments =
        ["build", "--quiet", "--profile", profile, "--bin", "lotlined", "--manifest-path", manifest];
    let built = Command::new(cargo).args(arguments).status()?;
    if !built.success() {
        return Err("the daemon did not build".into());
    }
    Ok(folder.join("lotlined"))
}

/// Ten thousand streams are as many descriptors, here and in the daemon, which inherits the limit.
fn room_for_streams() -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}
