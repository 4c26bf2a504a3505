//! What is told once: copied, and closed by its own keys alone.

use lotline_common::secret::Secret;

use crate::{
    cmd::Cmd,
    model::{Model, overlay::Overlay, told::Told},
};

pub(super) fn show(model: &mut Model, title: &'static str, say: String, lines: Vec<String>) {
    let lines = lines.into_iter().map(Secret::from).collect();
    model.overlay = Some(Overlay::Told(Told { opened: model.now, title, say, lines, copied: false }));
}

pub(super) fn copy(model: &mut Model) -> Vec<Cmd> {
    let Some(Overlay::Told(told)) = &mut model.overlay else { return Vec::new() };
    told.copied = true;
    let lines: Vec<&str> = told.lines.iter().map(Secret::expose).collect();
    vec![Cmd::Copy(lines.join("\n"))]
}

pub(super) fn close(model: &mut Model) -> Vec<Cmd> {
    model.overlay = None;
    // Who had to set up a second factor is let in now, with a session that says so.
    match model.enrolling.take() {
        Some(organization) => {
            model.sign_in.busy = true;
            vec![Cmd::Switch(organization)]
        }
        None => Vec::new(),
    }
}
