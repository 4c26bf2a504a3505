//! Puts the pieces of SQLite's search indexes together, a little at a time: texts come in meanwhile.

use std::time::Duration;

use crate::{
    app::App,
    db::Scope,
    error::{Error, Result},
    store::search::{self, Index},
};

/// About `pages` of an index at a time, and a `pause` after each.
pub async fn run(app: &App, pages: i64, pause: Duration) -> Result<()> {
    for index in Index::ALL {
        let mut first = true;
        while step(app, index, first, pages).await? {
            first = false;
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
}

async fn step(app: &App, index: Index, first: bool, pages: i64) -> Result<bool> {
    let gathered = app.db.write(Scope::System, move |tx| {
        Box::pin(async move { Ok::<_, Error>(search::gather(tx, index, first, pages).await?) })
    });
    gathered.await
}
