//! What is wrong with the desk, as the daemon says it.

use lotline_common::api::alarm::{Alarm, AlarmKind};

/// The kind in words for a person.
pub fn name(kind: AlarmKind) -> String {
    kind.as_str().replace('_', " ")
}

/// The header's words: the alarm if there is one, else how many there are.
pub fn summary(alarms: &[Alarm]) -> Option<String> {
    match alarms {
        [] => None,
        [only] => Some(format!("ALARM {}", name(only.kind))),
        several => Some(format!("{} ALARMS", several.len())),
    }
}
