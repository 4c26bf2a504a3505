//! Durable work: the payload is the variant, stored as JSON in the transaction of the facts that caused it.

use lotline_common::TurnId;
use serde::{Deserialize, Serialize};

/// Work to do later. The lead it concerns stands in the job's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Answer what a customer wrote, after the burst window.
    ReplyWithAgent,
    /// Hand a queued message to the carrier.
    DeliverMessage { turn: TurnId },
    /// Find out what became of a message whose outcome is unknown.
    ReconcileMessage { turn: TurnId },
    /// Give the floor back to the AI if it is still under this fence.
    HandBackFloor { fence: i64 },
    /// Nobody accepted a handoff in time: say so.
    ExpireHandoff { fence: i64 },
    /// The lead was erased: remove what the carrier told of its messages.
    ForgetReceipts,
    /// Written by a newer version: given up here, and tried again there.
    #[serde(other)]
    Unreadable,
}

impl Job {
    /// The payload of a row.
    pub fn read(payload: &str) -> Self {
        serde_json::from_str(payload).unwrap_or(Self::Unreadable)
    }

    /// The row's `kind`: one of a kind runs at a time per lead.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ReplyWithAgent => "reply_with_agent",
            Self::DeliverMessage { .. } => "deliver_message",
            Self::ReconcileMessage { .. } => "reconcile_message",
            Self::HandBackFloor { .. } => "hand_back_floor",
            Self::ExpireHandoff { .. } => "expire_handoff",
            Self::ForgetReceipts => "forget_receipts",
            Self::Unreadable => "unreadable",
        }
    }

    /// Customers who wait come before everything else.
    pub const fn priority(&self) -> i64 {
        match self {
            Self::DeliverMessage { .. } => 2,
            Self::ReplyWithAgent => 1,
            _ => 0,
        }
    }
}
