//! Puts the pieces of SQLite's search indexes together, a little at a time: texts come in meanwhile.

use crate::{
    app::App,
    db::Scope,
    error::{Error, Result},
    limits,
    store::search::{self, Index},
};

pub async fn run(app: &App) -> Result<()> {
    for index in Index::ALL {
        let mut first = true;
        while step(app, index, first).await? {
            first = false;
            tokio::time::sleep(limits::GATHER_PAUSE).await;
        }
    }
    Ok(())
}

async fn step(app: &App, index: Index, first: bool) -> Result<bool> {
    let gathered = app.db.write(Scope::System, move |tx| {
        Box::pin(async move { Ok::<_, Error>(search::gather(tx, index, first, limits::GATHER_PAGES).await?) })
    });
    gathered.await
}
