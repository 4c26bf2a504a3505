//! A customer was erased: nothing of them stays on this screen or this computer.

use lotline_common::LeadId;

use super::act::tell;
use crate::{
    cmd::Cmd,
    model::{Focus, Model, notice::Level},
};

pub(super) fn forget(model: &mut Model, id: LeadId) -> Vec<Cmd> {
    let open = model.inbox.selected == Some(id);
    model.inbox.remove(id);
    model.threads.remove(&id);
    model.fetching.remove(&id);
    model.compose.failed.take_if(|failed| failed.0 == id);
    model.last_sent.take_if(|lead| *lead == id);
    if let Some(organization) = model.seat.as_ref().map(|seat| seat.organization.id) {
        if let Some(unsent) = model.unsent.get_mut(&organization) {
            unsent.remove(&id);
        }
        model.unsent_changed.insert((organization, id));
    }
    if model.compose.lead == Some(id) {
        model.compose.set("");
        (model.compose.lead, model.compose.draft) = (None, None);
    }
    let mut cmds = vec![Cmd::SaveState];
    if open {
        // Whatever lay over the desk was about them.
        model.overlay = None;
        model.details_open = false;
        model.focus = Focus::List;
        cmds.extend(tell(model, Level::Warn, "This customer was erased"));
    }
    cmds
}
