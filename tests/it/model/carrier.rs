//! The carrier: takes texts for good, tells of them when it likes, and keeps a list that lags behind.

use lotlined::domain::delivery::Report;

/// A moment of true time, in seconds.
pub(super) type Moment = i64;

/// A text that it took from a shop.
pub(super) struct Taken {
    pub(super) shop: usize,
    /// What the callback's token names.
    pub(super) message: usize,
    pub(super) attempt: i64,
    pub(super) body: u8,
    pub(super) at: Moment,
    /// The list shows it from then on.
    pub(super) listed_at: Moment,
    pub(super) status: &'static str,
    /// Callbacks that the net has not lost or brought yet.
    pub(super) callbacks: Vec<&'static str>,
    /// Its last state.
    pub(super) fate: &'static str,
}

/// A text from the customer's phone.
pub(super) struct Written {
    pub(super) shop: usize,
    pub(super) body: &'static str,
    /// The webhook, or its repeat, is still on its way.
    pub(super) webhooks: u8,
    /// Somebody answered it with 200.
    pub(super) acknowledged: bool,
}

#[derive(Default)]
pub(super) struct Carrier {
    pub(super) taken: Vec<Taken>,
    pub(super) written: Vec<Written>,
}

impl Carrier {
    /// The message goes on to its end; each state is told, if the net lets it.
    pub(super) fn advance(&mut self, sid: usize) {
        let text = &mut self.taken[sid];
        let next = match text.status {
            "queued" => "sent",
            "sent" => text.fate,
            _ => return,
        };
        text.status = next;
        text.callbacks.push(next);
    }

    /// What the list shows of a shop's texts, newest first.
    pub(super) fn list(&self, shop: usize, now: Moment) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.taken.len())
            .filter(|&sid| self.taken[sid].shop == shop && self.taken[sid].listed_at <= now)
            .collect();
        shown.reverse();
        shown
    }

    pub(super) fn report(&self, sid: usize) -> Report {
        Report::from_twilio(self.taken[sid].status).unwrap()
    }
}
