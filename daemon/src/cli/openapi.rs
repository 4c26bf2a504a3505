//! `lotlined openapi`: the description of the HTTP API.

use std::io::{self, Write};

use clap::Args;

use super::{Done, failure::Failure};
use crate::http::{openapi, route::documentation, router};

#[derive(Args)]
pub(super) struct Document {
    /// Print one line a route instead: method, path and the least role that may call it.
    #[arg(long)]
    routes: bool,
}

impl Document {
    pub(super) fn run(&self) -> Done {
        let text = if self.routes { routes() } else { documentation::document() };
        io::stdout().write_all(text.as_bytes()).map_err(Failure::failed)
    }
}

fn routes() -> String {
    let routes = openapi::roles(router::document());
    let lines = routes.iter().map(|route| {
        let role = route.role.as_deref().unwrap_or("-");
        format!("{}\t{}\t{role}\n", route.method, route.path)
    });
    lines.collect()
}
