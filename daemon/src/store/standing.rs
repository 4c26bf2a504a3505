//! Who may still listen: sessions, accounts and memberships of open streams, asked for all streams at once.

use lotline_common::{At, SessionId, UserId};

use crate::{
    db::{DbError, Json, Tx},
    domain::organization::OrgKey,
};

/// Who listens, as far as the right to listen goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Listening {
    pub org: OrgKey,
    pub user: UserId,
    pub session: SessionId,
}

/// Those of `listening` whose session was revoked or is over, or whose account or membership is disabled.
pub async fn ended(tx: &mut Tx, listening: &[Listening], now: At) -> Result<Vec<Listening>, DbError> {
    let asked: Vec<(usize, i64, String, String)> = listening
        .iter()
        .enumerate()
        .map(|(ix, who)| {
            let (session, user) = (who.session.uuid(), who.user.uuid());
            (ix, who.org.number(), session.simple().to_string(), user.simple().to_string())
        })
        .collect();
    let sql = tx.pick(
        "SELECT CAST(j.value ->> 0 AS INTEGER) FROM json_each($1) j WHERE NOT EXISTS (
             SELECT 1 FROM sessions s
             JOIN users u ON u.id = s.user_id
             JOIN memberships m ON m.user_id = u.id AND m.organization_id = j.value ->> 1
             WHERE s.id = unhex(j.value ->> 2) AND s.user_id = unhex(j.value ->> 3)
               AND s.revoked_at IS NULL AND s.expires_at > $2
               AND u.disabled_at IS NULL AND m.disabled_at IS NULL)",
        "SELECT (j.value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) j WHERE NOT EXISTS (
             SELECT 1 FROM sessions s
             JOIN users u ON u.id = s.user_id
             JOIN memberships m ON m.user_id = u.id AND m.organization_id = (j.value ->> 1)::bigint
             WHERE s.id = (j.value ->> 2)::uuid AND s.user_id = (j.value ->> 3)::uuid
               AND s.revoked_at IS NULL AND s.expires_at > $2
               AND u.disabled_at IS NULL AND m.disabled_at IS NULL)",
    );
    let gone: Vec<(i64,)> = tx.query(sql).bind(Json(asked)).bind(now).all().await?;
    Ok(gone.into_iter().filter_map(|(ix,)| listening.get(usize::try_from(ix).ok()?).copied()).collect())
}
