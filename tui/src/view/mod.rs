//! Drawing: the model in, cells out. Changes nothing and reads no clock.

mod audit;
pub mod block;
mod compose;
mod details;
mod enrol;
mod finder;
mod form;
mod frame;
mod hints;
mod lately;
pub mod list;
mod question;
mod sign_in;
mod status;
mod team;
mod thread;
mod told;
mod wrong;

use ratatui::Frame;

use crate::{
    layout::Desk,
    model::{Model, overlay::Overlay},
};

/// One frame of the whole screen.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    if model.seat.is_none() {
        sign_in::draw(model, frame);
        overlay(model, frame);
        return;
    }
    let desk = Desk::of(model);
    status::header(model, frame, desk.header);
    if let Some(banner) = desk.banner {
        status::banner(model, frame, banner);
    }
    match &model.team {
        Some(team) => team::draw(model, team, &desk, frame),
        None => panes(model, &desk, frame),
    }
    hints::footer(model, frame, desk.footer);
    overlay(model, frame);
}

fn panes(model: &Model, desk: &Desk, frame: &mut Frame<'_>) {
    if let Some(pane) = desk.list {
        list::draw(model, desk, frame, pane);
    }
    if let Some(pane) = desk.thread {
        thread::draw(model, desk, frame, pane);
    }
    if let Some(pane) = desk.compose {
        compose::draw(model, desk, frame, pane);
    }
    if let Some(pane) = desk.details {
        details::draw(model, desk, frame, pane);
    }
    if let Some(pane) = desk.lately {
        lately::pane(model, desk, frame, pane);
    }
}

fn overlay(model: &Model, frame: &mut Frame<'_>) {
    match &model.overlay {
        None => {}
        Some(Overlay::Question(question)) => question::draw(model, question, frame),
        Some(Overlay::Form(form)) => form::draw(model, form, frame),
        Some(Overlay::Finder(finder)) => finder::palette(model, finder, frame),
        Some(Overlay::Help(finder)) => finder::help(model, finder, frame),
        Some(Overlay::Told(told)) => told::draw(model, told, frame),
        Some(Overlay::Audit(log)) => audit::draw(model, log, frame),
        Some(Overlay::Notices { top }) => lately::draw(model, *top, frame),
        Some(Overlay::Wrong { top }) => wrong::draw(model, *top, frame),
        Some(Overlay::Settings { line }) => question::settings(model, *line, frame),
    }
}
