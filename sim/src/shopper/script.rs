//! Scripts from a file: who texts whom, and when. Read from TOML, played against the registered numbers.
//!
//! ```toml
//! patience_ms = 20000
//!
//! [[text]]
//! from = "+13035550101"
//! to = "+13035550199"
//! text = "is the tacoma still there?"
//!
//! [[text]]
//! from = "+13035550101"
//! to = "+13035550199"
//! after_answer = true
//! text = "can I come at 5?"
//! ```
//!
//! Each pair of numbers is a thread of its own; `after_ms` counts from the text before in that thread.

use std::time::Duration;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use crate::{App, Text, clock, twilio};

/// Texts to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// How long `after_answer` waits.
    #[serde(default = "default_patience")]
    pub patience_ms: u64,
    #[serde(rename = "text")]
    pub lines: Vec<ScriptLine>,
}

/// One text of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptLine {
    pub from: String,
    pub to: String,
    pub text: String,
    #[serde(default)]
    pub after_ms: Option<u64>,
    /// Waits for an answer to the text before; not together with `after_ms`.
    #[serde(default)]
    pub after_answer: bool,
    /// `None` = judged by keyword and earlier STOP.
    #[serde(default)]
    pub needs_answer: Option<bool>,
}

const fn default_patience() -> u64 {
    20_000
}

/// Why a script cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("text {0}: after_ms and after_answer exclude each other")]
    TwoTimes(usize),
    #[error("text {0}: {1} is not a phone number, write it as +13035550101")]
    NotAPhone(usize, String),
}

/// How a script went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptReport {
    pub texts: u64,
    /// Texts that were answered with a 2xx.
    pub acknowledged: u64,
    /// Answers waited for in vain.
    pub missing_answers: u64,
}

impl Script {
    /// Reads and checks a script.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text)?;
        for (at, line) in script.lines.iter().enumerate() {
            if line.after_answer && line.after_ms.is_some() {
                return Err(ScriptError::TwoTimes(at + 1));
            }
            if let Some(bad) =
                [&line.from, &line.to].into_iter().find(|n| n.parse::<lotline_common::PhoneNumber>().is_err())
            {
                return Err(ScriptError::NotAPhone(at + 1, bad.clone()));
            }
        }
        Ok(script)
    }

    /// The lines by pair of numbers, each in its order.
    fn threads(&self) -> Vec<Vec<&ScriptLine>> {
        let mut threads: Vec<Vec<&ScriptLine>> = Vec::new();
        for line in &self.lines {
            match threads.iter_mut().find(|thread| thread[0].from == line.from && thread[0].to == line.to) {
                Some(thread) => thread.push(line),
                None => threads.push(vec![line]),
            }
        }
        threads
    }
}

/// Plays a script to its end.
pub(crate) async fn play(app: &App, script: &Script) -> ScriptReport {
    let patience = Duration::from_millis(script.patience_ms);
    let threads = script.threads();
    let reports = join_all(threads.iter().map(|thread| play_thread(app, thread, patience))).await;
    reports.into_iter().fold(ScriptReport::default(), |sum, it| ScriptReport {
        texts: sum.texts + it.texts,
        acknowledged: sum.acknowledged + it.acknowledged,
        missing_answers: sum.missing_answers + it.missing_answers,
    })
}

async fn play_thread(app: &App, thread: &[&ScriptLine], patience: Duration) -> ScriptReport {
    let mut report = ScriptReport::default();
    let mut last = None;
    for line in thread {
        if let Some(since) = last.filter(|_| line.after_answer) {
            let answer = app.book.answer_since(&line.to, &line.from, since);
            report.missing_answers += u64::from(tokio::time::timeout(patience, answer).await.is_err());
        }
        if !app.tasks.pause(Duration::from_millis(line.after_ms.unwrap_or(0))).await {
            return report;
        }
        last = Some(clock::now_us());
        let text = Text { needs_answer: line.needs_answer, ..Text::new(&line.from, &line.to, &line.text) };
        let ack = twilio::text(app, text).await;
        report.texts += 1;
        report.acknowledged += u64::from(ack.is_taken());
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(more: &str) -> String {
        format!("[[text]]\nfrom = \"+13035550101\"\nto = \"+13035550199\"\ntext = \"hi\"\n{more}\n")
    }

    #[test]
    fn a_wrong_script_is_named_before_anything_is_sent() {
        assert!(Script::parse(&line("after_answer = true")).is_ok());
        for (text, expected) in [
            (line("after_answer = true\nafter_ms = 5"), "exclude"),
            (line("afterwards = 1"), "unknown field"),
            (line("").replace("+13035550101", "dana"), "text 1: dana is not a phone number"),
        ] {
            let error = Script::parse(&text).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn threads_keep_their_order() {
        let text = line("") + &line("").replace("0101", "0102") + &line("after_ms = 5");
        let script = Script::parse(&text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(script.threads().iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }
}
