//! The life of an outgoing text after the carrier took it, and the status callbacks that tell of it.

use jiff::tz::TimeZone;

use super::{
    message::{Message, delivery_error},
    webhook::{Hook, post},
};
use crate::{App, clock, fault::FaultKind, ledger::Callback};

/// What will become of one message.
pub(super) struct Life {
    app: App,
    sid: String,
    account_sid: String,
    from: String,
    to: String,
    url: Option<String>,
    states: Vec<(&'static str, Option<u32>)>,
    order: Order,
    /// The callbacks are to be posted before the request is answered.
    pub(super) before_answer: bool,
}

/// How the callbacks are posted.
#[derive(Clone, Copy)]
struct Order {
    reversed: bool,
    times: usize,
}

impl Life {
    pub(super) fn new(app: &App, message: &Message, url: Option<String>) -> Self {
        let faults = app.faults.strike_callbacks(&message.account_sid);
        let has = |kind: &FaultKind| faults.contains(kind);
        let fails = faults.iter().find_map(|fault| match fault {
            FaultKind::DeliveryFails { code } => Some(*code),
            _ => None,
        });
        let times = match () {
            () if has(&FaultKind::CallbacksNever) => 0,
            () if has(&FaultKind::CallbacksDuplicated) => 2,
            () => 1,
        };
        Self {
            app: app.clone(),
            sid: message.sid.clone(),
            account_sid: message.account_sid.clone(),
            from: message.from.clone(),
            to: message.to.clone(),
            url,
            states: states(fails),
            order: Order { reversed: has(&FaultKind::CallbacksReordered), times },
            before_answer: has(&FaultKind::CallbacksBeforeAnswer),
        }
    }

    /// Lives through the states, one step of the pace apart, posting a callback for each.
    pub(super) async fn run(self) {
        for &(status, error) in &self.states {
            if !self.before_answer && !self.app.tasks.pause(self.app.pace().status_step()).await {
                return;
            }
            self.enter(status, error);
            if !self.order.reversed {
                self.call_back(status, error).await;
            }
        }
        if self.order.reversed {
            for &(status, error) in self.states.iter().rev() {
                self.call_back(status, error).await;
            }
        }
    }

    fn enter(&self, status: &'static str, error: Option<u32>) {
        let now = self.app.carrier.now();
        self.app.carrier.with_account(&self.account_sid, |it| {
            let Some(message) = it.log.get_mut(&self.sid) else {
                return;
            };
            message.status = status;
            message.error_code = error;
            message.updated = now;
            if status == "sent" {
                message.sent = Some(message.updated);
            }
        });
        self.app.book.status(&self.sid, status, error);
    }

    async fn call_back(&self, status: &'static str, error: Option<u32>) {
        let Some(url) = &self.url else { return };
        for _ in 0..self.order.times {
            let posted_at_us = clock::now_us();
            let hook = Hook {
                url: url.clone(),
                params: self.params(status, error),
                account_sid: self.account_sid.clone(),
                token: format!("{}-{status}", self.sid),
                signed: super::Signed::Properly,
            };
            let answered = post(&self.app, &hook).await.status;
            self.app
                .book
                .called_back(&self.sid, Callback { status: status.to_owned(), posted_at_us, answered });
        }
    }

    /// The fields of a status callback (Twilio, "Track outbound message status").
    fn params(&self, status: &str, error: Option<u32>) -> Vec<(String, String)> {
        let mut fields = vec![
            ("MessageSid", self.sid.clone()),
            ("SmsSid", self.sid.clone()),
            ("MessageStatus", status.to_owned()),
            ("SmsStatus", status.to_owned()),
            ("AccountSid", self.account_sid.clone()),
            ("From", self.from.clone()),
            ("To", self.to.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
        ];
        if matches!(status, "delivered" | "undelivered") {
            let now = self.app.carrier.now().to_zoned_datetime(TimeZone::UTC);
            fields.push(("RawDlrDoneDate", now.strftime("%y%m%d%H%M").to_string()));
        }
        if let Some(code) = error {
            fields.push(("ErrorCode", code.to_string()));
            fields.push(("ErrorMessage", delivery_error(code).to_owned()));
        }
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// `queued` is told by the answer to the request; handset errors come after `sent`, the carrier's own before.
fn states(fails: Option<u32>) -> Vec<(&'static str, Option<u32>)> {
    match fails {
        None => vec![("sending", None), ("sent", None), ("delivered", None)],
        Some(code @ 30003..=30008) => vec![("sending", None), ("sent", None), ("undelivered", Some(code))],
        Some(code) => vec![("failed", Some(code))],
    }
}
