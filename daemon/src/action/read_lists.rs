//! The carrier's own lists, read for what no webhook told of: texts that came, and what became of messages that left.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::{fetch_missed_texts, follow_messages};
use crate::{
    app::App,
    directory::Line,
    error::{Error, Result},
    port::carrier::ListError,
};

/// Numbers asked for at once.
const AT_ONCE: usize = 4;

/// Looks for every own number of every organization. A carrier that does not answer for one is asked again at the next
/// look, and does not keep the others. `was_here` is false at a start: what came before it no webhook could tell.
pub async fn run(app: &App, was_here: bool) -> Result<()> {
    let lines = app.directory.lines().await?;
    let look_at = async |line: Arc<Line>| {
        if let Err(error) = look(app, &line, was_here).await {
            tracing::warn!(organization = %line.desk.organization, number = %line.number.phone_number, %error,
                "the carrier's list could not be read; it is read again later");
        }
    };
    stream::iter(lines).for_each_concurrent(AT_ONCE, look_at).await;
    Ok(())
}

async fn look(app: &App, line: &Line, was_here: bool) -> Result<()> {
    let Some(account) = line.desk.carrier.as_ref().filter(|_| line.number.sms) else {
        return Ok(());
    };
    let fetched = fetch_missed_texts::look(app, line, account, was_here).await;
    follow_messages::look(app, line, account).await?;
    fetched
}

impl From<ListError> for Error {
    fn from(error: ListError) -> Self {
        Self::internal(error)
    }
}
