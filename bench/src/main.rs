//! `lotline-bench`: every budget of the design, measured on this machine, beside the machine's own limits.
//!
//! The daemon is its own process on the first processor; the load comes from the last. Absolute times move from machine
//! to machine, so judge by processor time per operation and by the ratios to the limits.

mod case;
mod daemon;
mod load;
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
    time::Duration,
};

use clap::Parser;

use pin::Processors;
use report::Section;

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
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the tables of `docs/performance.md`.
    #[arg(long)]
    markdown: bool,
    /// The daemon to measure; by default the one of this build, which is brought up to date first.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Length of one measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

/// What the cases share.
pub(crate) struct Bench {
    program: PathBuf,
    /// Caches, runs and the daemon's log.
    folder: PathBuf,
    /// The sources, for the script that starts PostgreSQL.
    root: PathBuf,
    processors: Processors,
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
        for case in case::ALL {
            println!("{:<12} {}", case.name, case.about);
        }
        return Ok(true);
    }
    let chosen = case::choose(&arguments.cases)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let program = arguments.program.as_ref().map_or_else(build, |named| Ok(named.canonicalize()?))?;
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder)?;
    lotlined::app::install_crypto();
    room_for_streams()?;
    let time = Duration::from_secs(arguments.seconds.max(1));
    let bench = Bench { program, folder, root, processors: Processors::find()?, time };
    if !bench.processors.are_two() {
        eprintln!("only one processor: daemon and load share it, and no figure is the daemon's alone");
    }
    bench.processors.hold_load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut sections = Vec::new();
    for case in chosen {
        eprintln!("{}", case.name);
        let rows = tokio::task::LocalSet::new().block_on(&runtime, (case.run)(&bench));
        let rows = rows.map_err(|error| format!("{}: {error}", case.name))?;
        let section = Section { case: case.name, about: case.about, rows };
        if !arguments.json && !arguments.markdown {
            println!("{}", section.table());
        }
        sections.push(section);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&sections)?);
    }
    if arguments.markdown {
        for section in &sections {
            print!("{}", section.markdown());
        }
    }
    Ok(!sections.iter().any(Section::missed))
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
    let arguments = [
        "build",
        "--quiet",
        "--profile",
        profile,
        "-p",
        "lotlined",
        "--bin",
        "lotlined",
        "--manifest-path",
        manifest,
    ];
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
