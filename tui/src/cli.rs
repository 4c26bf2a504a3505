//! The command line: the console itself, and `login`, `join`, `logout`, `whoami`, `tail`.
//!
//! No secret that lasts is taken from an argument or the environment: both can be read by others. An invite's link is
//! used up by what it is given to.

mod join;

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use lotline_common::{
    api::auth::LogIn,
    client::Client,
    plain::plain,
    stream::{Pace, StreamUpdate, follow},
};

use crate::{
    disk::{self, Profile, SessionFile, State},
    keymap::Keymap,
    model::{Model, sign_in::Line},
    runtime::Runtime,
    terminal::{Looks, Screen},
    update::start,
    widget::input::Input,
};

const SERVER: &str = "http://127.0.0.1:3001";

/// The Lotline console: watch conversations live, take over, text.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// Address of the server; the one of the kept sign-in when absent.
    #[arg(long, env = "LOTLINE_SERVER", global = true)]
    server: Option<String>,
    /// Which kept sign-in, for people who use several.
    #[arg(long, default_value = "default", global = true)]
    profile: String,
    /// A sign-in made by another program, such as the demo.
    #[arg(long, hide = true, global = true)]
    session_file: Option<PathBuf>,
    /// No box drawing, no ticks: plain ASCII.
    #[arg(long, global = true)]
    ascii: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign in and keep it; asks for e-mail and password.
    Login {
        #[arg(long)]
        email: Option<String>,
    },
    /// Accept an invite at the server that its link names, sign in and keep it. Without a link it asks for one.
    Join { link: Option<String> },
    /// End the kept session.
    Logout,
    /// Who is signed in, and where.
    Whoami,
    /// Print events as they happen, for pipes.
    Tail {
        /// One JSON object per line.
        #[arg(long)]
        json: bool,
    },
}

/// Why the program ends with an error.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Client(#[from] lotline_common::client::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Runs the program: 0 done, 1 failed, 2 usage or configuration.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(args));
            // A call on its way may not keep the shell waiting.
            runtime.shutdown_timeout(std::time::Duration::from_millis(200));
            outcome
        }
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of a pipe has gone: nothing is wrong.
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "lotline: {}", plain(&error.to_string())));
            ExitCode::from(if matches!(error, Failure::Usage(_)) { 2 } else { 1 })
        }
    }
}

async fn run(args: Args) -> Result<(), Failure> {
    let profile = Profile::named(&args.profile, args.session_file.clone())?;
    let kept = SessionFile::read(&profile.session)?;
    let server =
        args.server.or_else(|| kept.and_then(|kept| kept.server)).unwrap_or_else(|| SERVER.to_owned());
    let server = server.trim_end_matches('/').to_owned();
    let keep = SessionFile { path: profile.session.clone(), server: server.clone() };
    match args.command {
        None => console(Client::new(&server, keep)?, profile, args.ascii).await,
        Some(Command::Login { email }) => login(&Client::new(&server, keep)?, email).await,
        Some(Command::Join { link }) => join::run(link, profile.session).await,
        Some(Command::Logout) => {
            Client::new(&server, keep)?.log_out().await?;
            say("Signed out")
        }
        Some(Command::Whoami) => whoami(&Client::new(&server, keep)?).await,
        Some(Command::Tail { json }) => tail(Client::new(&server, keep)?, json).await,
    }
}

async fn console(client: Client, profile: Profile, ascii: bool) -> Result<(), Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "the console needs a terminal; `lotline tail` is made for pipes".to_owned(),
        ));
    }
    let state = State::read(&profile.state)?;
    let keymap = match disk::settings_text(&profile.keys)? {
        Some(text) => {
            Keymap::with(&text).map_err(|e| Failure::Usage(format!("{}: {e}", profile.keys.display())))?
        }
        None => Keymap::default(),
    };
    let looks = Looks::probe(ascii, disk::settings_text(&profile.theme)?);
    let theme = looks.theme(state.settings.theme).map_err(Failure::Usage)?;
    let screen = Screen::take()?;
    let (columns, rows) = screen.size()?;
    let mut model = Model::new(crate::runtime::now(), columns, rows);
    (model.unsent, model.settings, model.keymap, model.theme) = (state.unsent, state.settings, keymap, theme);
    model.sign_in.server = Input::new(client.base());
    model.sign_in.line = Line::Email;
    model.compose.salt = uuid::Uuid::now_v7().as_u64_pair().1;
    let first = start(&mut model, client.session());
    Ok(Runtime::new(model, Some(client), profile, looks, screen).run(first).await?)
}

async fn login(client: &Client, email: Option<String>) -> Result<(), Failure> {
    let email = match email {
        Some(email) => email,
        None => ask("E-mail: ")?,
    };
    let password = rpassword::prompt_password("Password: ")?;
    let mut body = LogIn { email, password, totp: None, organization_id: None };
    let session = match client.log_in(&body).await {
        Err(error) if error.code() == Some("totp_required") => {
            body.totp = Some(ask("Code: ")?);
            client.log_in(&body).await?
        }
        other => other?,
    };
    say(&format!("Signed in as {} at {}", session.user.name, session.organization.name))
}

async fn whoami(client: &Client) -> Result<(), Failure> {
    let me = client.me().await?;
    let (user, organization, role) = (me.user, me.organization, me.role);
    say(&format!("{} <{}>, {role} at {}, {}", user.name, user.email, organization.name, client.base()))
}

/// Events as lines until the session ends or the pipe closes.
#[expect(clippy::disallowed_methods, reason = "it ends when its reader here does")]
async fn tail(client: Client, json: bool) -> Result<(), Failure> {
    let (out, mut updates) = tokio::sync::mpsc::channel(256);
    tokio::spawn(follow(client, None, Pace::default(), out));
    while let Some(update) = updates.recv().await {
        match update {
            StreamUpdate::Event(event) if json => {
                say(&serde_json::to_string(&event).map_err(io::Error::other)?)?;
            }
            StreamUpdate::Event(event) => {
                let lead = event.lead_id.map(|id| id.to_string()).unwrap_or_default();
                let said = event.turn.as_ref().map(|turn| turn.text.replace('\n', " ")).unwrap_or_default();
                say(&format!("{} {} {} {lead} {said}", event.seq, event.at, event.kind))?;
            }
            StreamUpdate::Reset { .. } => writeln!(io::stderr(), "lotline: some events were missed")?,
            StreamUpdate::Lost { retry_in } => {
                writeln!(
                    io::stderr(),
                    "lotline: no connection, next attempt in {:.1} s",
                    retry_in.as_secs_f64()
                )?;
            }
            StreamUpdate::SignedOut => return Err(lotline_common::client::Error::SignedOut.into()),
            StreamUpdate::Connecting | StreamUpdate::Open => {}
        }
    }
    Ok(())
}

fn ask(question: &str) -> Result<String, Failure> {
    write!(io::stderr(), "{question}")?;
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{}", plain(line))?)
}
