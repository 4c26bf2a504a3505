//! What can go wrong with a call, told apart by what the caller should do next.

use std::io;

use crate::Problem;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The daemon said no, in the contract's own words.
    #[error("{}", said(.0))]
    Problem(Box<Problem>),
    /// No connection: nothing reached the daemon.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The request went out and no whole answer came: it may or may not have been done.
    #[error("the server did not answer in time; it may or may not have been done")]
    NoAnswer,
    /// An answer that is not the contract's, such as a proxy's error page.
    #[error("the server answered {status} with something that is not Lotline")]
    Unexpected { status: u16 },
    /// There is no sign-in, or it has ended.
    #[error("you are signed out")]
    SignedOut,
    #[error("the sign-in cannot be kept: {0}")]
    Keep(#[source] io::Error),
    #[error("{0:?} is not an http or https address")]
    Address(String),
    #[error("the connection cannot be set up: {0}")]
    Setup(String),
}

fn said(problem: &Problem) -> String {
    match &problem.detail {
        Some(detail) => format!("{}: {detail}", problem.title),
        None => problem.title.clone(),
    }
}

impl Error {
    /// The problem's stable code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => Some(&problem.code),
            _ => None,
        }
    }

    /// True when the call may have been carried out although it failed here.
    pub const fn outcome_unknown(&self) -> bool {
        matches!(self, Self::NoAnswer | Self::Unexpected { status: 500.. })
    }

    /// True when the daemon was not reached or did not answer: the fault is between us and it.
    pub const fn is_transport(&self) -> bool {
        matches!(self, Self::Unreachable | Self::NoAnswer | Self::Unexpected { status: 502..=504 })
    }
}

impl From<reqwest::Error> for Error {
    fn from(cause: reqwest::Error) -> Self {
        if cause.is_connect() || cause.is_builder() { Self::Unreachable } else { Self::NoAnswer }
    }
}
