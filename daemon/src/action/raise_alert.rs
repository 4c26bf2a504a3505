//! Something that an attacker might have done is told in every organization of the person concerned.

use lotline_common::{At, UserId, event::EventKind};

use crate::{
    db::{DbError, Tx},
    store::{self, event::NewEvent},
};

pub(super) async fn raise(tx: &mut Tx, user: UserId, reason: &'static str, at: At) -> Result<(), DbError> {
    let alert = NewEvent::new(EventKind::SecurityAlert).detail(|detail| {
        detail.member_id = Some(user);
        detail.reason = Some(reason.to_owned());
    });
    store::event::append_everywhere(tx, user, at, &alert).await
}
