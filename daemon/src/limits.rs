//! Every bound of the daemon in one place: queues, bodies, batches, waits. What a rule or a field may hold stands with it.

use std::time::Duration;

use crate::domain::attempt::Tries;

/// How often somebody may ask: requests a second, and how many of them at once after a rest.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub per_second: u32,
    pub at_once: u32,
}

const fn rate(per_second: u32) -> Rate {
    Rate { per_second, at_once: 10 * per_second }
}

/// A bound as `/metrics` shows it.
pub(crate) trait Bound: Copy {
    /// A count, bytes, seconds, or what is let through a second or in a row.
    fn shown(self) -> f64;
}

macro_rules! bounds {
    ($($(#[$meta:meta])* pub const $name:ident: $type:ty = $value:expr;)+) => {
        $($(#[$meta])* pub const $name: $type = $value;)+

        /// Every bound of this page with its name.
        pub(crate) fn all() -> Vec<(&'static str, f64)> {
            vec![$((stringify!($name), $name.shown()),)+]
        }
    };
}

bounds! {
/// Writes waiting for SQLite's one writer; who finds it full waits for a place, and is told 503 after [`DB_WAIT`].
pub const WRITE_QUEUE: usize = 1024;
/// Writes that share one commit.
pub const WRITE_BATCH: usize = 256;
/// Commits between two looks at the length of SQLite's log, and its pages that are worth a checkpoint: while they go
/// to the disk, whoever commits waits with them.
pub const CHECKPOINT_LOOK: usize = 8;
pub const CHECKPOINT_PAGES: i64 = 120;
/// Pages of a log that should begin anew, for which the writer stands still a moment.
pub const CHECKPOINT_LONG_PAGES: i64 = 3000;
/// Pages after which the writer makes one itself, because the connection beside it cannot keep up: half of what the log may keep on
/// the disk.
pub const CHECKPOINT_LATE_PAGES: u32 = 8000;
/// How often the writer steps back for clients it has just answered.
pub const WRITE_YIELDS: usize = 3;
/// Inbound texts waiting to be written; beyond that the carrier is told 503.
pub const INGEST_QUEUE: usize = 1024;
/// Readers of one SQLite file.
pub const SQLITE_READERS: usize = 4;
/// Those that stay open when nobody reads.
pub const SQLITE_READERS_KEPT: usize = 2;
pub const POSTGRES_CONNECTIONS: u32 = 16;
/// Bounds of every transaction; the server ends what goes beyond. A lock may take as long as a connection, a statement
/// longer, so that the lock is what the error names.
pub const POSTGRES_STATEMENT: Duration = Duration::from_secs(8);
pub const POSTGRES_LOCK: Duration = DB_WAIT;
pub const POSTGRES_IDLE: Duration = Duration::from_secs(10);
/// How often a request is done again when another was in its way.
pub const CONTENDED_TRIES: u32 = 2;
/// A connection that lay idle for longer is tried before it is used.
pub const POSTGRES_TRUST: Duration = Duration::from_secs(1);
/// Longest wait for a database connection, and then for a lock: twenty calls at once about one customer take turns,
/// and on a busy machine the last of them waits for seconds. A carrier waits fifteen.
pub const DB_WAIT: Duration = Duration::from_secs(5);
/// Longest wait for the answer to one statement: the server gives up earlier, unless it has vanished.
pub const DB_ANSWER: Duration = Duration::from_secs(10);
/// Commits of this time share one notice to the other daemons.
pub const NOTICE_PAUSE: Duration = Duration::from_millis(10);
/// Pause before notices of others are listened for again.
pub const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// Organizations named in one notice; more are found by the look at the table. A notice holds 8,000 bytes.
pub const NOTICE_ORGANIZATIONS: usize = 200;
/// The other daemons are told who used more than one part in so many of a limit within a beat.
pub const USAGE_TOLD: usize = 10;
/// Organizations in one notice that used much; their limits may be overshot when there are more.
pub const NOTICE_USAGE: usize = 40;

/// The carrier's list is read this often for what no webhook told of.
pub const LIST_EVERY: Duration = Duration::from_mins(5);
/// And this often where no webhook can reach the desk; a customer waits that much longer.
pub const POLL_EVERY: Duration = Duration::from_secs(10);
pub const POLL_EVERY_MOST: Duration = Duration::from_mins(1);
/// A message whose callbacks stay away this long is looked for in the list.
pub const CALLBACK_PATIENCE: Duration = Duration::from_mins(10);
/// Some phones never confirm: after this a message's last known state stands.
pub const MESSAGES_FOLLOWED: Duration = Duration::from_hours(24);
/// Messages of one number that are followed at a time, and pages of a thousand that are read for them.
pub const MESSAGES_AT_ONCE: i64 = 1_000;
pub const MESSAGE_PAGES: usize = 5;

/// Largest body of a request.
pub const REQUEST_BODY: usize = 256 * 1024;
/// Deepest nesting of a JSON body.
pub const JSON_DEPTH: usize = 32;
/// A client has this long for its TLS handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// A client has this long to send its request head, and then its body.
pub const HEAD_TIME: Duration = Duration::from_secs(5);
pub const BODY_TIME: Duration = Duration::from_secs(10);
/// The rest of a body whose request is answered already has this long to arrive.
pub const UNREAD_TIME: Duration = Duration::from_secs(2);
/// A connection that is told to finish and has not said a word yet has this long for its first one.
pub const FIRST_WORD: Duration = Duration::from_secs(1);
/// A connection may rest this long between two requests.
pub const IDLE_TIME: Duration = Duration::from_secs(75);
/// Largest request head; its lines are counted by the HTTP library, 100 at most.
pub const HEAD_BYTES: usize = 16 * 1024;
/// Bytes that one connection keeps for a reader slower than the answer.
pub const CONNECTION_BUFFER: usize = 64 * 1024;
pub const CONNECTIONS: usize = 16 * 1024;
/// Pause after an accept that failed for want of descriptors or memory.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Longest wait of a readiness check.
pub const READY_TIME: Duration = Duration::from_secs(1);

/// Events of one organization kept in memory for its streams; a reader further behind is closed and resumes.
pub const RING: usize = 1024;
/// Events joined into one write to a stream.
pub const FRAMES_AT_ONCE: usize = 32;
/// Events a stream replays from the table; further back it is told to start over.
pub const REPLAY: i64 = 10_000;
/// So many numbers of events are left out when a backup is restored: those that were given since the backup were told to
/// readers, and whoever comes with one of them is more than a replay behind.
pub const NUMBERS_LEFT_OUT: i64 = 10_000_000;
/// Rows of one read while a stream replays.
pub const REPLAY_PAGE: i64 = 128;
/// Streams that read the table at once; the others wait their turn.
pub const REPLAYS_AT_ONCE: usize = 4;
/// The streams' pulse: pings, sessions and other processes' events are looked after once a beat.
pub const BEAT: Duration = Duration::from_secs(1);
/// Beats between two pings of a stream: 10 s.
pub const PING_BEATS: u64 = 10;
/// A missing event may still be told by its own commit; after this it is read from the table.
pub const GAP_GRACE: Duration = Duration::from_millis(5);
/// At a stop a stream has this long to take its end; a reader that is stuck keeps nobody waiting.
pub const STREAM_END: Duration = Duration::from_secs(1);
pub const STREAM_END_LOOK: Duration = Duration::from_millis(10);
pub const STREAMS_PER_SESSION: usize = 5;
pub const STREAMS_PER_ORGANIZATION: usize = 2_000;
/// Streams at another daemon count for so many beats after its last word.
pub const STREAMS_TOLD_BEATS: u64 = 3;

pub const READS_OF_MEMBER: Rate = rate(200);
pub const READS_OF_ORGANIZATION: Rate = rate(2_000);
/// A store's people share one address.
pub const READS_OF_ADDRESS: Rate = rate(2_000);
pub const WRITES_OF_MEMBER: Rate = rate(50);
pub const WRITES_OF_ORGANIZATION: Rate = rate(500);
pub const WRITES_OF_ADDRESS: Rate = rate(500);
/// Wrong passwords are counted besides, and far more strictly.
pub const SIGN_INS_OF_ADDRESS: Rate = rate(10);
/// Tries to prove that one is somebody, from one network: so many in a row, then one in that time.
pub const TRIES_OF_ACCOUNT_AND_NETWORK: Tries = Tries { in_a_row: 10, every: Duration::from_secs(30) };
/// A store's people may share one network.
pub const TRIES_OF_NETWORK: Tries = Tries { in_a_row: 50, every: Duration::from_secs(5) };
/// From all networks together: loose, so that who guesses from a few does not shut the owner out.
pub const TRIES_OF_ACCOUNT: Tries = Tries { in_a_row: 100, every: Duration::from_secs(10) };
/// Texts to one own number; beyond that the carrier is told 503.
pub const TEXTS_OF_NUMBER: Rate = rate(1_000);
/// Who has not asked for a while is forgotten this often.
pub const RATES_UPKEEP: Duration = Duration::from_secs(60);
/// Certificate files are looked at this often.
pub const CERTIFICATE_LOOK: Duration = Duration::from_secs(60);

/// A session's standing may be this old when a request relies on it.
pub const SESSION_TRUST: Duration = Duration::from_secs(3);
/// A session that nobody asked about for this long is forgotten.
pub const SESSION_FORGOTTEN: Duration = Duration::from_mins(1);
/// While the database is away, what was known this long ago still counts for a stream that is already open.
pub const SESSION_GRACE: Duration = Duration::from_secs(5);
/// Sessions refreshed by one query.
pub const SESSIONS_AT_ONCE: usize = 2_000;
/// Own numbers and accounts may be this old.
pub const DIRECTORY_TRUST: Duration = Duration::from_secs(2);
/// A refused webhook makes it be read again when it is older than this: forged ones must not do so each.
pub const DIRECTORY_DOUBT: Duration = Duration::from_millis(100);

/// An invite holds for so many days, unless it is made for fewer or more.
pub const INVITE_DAYS: u32 = 7;
pub const INVITE_DAYS_MOST: u32 = 30;
/// Open invites and live API keys of one organization: their lists are one page.
pub const OPEN_INVITES: usize = 200;
pub const API_KEYS: usize = 100;
pub const API_KEY_DAYS: u32 = 90;
pub const API_KEY_DAYS_MOST: u32 = 366;
/// How often the use of an API key is written down.
pub const KEY_USE_NOTED: Duration = Duration::from_secs(3600);

pub const PAGE_DEFAULT: u32 = 50;
pub const PAGE_MAX: u32 = 200;

/// Somebody who reads the same thing again within this time is told of once.
pub const READING_WINDOW: Duration = Duration::from_hours(1);
/// Readings remembered by one daemon.
pub const READINGS: usize = 50_000;
/// A search looks at the newest of what it finds, so many by name and so many by what was said: it costs the same in a
/// large store.
pub const SEARCH_FOUND: i64 = 400;
/// What is said or entered can be found this much later.
pub const SEARCH_LAG: Duration = Duration::from_secs(1);
/// Events that are made searchable in one transaction: on SQLite a text that comes in waits for it.
pub const SEARCH_BATCH: i64 = 128;
/// How often the pieces of SQLite's search indexes are put together, the first time so long after a start; pages of one step,
/// for which a text that comes in waits some milliseconds; and the pause after it.
pub const GATHER_EVERY: Duration = Duration::from_hours(24);
pub const GATHER_AFTER: Duration = Duration::from_mins(10);
pub const GATHER_PAGES: i64 = 16;
pub const GATHER_PAUSE: Duration = Duration::from_millis(50);

/// Jobs run at once by one daemon; an organization gets no more of them than it leaves to the others.
pub const JOBS_AT_ONCE: usize = 128;
pub const JOB_LEASE: Duration = Duration::from_secs(20);
/// A job that takes longer extends its lease this often.
pub const JOB_HEARTBEAT: Duration = Duration::from_secs(5);
/// How often the leases of daemons that are gone are looked for.
pub const LEASES_EVERY: Duration = Duration::from_secs(5);
/// A job that failed this often is given up until a person looks.
pub const JOB_ATTEMPTS: i64 = 5;
/// The same for one under which the process ended: most of those were only there when another brought it down.
pub const JOB_ENDINGS: i64 = 25;
/// Ends of the process after which a job is put off,
pub const JOB_ENDINGS_AT_ONCE: i64 = 3;
/// by so much more for each further one.
pub const JOB_ENDING_WAIT: Duration = Duration::from_secs(15);
/// Given-up jobs that are listed, the newest.
pub const DEAD_LETTERS: i64 = 200;
/// A job that something else was in the way of looks again after this.
pub const JOB_PAUSE: Duration = Duration::from_secs(5);
/// Clocks of several daemons, their database and the carrier are not further apart than this; what is, was set since, or
/// an operator hears of it.
pub const CLOCKS_APART: Duration = Duration::from_secs(60);
/// A clock that was set is no news any more after this.
pub const CLOCK_CALM: Duration = Duration::from_hours(1);
pub const JOB_POLL: Duration = Duration::from_secs(1);

/// An answer is given again for the same `Idempotency-Key` this long.
pub const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// Raw webhook bodies are kept this long.
pub const RECEIPTS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// On SIGTERM requests and jobs have this long to finish, together.
pub const DRAIN: Duration = Duration::from_secs(10);
/// And then the database connections; what is open on them is rolled back by the server.
pub const DB_CLOSE: Duration = Duration::from_secs(2);
/// The same words to the same customer within this time are a slip, and not sent.
pub const SAME_WORDS: Duration = Duration::from_mins(10);
/// A customer whose question the AI cannot answer has a person called by then.
pub const HAND_OVER: Duration = Duration::from_secs(30);
/// Automatic messages to one customer within this window, before a person must look: two bots would go on for ever.
pub const AUTOMATIC_MESSAGES: i64 = 12;
pub const AUTOMATIC_WINDOW: Duration = Duration::from_secs(10 * 60);
/// Characters of a customer's unanswered texts that are put to the agent word for word.
pub const QUESTION_CHARACTERS: usize = 4_000;
/// Characters of an AI answer that are kept as a draft.
pub const DRAFT_CHARACTERS: usize = 4_000;

/// Longest line of an export: a row with what a webhook's body becomes in JSON and base64.
pub const ARCHIVE_LINE: usize = 8 * 1024 * 1024;
/// Rows, and bytes of the file, that an import holds before it writes them.
pub const ARCHIVE_ROWS: usize = 500;
pub const ARCHIVE_BYTES: usize = 1024 * 1024;

/// How often the disk and the file of the database are looked at.
pub const DISK_LOOK: Duration = Duration::from_secs(1);
/// With less room than this nothing is written any more: the log can still be folded into the file.
pub const DISK_ROOM: u64 = 64 * 1024 * 1024;
/// A write-ahead log that has grown beyond this is held by a reader. Begun anew, it keeps no more of the disk.
pub const LOG_LARGE: u64 = 64 * 1024 * 1024;
/// Longest wait for readers to let it go: nobody writes meanwhile.
pub const LOG_FOLD_WAIT: Duration = Duration::from_millis(500);
/// Pause between two tries to fold it.
pub const LOG_FOLD_EVERY: Duration = Duration::from_secs(10);
/// How often every page of the database is looked at, beginning with the start.
pub const EXAMINE_EVERY: Duration = Duration::from_hours(24);
/// How often the age of the newest backup is looked at, and one that failed is tried again.
pub const BACKUP_LOOK: Duration = Duration::from_mins(1);
/// A page of `/metrics` is given again this long.
pub const METRICS_FRESH: Duration = Duration::from_secs(1);
/// Rows that are looked at for one number of `/metrics`; more of them are shown as this many.
pub const MEASURED_ROWS: i64 = 20_000;
}

macro_rules! counted {
    ($($type:ty)+) => {
        $(impl Bound for $type {
            fn shown(self) -> f64 {
                u32::try_from(self).map_or(f64::INFINITY, f64::from)
            }
        })+
    };
}

counted!(u32 u64 i64 usize);

impl Bound for Duration {
    fn shown(self) -> f64 {
        self.as_secs_f64()
    }
}

impl Bound for Rate {
    fn shown(self) -> f64 {
        self.per_second.shown()
    }
}

impl Bound for Tries {
    fn shown(self) -> f64 {
        self.in_a_row.shown()
    }
}
