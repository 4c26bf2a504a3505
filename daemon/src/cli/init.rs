//! `lotlined init`: asks for what a store needs and writes the settings, a signing secret and a sealing key.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use secrecy::ExposeSecret;

use super::{Done, failure::Failure, output::say, secret};
use crate::{
    config::{Config, DEFAULT_FILE},
    seal,
};

const SECRET_FILE: &str = "lotline.secret";
const KEY_FILE: &str = "lotline.key";

#[derive(Args)]
pub(super) struct Init {
    /// Ask nothing; what is not given has its default.
    #[arg(long)]
    non_interactive: bool,
    /// Where the carrier reaches this daemon, like `https://desk.example.com`.
    #[arg(long)]
    public_url: Option<String>,
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// sqlite:FILE or postgres://…
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Init {
    pub(super) fn run(self, file: Option<&Path>) -> Done {
        let file = file.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_owned);
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        let (signing, key) = (folder.join(SECRET_FILE), folder.join(KEY_FILE));
        for path in [&file, &signing, &key] {
            if path.exists() {
                let told = format!("{} is there already; nothing was written", path.display());
                return Err(Failure::failed(told));
            }
        }
        let answers = self.answers(&folder)?;
        let text = answers.text();
        secret::write(&signing, seal::random_hex().map_err(Failure::failed)?.expose_secret())?;
        secret::write(&key, seal::random_hex().map_err(Failure::failed)?.expose_secret())?;
        secret::write(&file, &text)?;
        say(format!(
            "Wrote {}, {} and {}, readable by you alone.",
            file.display(),
            signing.display(),
            key.display()
        ));
        say("Keep a copy of the key apart from the database: without it the stored credentials do not open.");
        Config::load(Some(&file))?;
        say("Next: lotlined org create --name \"Your Store\" --admin-email you@example.com");
        say("then: lotlined serve");
        Ok(())
    }

    fn answers(self, folder: &Path) -> Result<Answers, Failure> {
        let ask_for = !self.non_interactive && std::io::stdin().is_terminal();
        let answer = |given: Option<String>, question: &str, default: &str| match given {
            Some(given) => Ok(given),
            None if ask_for => ask(question, default),
            None => Ok(default.to_owned()),
        };
        let beside = std::path::absolute(folder.join("lotline.db")).map_err(Failure::failed)?;
        let database = format!("sqlite:{}", beside.display());
        Ok(Answers {
            public_url: answer(
                self.public_url,
                "Public URL where the carrier reaches this desk, like https://desk.example.com (empty: it cannot)",
                "",
            )?,
            listen: answer(self.listen, "Address to listen on", "127.0.0.1:3001")?,
            database: answer(self.database, "Database", &database)?,
        })
    }
}

struct Answers {
    public_url: String,
    listen: String,
    database: String,
}

impl Answers {
    fn text(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let public = if self.public_url.is_empty() {
            "# The base of every webhook URL; until it is set texts are read from the carrier's list.\n\
             # public_url = \"https://desk.example.com\""
                .to_owned()
        } else {
            format!("public_url = {}", quoted(&self.public_url))
        };
        format!(
            "# Settings of lotlined. `lotlined check-config` shows all of them with their defaults.\n\n\
             [server]\nlisten = {}\n{public}\n\n[database]\nurl = {}\n\n\
             [auth]\nsecret_file = \"{SECRET_FILE}\"\n\n[secrets]\nkey_file = \"{KEY_FILE}\"\n",
            quoted(&self.listen),
            quoted(&self.database),
        )
    }
}

fn ask(question: &str, default: &str) -> Result<String, Failure> {
    let hint = if default.is_empty() { String::new() } else { format!(" [{default}]") };
    write!(std::io::stdout(), "{question}{hint}: ").map_err(Failure::failed)?;
    std::io::stdout().flush().map_err(Failure::failed)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::failed)?;
    let line = line.trim();
    Ok(if line.is_empty() { default } else { line }.to_owned())
}
