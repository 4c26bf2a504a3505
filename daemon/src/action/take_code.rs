//! A code of somebody's second factor is used up.

use lotline_common::{At, UserId, api::audit::AuditAction};

use super::raise_alert;
use crate::{
    db::Tx,
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
    },
    error::Result,
    keyring::Keyring,
    opaque, store, totp,
};

/// True when it is the code of their app or one of their recovery codes, and nobody used it before.
pub(super) async fn take(
    tx: &mut Tx,
    keyring: &Keyring,
    user: UserId,
    code: &str,
    by: &Actor,
    now: At,
) -> Result<bool> {
    let row = store::totp::find(tx, user).await?;
    let Some(sealed) = row.totp_secret.filter(|_| row.totp_confirmed_at.is_some()) else {
        return Ok(false);
    };
    let secret = keyring.of(tx, OrgKey::INSTALLATION).await?.open(store::totp::place(user), &sealed)?;
    if let Some(step) = totp::step_of(&secret, code, now)? {
        return Ok(store::totp::take_step(tx, user, step).await?);
    }
    let hash = opaque::hash(&opaque::recovery_form(code));
    let taken = store::totp::take_recovery_code(tx, user, hash, now).await?;
    if taken {
        raise_alert::raise(tx, user, "recovery_code_used", now).await?;
        let entry = Entry::new(AuditAction::RecoveryCodeUsed, by.clone()).on(user);
        store::audit::append_everywhere(tx, user, now, &entry).await?;
    }
    Ok(taken)
}
