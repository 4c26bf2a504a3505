//! `update`: what each happening does to the model, and what it wants done. Pure: no I/O and no clock.

mod act;
mod alarm;
mod answer;
mod ask;
mod audit;
mod compose;
mod edit;
mod erased;
mod failure;
mod find;
mod inbox;
mod key;
mod mouse;
mod server;
mod session;
mod team;
mod thread;
mod told;
mod wrong;

use crate::{
    cmd::Cmd,
    model::{Model, notice::Level},
    msg::{Msg, What},
};

pub use alarm::next_deadline;
pub use compose::stash;
pub use session::{begin, start};

/// One happening in, the effects that it asks for out.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Cmd> {
    model.now = msg.at;
    match msg.what {
        What::Key(key) => key::press(model, key),
        What::Paste(text) => key::paste(model, &text),
        What::Click { column, row } => mouse::click(model, column, row),
        What::Wheel { column, row, lines } => mouse::wheel(model, column, row, lines),
        What::Resize { columns, rows } => {
            (model.columns, model.rows) = (columns, rows);
            Vec::new()
        }
        What::Tick => alarm::ring(model),
        What::Stream(update) => server::stream(model, update),
        What::RoundTrip(time) => {
            model.link.round_trip = Some(time);
            Vec::new()
        }
        What::Themed(theme) => {
            model.theme = theme;
            Vec::new()
        }
        What::Trouble(text) => {
            model.notices.push(model.now, Level::Bad, text);
            Vec::new()
        }
        answer => answer::take(model, answer),
    }
}
