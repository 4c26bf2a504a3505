//! The chain: how a line is bound to the one before, how the whole is checked, and how its old end is cut off.

use aws_lc_rs::digest;
use lotline_common::At;

use super::Line;
use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

/// The hash before the first line.
const GENESIS: [u8; 32] = [0; 32];
/// Lines read at once.
const PAGE: i64 = 1_000;

/// SHA-256 over the hash before and the line as a JSON array; strings are quoted there, so no two lines read the same.
pub(super) fn hash(org: OrgKey, before: Option<&[u8]>, line: &Line) -> Result<Vec<u8>, DbError> {
    let canonical = serde_json::to_vec(&(
        org.number(),
        (line.seq, line.at.micros(), &line.action),
        (&line.actor_kind, line.actor_id, &line.subject_kind, line.subject_id),
        (&line.address, &line.user_agent, &line.detail),
    ))
    .map_err(|error| DbError::Statement(error.to_string()))?;
    let mut bound = digest::Context::new(&digest::SHA256);
    bound.update(before.unwrap_or(&GENESIS));
    bound.update(&canonical);
    Ok(bound.finish().as_ref().to_vec())
}

/// Where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    #[error("line {0} is missing")]
    Missing(i64),
    #[error("line {0} was changed, or what stood before it")]
    Changed(i64),
    #[error("the last line is {found}, but {noted} were written: the end was removed")]
    Truncated { found: i64, noted: i64 },
    #[error("line {0} was added behind the end")]
    Added(i64),
    #[error("the hash of the last line is not the one that was noted")]
    OtherEnd,
}

/// A chain without a break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub lines: i64,
    /// Lines up to this one were cut off; 0: none.
    pub cut: i64,
    pub head: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Chained {
    #[sqlx(flatten)]
    line: Line,
    hash: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Ends {
    last: i64,
    hash: Option<Vec<u8>>,
    cut: i64,
    cut_hash: Option<Vec<u8>>,
}

/// The chain of one organization, being walked.
pub struct Chain {
    org: OrgKey,
    ends: Ends,
    seq: i64,
    hash: Option<Vec<u8>>,
    lines: i64,
}

impl Chain {
    pub async fn begin(tx: &mut Tx, org: OrgKey) -> Result<Self, DbError> {
        tx.guard(org)?;
        let ends: Ends = tx
            .query(
                "SELECT audit_seq AS last, audit_hash AS hash, audit_cut_seq AS cut, audit_cut_hash AS cut_hash
                 FROM organizations WHERE id = $1",
            )
            .bind(org.number())
            .one()
            .await?;
        Ok(Self { org, seq: ends.cut, hash: ends.cut_hash.clone(), ends, lines: 0 })
    }

    /// Walks from the cut to the end, in the snapshot of `tx`. The first break ends it.
    pub async fn walk(mut self, tx: &mut Tx) -> Result<Result<Checked, Break>, DbError> {
        loop {
            let page: Vec<Chained> = tx
                .query(
                    "SELECT seq, at, action, actor_kind, actor_id, subject_kind, subject_id, address, user_agent,
                         detail, hash
                     FROM audit_log WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                )
                .bind(self.org.number())
                .bind(self.seq)
                .bind(PAGE)
                .all()
                .await?;
            if page.is_empty() {
                return Ok(self.end());
            }
            for row in page {
                if let Err(found) = self.step(&row)? {
                    return Ok(Err(found));
                }
            }
        }
    }

    fn step(&mut self, row: &Chained) -> Result<Result<(), Break>, DbError> {
        let seq = row.line.seq;
        if seq > self.ends.last {
            return Ok(Err(Break::Added(seq)));
        }
        if seq != self.seq + 1 {
            return Ok(Err(Break::Missing(self.seq + 1)));
        }
        if hash(self.org, self.hash.as_deref(), &row.line)? != row.hash {
            return Ok(Err(Break::Changed(seq)));
        }
        (self.seq, self.hash) = (seq, Some(row.hash.clone()));
        self.lines += 1;
        Ok(Ok(()))
    }

    fn end(self) -> Result<Checked, Break> {
        if self.seq != self.ends.last {
            return Err(Break::Truncated { found: self.seq, noted: self.ends.last });
        }
        if self.hash != self.ends.hash {
            return Err(Break::OtherEnd);
        }
        let head = self.hash.unwrap_or_else(|| GENESIS.to_vec());
        Ok(Checked { lines: self.lines, cut: self.ends.cut, head })
    }
}

/// Removes up to `limit` of the oldest lines from before `before`; how many. Where the log was cut is noted first, so
/// that what is left can still be checked. The last line always stays.
pub async fn cut(tx: &mut Tx, org: OrgKey, before: At, limit: i64) -> Result<i64, DbError> {
    tx.guard(org)?;
    let end: Option<(i64, Vec<u8>)> = tx
        .query(
            "SELECT a.seq, a.hash FROM audit_log a JOIN organizations o ON o.id = a.organization_id
             WHERE a.organization_id = $1 AND a.seq < o.audit_seq AND a.seq <= o.audit_cut_seq + $3
                 AND a.seq < COALESCE((SELECT kept.seq FROM audit_log kept
                     WHERE kept.organization_id = $1 AND kept.at >= $2 ORDER BY kept.seq LIMIT 1), o.audit_seq)
             ORDER BY a.seq DESC LIMIT 1",
        )
        .bind(org.number())
        .bind(before)
        .bind(limit)
        .optional()
        .await?;
    let Some((seq, hash)) = end else { return Ok(0) };
    tx.query("UPDATE organizations SET audit_cut_seq = $2, audit_cut_hash = $3 WHERE id = $1")
        .bind(org.number())
        .bind(seq)
        .bind(hash)
        .execute()
        .await?;
    let removed = tx
        .query("DELETE FROM audit_log WHERE organization_id = $1 AND seq <= $2")
        .bind(org.number())
        .bind(seq)
        .execute()
        .await?;
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}
