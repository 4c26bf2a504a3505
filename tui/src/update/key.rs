//! Which hand a key press goes to: a text field, a binding, or nobody.

use super::{act, alarm, ask, audit, compose, edit, find, inbox};
use crate::{
    cmd::Cmd,
    key::{Context, Key},
    keymap::Found,
    model::{Focus, Model, overlay::Overlay},
    widget::input::Input,
};

pub(super) fn press(model: &mut Model, key: Key) -> Vec<Cmd> {
    let context = model.context();
    if context == Context::List && model.inbox.typing.is_some() {
        return inbox::type_filter(model, key);
    }
    // In a field a letter is a letter, whatever it is bound to elsewhere.
    if context.is_typing() && key.typed().is_some() {
        return field(model, key);
    }
    let guarded = match &model.overlay {
        Some(Overlay::Question(question)) => question.guarded(model.now),
        Some(Overlay::Told(told)) => told.guarded(model.now),
        _ => false,
    };
    if guarded {
        return Vec::new();
    }
    model.pressed.push(key);
    match model.keymap.find(context, &model.pressed) {
        Found::Action(action) => {
            model.pressed.clear();
            act::act(model, action)
        }
        Found::Prefix => Vec::new(),
        Found::Nothing => {
            // The second key of a sequence that does not exist does nothing by itself either.
            let alone = model.pressed.len() == 1;
            model.pressed.clear();
            if alone { field(model, key) } else { Vec::new() }
        }
    }
}

/// A key that is bound to nothing here: typing, where there is something to type into.
fn field(model: &mut Model, key: Key) -> Vec<Cmd> {
    match model.context() {
        Context::Compose => {
            if model.may_write() && model.compose.area.input(key.event()) {
                compose::changed(model);
            }
            Vec::new()
        }
        Context::Form if model.overlay.is_none() => {
            if !model.sign_in.busy {
                model.sign_in.input().handle(key);
            }
            Vec::new()
        }
        Context::Form => edit::type_into(model, key),
        Context::Finder => {
            type_into(model, |input| input.handle(key));
            Vec::new()
        }
        Context::Dialog => ask::other_key(model, key),
        _ => Vec::new(),
    }
}

/// The line of input over a list.
fn type_into(model: &mut Model, change: impl FnOnce(&mut Input) -> bool) {
    match model.overlay {
        Some(Overlay::Audit(_)) => audit::type_into(model, change),
        _ => find::type_into(model, change),
    }
}

/// Pasted text is text: it never reaches a binding, whatever it contains.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Cmd> {
    // Terminals paste the end of a line as the Enter key would write it.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    match model.context() {
        Context::List if model.inbox.typing.is_some() => {
            if let Some(input) = &mut model.inbox.typing {
                input.insert(text);
            }
            inbox::filter_changed(model);
        }
        Context::Form if model.overlay.is_none() => model.sign_in.input().insert(text.trim()),
        Context::Form => edit::paste(model, text),
        Context::Finder => type_into(model, |input| {
            input.insert(text);
            true
        }),
        Context::Compose if model.may_write() => {
            model.compose.area.insert_str(lotline_common::plain::plain(text));
            compose::changed(model);
        }
        // Text pasted over the desk goes to the composer, where it is only written, not sent.
        Context::Thread if model.may_write() && model.inbox.selected.is_some() => {
            let cmds = compose::open(model);
            model.compose.area.insert_str(lotline_common::plain::plain(text));
            compose::changed(model);
            return cmds;
        }
        _ => {}
    }
    Vec::new()
}

/// One step back: the composer, the details, the thread, the filter; never out of the program.
pub(super) fn back(model: &mut Model) -> Vec<Cmd> {
    if model.zoomed {
        model.zoomed = false;
    } else if model.details_open || model.focus == Focus::Details {
        model.details_open = false;
        model.focus = Focus::Thread;
    } else if model.focus != Focus::List {
        model.focus = Focus::List;
    } else if !model.inbox.filter().is_empty() {
        model.inbox.set_filter("");
        model.alarms.search = None;
    } else {
        let quit = model.keymap.key(crate::action::Action::Quit);
        model.notices.push(model.now, crate::model::notice::Level::Info, format!("{quit} {quit} quits"));
        model.alarms.save = model.alarms.save.or(Some(alarm::after(model, 0)));
    }
    Vec::new()
}
