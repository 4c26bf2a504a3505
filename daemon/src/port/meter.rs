//! How long vendors take and what they say: measured around each call, whichever the vendor.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use lotline_common::{At, PhoneNumber, api::turn::Media};
use prometheus_client::metrics::{counter::Counter, family::Family, histogram::Histogram};

use super::{
    agent::{Agent, AgentError, AgentProfile, Answer, Question},
    carrier::{Carrier, CarrierAccount, ListError, ListedText, OutgoingText, ReceivedText, Sent, TextPage},
};

/// Seconds, to beyond the longest wait for a vendor.
const SECONDS: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

type Call = [(&'static str, &'static str); 2];
type Outcome = [(&'static str, &'static str); 3];

/// Calls of vendors. Clones measure together.
#[derive(Debug, Clone)]
pub struct VendorMeter {
    pub seconds: Family<Call, Histogram, fn() -> Histogram>,
    pub calls: Family<Outcome, Counter>,
}

impl Default for VendorMeter {
    fn default() -> Self {
        Self { seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)), calls: Family::default() }
    }
}

impl VendorMeter {
    async fn measure<T>(
        &self,
        [vendor, call]: [&'static str; 2],
        future: impl Future<Output = T>,
        outcome: fn(&T) -> &'static str,
    ) -> T {
        let begun = Instant::now();
        let answer = future.await;
        self.note([("vendor", vendor), ("call", call)], begun.elapsed(), outcome(&answer));
        answer
    }

    fn note(&self, call: Call, took: Duration, outcome: &'static str) {
        self.seconds.get_or_create(&call).observe(took.as_secs_f64());
        let [vendor, name] = call;
        self.calls.get_or_create(&[vendor, name, ("outcome", outcome)]).inc();
    }
}

/// A vendor whose calls are measured.
#[derive(Debug)]
pub struct Measured<V> {
    pub vendor: V,
    pub name: &'static str,
    pub meter: VendorMeter,
}

const fn sent(sent: &Sent) -> &'static str {
    match sent {
        Sent::Accepted { .. } => "accepted",
        Sent::Rejected { .. } => "rejected",
        Sent::Unknown { .. } => "unknown",
    }
}

const fn listed<T>(listed: &Result<T, ListError>) -> &'static str {
    match listed {
        Ok(_) => "accepted",
        Err(ListError::Credentials) => "rejected",
        Err(ListError::Unreachable(_)) => "unreachable",
    }
}

const fn answered(answer: &Result<Answer, AgentError>) -> &'static str {
    match answer {
        Ok(_) => "accepted",
        Err(error) if error.passing => "unreachable",
        Err(_) => "rejected",
    }
}

impl<V: Carrier> Carrier for Measured<V> {
    fn send<'a>(&'a self, account: &'a CarrierAccount, text: &'a OutgoingText) -> BoxFuture<'a, Sent> {
        Box::pin(self.meter.measure([self.name, "send"], self.vendor.send(account, text), sent))
    }

    fn list<'a>(
        &'a self,
        account: &'a CarrierAccount,
        from: &'a PhoneNumber,
        to: &'a PhoneNumber,
        since: At,
    ) -> BoxFuture<'a, Result<Vec<ListedText>, ListError>> {
        let list = self.vendor.list(account, from, to, since);
        Box::pin(self.meter.measure([self.name, "list_sent"], list, listed))
    }

    fn received<'a>(
        &'a self,
        account: &'a CarrierAccount,
        to: &'a PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> BoxFuture<'a, Result<TextPage<ReceivedText>, ListError>> {
        let list = self.vendor.received(account, to, since, page);
        Box::pin(self.meter.measure([self.name, "list_received"], list, listed))
    }

    fn sent<'a>(
        &'a self,
        account: &'a CarrierAccount,
        from: &'a PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> BoxFuture<'a, Result<TextPage<ListedText>, ListError>> {
        let list = self.vendor.sent(account, from, since, page);
        Box::pin(self.meter.measure([self.name, "list_states"], list, listed))
    }

    fn media<'a>(
        &'a self,
        account: &'a CarrierAccount,
        sid: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Media>, ListError>> {
        Box::pin(self.meter.measure([self.name, "list_media"], self.vendor.media(account, sid), listed))
    }
}

impl<V: Agent> Agent for Measured<V> {
    fn answer<'a>(
        &'a self,
        profile: &'a AgentProfile,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Answer, AgentError>> {
        Box::pin(self.meter.measure([self.name, "answer"], self.vendor.answer(profile, question), answered))
    }
}
