//! Where a sign-in outlives the process.

use std::{
    any::Any,
    io,
    sync::{Mutex, PoisonError},
};

use crate::api::auth::Session;

/// Keeps one sign-in. Several processes may share it, so a refresh happens under [`Keep::lock`]: a refresh token is
/// good for one use, and using an old one ends the session for everybody.
///
/// The methods may block; the client calls them where blocking is allowed.
pub trait Keep: Send + Sync + 'static {
    /// Waits until no other process refreshes; others wait until the guard is dropped.
    fn lock(&self) -> io::Result<Box<dyn Any + Send>>;
    /// The newest sign-in, whoever wrote it.
    fn load(&self) -> io::Result<Option<Session>>;
    /// Replaces the sign-in, durably and whole; `None` removes it.
    fn save(&self, session: Option<&Session>) -> io::Result<()>;
}

/// Keeps it for the life of the process.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Option<Session>>);

impl Memory {
    pub const fn holding(session: Session) -> Self {
        Self(Mutex::new(Some(session)))
    }
}

impl Keep for Memory {
    fn lock(&self) -> io::Result<Box<dyn Any + Send>> {
        Ok(Box::new(()))
    }

    fn load(&self) -> io::Result<Option<Session>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn save(&self, session: Option<&Session>) -> io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = session.cloned();
        Ok(())
    }
}
