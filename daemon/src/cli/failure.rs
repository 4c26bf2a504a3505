//! How a command ends when it does not succeed: a sentence and an exit code that scripts rely on.

use std::process::ExitCode;

use crate::{app::StartError, config::Problems, db::DbError, error::Error};

/// Why a command ended.
#[derive(Debug)]
pub(super) enum Failure {
    /// Exit code 1. Without text, everything has been said already.
    Failed(Option<String>),
    /// Exit code 2: what was asked or the settings are wrong.
    Usage(String),
    /// Exit code 3: another daemon holds the SQLite file.
    Held(String),
    /// Exit code 4: the database is damaged, gone or another one; starting again does not help.
    Damaged(String),
}

impl Failure {
    pub(super) fn failed(cause: impl std::fmt::Display) -> Self {
        Self::Failed(Some(cause.to_string()))
    }

    pub(super) fn usage(cause: impl Into<String>) -> Self {
        Self::Usage(cause.into())
    }

    pub(super) fn report(self) -> ExitCode {
        let (text, code) = match self {
            Self::Failed(text) => (text, 1),
            Self::Usage(text) => (Some(text), 2),
            Self::Held(text) => (Some(text), 3),
            Self::Damaged(text) => (Some(text), 4),
        };
        if let Some(text) = text {
            super::output::complain(&text);
        }
        ExitCode::from(code)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Usage(format!("the settings have problems:\n{problems}"))
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Held(_) => Self::Held(format!("{error}; stop that daemon, or use another database.url")),
            DbError::Damaged(text) => Self::Damaged(text),
            other => Self::failed(other),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { field, message } => Self::Usage(format!("{field} {message}")),
            Error::Conflict { title, .. } | Error::Closed { title, .. } => Self::failed(title),
            other => Self::failed(other),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Database(error) => error.into(),
            StartError::Tls(error) => Self::usage(error.to_string()),
            StartError::Lost(text) => Self::Damaged(text),
            StartError::Other(error) => error.into(),
        }
    }
}
