//! Alarms: conditions that last until somebody or something mends them.

use serde::{Deserialize, Serialize};

use crate::At;

text_enum! {
    /// What is wrong. Each is raised once and cleared once.
    pub enum AlarmKind {
        /// The carrier refuses the organization's credentials: nothing is sent until they are mended.
        CarrierCredentials = "carrier_credentials",
        /// The carrier does not answer, or answers with errors.
        CarrierUnreachable = "carrier_unreachable",
        /// The AI does not answer: customers are handed to people.
        AgentUnreachable = "agent_unreachable",
        /// A number that is usually busy has received nothing for a long time.
        NumberSilent = "number_silent",
        /// Texts arrive only by the carrier's list, though webhooks are set up.
        WebhooksMissing = "webhooks_missing",
        /// Work was given up after its last attempt.
        JobsGivenUp = "jobs_given_up",
        /// There is no room for the database: it is read-only until there is.
        DiskFull = "disk_full",
        BackupFailed = "backup_failed",
        BackupOld = "backup_old",
        DatabaseDamaged = "database_damaged",
        /// The write-ahead log grows because a reader holds it.
        WalLarge = "wal_large",
        /// The database file was removed or replaced while it was in use.
        DatabaseReplaced = "database_replaced",
        ClockJumped = "clock_jumped",
        /// The machine's clock is far from the carrier's.
        ClockWrong = "clock_wrong",
    }
}

impl AlarmKind {
    /// What to do, in a sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::CarrierCredentials => {
                "Enter the account's current token with `lotlined carrier set`; what waits then leaves."
            }
            Self::CarrierUnreachable => {
                "Look at the carrier's status page and this machine's network; sending goes on by itself."
            }
            Self::AgentUnreachable => "Answer customers yourself and check the AI's key and status page.",
            Self::NumberSilent => {
                "Text the number from your own phone; if nothing arrives, look at it in the carrier's console."
            }
            Self::WebhooksMissing => {
                "Set the number's webhook address at the carrier as `lotlined doctor` prints it."
            }
            Self::JobsGivenUp => "Look through the list of given-up work and try again or let it go.",
            Self::DiskFull => {
                "Make room on the disk of the database; writing goes on by itself within seconds."
            }
            Self::BackupFailed => {
                "Read why in the log, and see that the backup directory is there and has room."
            }
            Self::BackupOld => {
                "See that backups are switched on and that the daemon runs; or make one with `lotlined backup`."
            }
            Self::DatabaseDamaged => {
                "Stop the daemon, keep the file, and restore the newest backup with `lotlined restore`."
            }
            Self::WalLarge => {
                "Close programs that hold the database file open, such as a shell with an unfinished SELECT."
            }
            Self::DatabaseReplaced => {
                "Stop whatever replaced the file, put the right one back and start the daemon."
            }
            Self::ClockJumped | Self::ClockWrong => "Set up time synchronization (NTP) on this machine.",
        }
    }
}

/// One open alarm: `GET /api/v1/alarms` items, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alarm {
    pub kind: AlarmKind,
    /// What it is about, if not everything: an own number, a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    pub since: At,
    /// What to do.
    pub advice: String,
}

impl Alarm {
    pub fn new(kind: AlarmKind, subject: Option<String>, since: At) -> Self {
        Self { kind, subject, since, advice: kind.advice().to_owned() }
    }
}
