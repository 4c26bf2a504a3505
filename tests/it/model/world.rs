//! Two shops, one customer, one carrier, and a net that loses, repeats and reorders.

use std::time::Duration;

use fastrand::Rng;
use lotline_common::{
    At,
    api::{consent::Purpose, lead::FloorKind, message::DeliveryState},
};
use lotlined::domain::{delivery::Report, floor::FloorTarget};

use super::{
    carrier::{Carrier, Moment, Taken, Written},
    desk::{Answer, Desk, Job},
};

/// The daemon's clock is so far from the carrier's, in seconds,
const APART: [i64; 3] = [0, 3_600, -3_600];
/// and is set by as much as this, both ways.
const SKEW: i64 = 115;
/// It does not notice when it is ahead by less.
const HEARD: i64 = 10;
/// The carrier's list may lag so far behind: past the first look, not past the last.
const LAG: i64 = 60;
const SHOPS: usize = 2;

/// A request on the wire: the daemon that sent it may be gone.
struct Request {
    shop: usize,
    message: usize,
    attempt: i64,
    /// What the carrier made of it, once it has arrived.
    sid: Option<usize>,
}

/// How often each trouble was met.
#[derive(Debug, Default)]
pub(super) struct Seen {
    crashes: u64,
    lost_answers: u64,
    jumps: u64,
    stops: u64,
    sent_again: u64,
    operators: u64,
    unread: u64,
    taken: u64,
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        self.crashes += other.crashes;
        self.lost_answers += other.lost_answers;
        self.jumps += other.jumps;
        self.stops += other.stops;
        self.sent_again += other.sent_again;
        self.operators += other.operators;
        self.unread += other.unread;
        self.taken += other.taken;
    }

    /// Troubles that never come prove nothing.
    pub(super) fn assert_everything_happened(&self) {
        let (sent_again, unread) = (self.sent_again, self.unread);
        let all =
            [self.crashes, self.lost_answers, self.jumps, self.stops, sent_again, self.operators, unread];
        assert!(all.iter().all(|times| *times > 100), "{self:?}");
    }
}

pub(super) struct World {
    rng: Rng,
    /// True time, and how far the daemon's clock is off, in seconds: always, and now.
    now: Moment,
    apart: i64,
    skew: i64,
    jumped: Moment,
    desks: [Desk; SHOPS],
    carrier: Carrier,
    wire: Vec<Request>,
    /// The list never says what became of a message.
    unread: bool,
    pub(super) story: Vec<String>,
    pub(super) seen: Seen,
}

type Kept = Result<(), String>;

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let apart = APART[rng.usize(..APART.len())];
        let unread = rng.u8(..10) == 0;
        Self {
            rng,
            now: 1_800_000_000,
            apart,
            skew: apart,
            jumped: 0,
            desks: [Desk::new(), Desk::new()],
            carrier: Carrier::default(),
            wire: Vec::new(),
            unread,
            story: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// What the daemon's clock shows.
    fn clock(&self) -> At {
        At::from_unix_seconds(self.now + self.skew)
    }

    fn tell(&mut self, what: String) {
        self.story.push(format!("{:>6}s {what}", self.now - 1_800_000_000));
    }

    pub(super) fn live(&mut self, steps: usize) -> Kept {
        for _ in 0..steps {
            self.step()?;
            self.check()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Kept {
        let shop = self.rng.usize(..SHOPS);
        match self.rng.u8(..100) {
            0..12 => self.customer_writes(shop),
            12..24 => self.webhook(),
            24..34 => self.member_writes(shop),
            34..37 => self.floor(shop),
            37..57 => self.run_job(shop)?,
            57..70 => self.wire(),
            70..80 => self.carrier_goes_on(),
            80..83 => self.crash(),
            83..85 => self.jump(),
            85..88 => self.look(shop),
            88..90 => self.operator(shop),
            _ => self.now += self.rng.i64(1..60),
        }
        Ok(())
    }

    fn customer_writes(&mut self, shop: usize) {
        let body = ["Is it there?", "How much?", "Thanks", "STOP", "START"][self.rng.usize(..5)];
        // None, one, or the same again.
        let webhooks = self.rng.u8(..3);
        self.tell(format!("customer to {shop}: {body}"));
        self.carrier.written.push(Written { shop, body, webhooks, acknowledged: false });
    }

    /// Any of those on their way: late, repeated, out of order.
    fn webhook(&mut self) {
        let waiting: Vec<usize> =
            (0..self.carrier.written.len()).filter(|&at| self.carrier.written[at].webhooks > 0).collect();
        let Some(&at) = self.rng.choice(&waiting) else { return };
        self.carrier.written[at].webhooks -= 1;
        // The answer is given after the commit; it may be lost, or the process die before either.
        let (committed, answered) = (self.rng.u8(..10) > 0, self.rng.u8(..10) > 0);
        if committed {
            self.hear(at);
        }
        self.carrier.written[at].acknowledged |= committed && answered;
    }

    fn hear(&mut self, at: usize) {
        let (shop, body, now) = (self.carrier.written[at].shop, self.carrier.written[at].body, self.clock());
        let before = self.desks[shop].opted_out;
        self.desks[shop].hear(at, body, now);
        if !before && self.desks[shop].opted_out {
            self.seen.stops += 1;
            self.tell(format!("{shop} knows of the STOP"));
        }
    }

    fn member_writes(&mut self, shop: usize) {
        let hold = Duration::from_secs([0, 5, 30][self.rng.usize(..3)]);
        let (body, now) = (self.rng.u8(..4), self.clock());
        let queued = self.desks[shop].queue(body, Purpose::Conversation, false, hold, now);
        self.tell(format!("member of {shop} writes {body}, held {hold:?}: {queued:?}"));
    }

    fn floor(&mut self, shop: usize) {
        let taken = self.rng.bool();
        if taken {
            self.desks[shop].take_over();
        } else {
            self.desks[shop].move_floor(FloorTarget::Ai);
        }
        self.tell(format!("the floor of {shop} goes to {}", self.desks[shop].floor.kind));
    }

    fn run_job(&mut self, shop: usize) -> Kept {
        let now = self.clock();
        let running = |id: usize| self.wire.iter().any(|it| it.shop == shop && it.message == id);
        let due: Vec<Job> = self.desks[shop]
            .jobs
            .iter()
            .filter(|&(job, at)| *at <= now && !matches!(job, Job::Deliver(id) if running(*id)))
            .map(|(job, _)| *job)
            .collect();
        let Some(&job) = self.rng.choice(&due) else { return Ok(()) };
        match job {
            Job::Reply => self.reply(shop),
            Job::Deliver(id) => self.deliver(shop, id)?,
            Job::Reconcile(id) => {
                let listed = self.carrier.list(shop, self.now);
                let before = self.desks[shop].texts[id].message;
                // As near as a clock is read over the network.
                let ahead = if self.skew < HEARD { 0 } else { self.skew };
                if self.unread || self.rng.u8(..5) == 0 {
                    self.desks[shop].unread(id, now);
                    self.seen.unread += 1;
                } else {
                    self.desks[shop].reconcile(id, &listed, &self.carrier, now, ahead);
                }
                let after = self.desks[shop].texts[id].message;
                self.seen.sent_again +=
                    u64::from(before.state == DeliveryState::Unknown && after.state == DeliveryState::Queued);
                self.seen.operators += u64::from(!before.needs_operator && after.needs_operator);
                self.tell(format!("{shop} looks for {id}: {}", after.state));
            }
        }
        Ok(())
    }

    fn reply(&mut self, shop: usize) {
        let (now, body) = (self.clock(), self.rng.u8(4..8));
        let desk = &mut self.desks[shop];
        desk.jobs.remove(&Job::Reply);
        if desk.floor.kind == FloorKind::Ai {
            let queued = desk.queue(body, Purpose::Reply, true, Duration::ZERO, now);
            self.tell(format!("the AI of {shop} writes {body}: {queued:?}"));
        }
    }

    fn deliver(&mut self, shop: usize, id: usize) -> Kept {
        let now = self.clock();
        if !self.desks[shop].begin(id, now) {
            return Ok(());
        }
        let desk = &self.desks[shop];
        let (text, seq) = (&desk.texts[id], desk.texts[id].message.seq);
        // What is asked here is asked of the facts, not of the rules.
        if desk.opted_out && text.purpose != Purpose::Compliance {
            return Err(format!("I4: {shop} sends {id} after the STOP"));
        }
        if text.message.floor_fence.is_some() && desk.floor.kind != FloorKind::Ai {
            return Err(format!("the AI of {shop} speaks in {id} although a person has the floor"));
        }
        let earlier = desk.texts.iter().position(|other| {
            let waits = matches!(other.message.state, DeliveryState::Queued | DeliveryState::Attempting)
                || (other.message.state == DeliveryState::Unknown && !other.message.needs_operator);
            waits && other.message.seq < seq
        });
        if let Some(earlier) = earlier {
            return Err(format!("I3: {shop} sends {id} before {earlier}"));
        }
        let attempt = text.attempts;
        self.wire.push(Request { shop, message: id, attempt, sid: None });
        self.tell(format!("{shop} sends {id}, attempt {attempt}"));
        Ok(())
    }

    /// Something happens to a request: it arrives, or its answer comes, or one of them is lost.
    fn wire(&mut self) {
        if self.wire.is_empty() {
            return;
        }
        let at = self.rng.usize(..self.wire.len());
        let arrived = self.wire[at].sid;
        let answer = match (arrived, self.rng.u8(..10)) {
            // It arrived: the answer comes, or is lost, or is a 5xx.
            (Some(sid), 0..7) => Answer::Accepted(sid),
            (Some(_), _) => Answer::Nothing,
            (None, 0..6) => return self.arrive(at),
            (None, 6) => Answer::No(None),
            (None, 7) => Answer::No(Some([20429, 20003, 21610, 30007][self.rng.usize(..4)])),
            (None, _) => Answer::Nothing,
        };
        let (request, now) = (self.wire.swap_remove(at), self.clock());
        self.seen.lost_answers += u64::from(matches!(answer, Answer::Nothing));
        self.desks[request.shop].answered(request.message, answer, now);
        self.tell(format!("{} hears of {}: {answer:?}", request.shop, request.message));
    }

    fn arrive(&mut self, at: usize) {
        let sid = self.carrier.taken.len();
        let request = &mut self.wire[at];
        request.sid = Some(sid);
        self.seen.taken += 1;
        self.carrier.taken.push(Taken {
            shop: request.shop,
            message: request.message,
            attempt: request.attempt,
            body: self.desks[request.shop].texts[request.message].body,
            at: self.now,
            listed_at: self.now + self.rng.i64(0..LAG),
            status: "queued",
            callbacks: Vec::new(),
            fate: ["delivered", "delivered", "undelivered", "failed"][self.rng.usize(..4)],
        });
        let (shop, message) = (self.wire[at].shop, self.wire[at].message);
        self.tell(format!("the carrier takes {message} of {shop} as {sid}"));
    }

    /// A message goes on, or one of its callbacks comes: late, out of order, twice or never.
    fn carrier_goes_on(&mut self) {
        if self.carrier.taken.is_empty() {
            return;
        }
        let sid = self.rng.usize(..self.carrier.taken.len());
        if self.rng.bool() {
            return self.carrier.advance(sid);
        }
        let text = &mut self.carrier.taken[sid];
        if text.callbacks.is_empty() {
            return;
        }
        let at = self.rng.usize(..text.callbacks.len());
        let status = text.callbacks[at];
        let chance = self.rng.u8(..10);
        if chance > 1 {
            text.callbacks.swap_remove(at);
        }
        if chance < 7 {
            let (shop, message, attempt) = (text.shop, text.message, text.attempt);
            let (report, now) = (Report::from_twilio(status).unwrap(), self.clock());
            self.desks[shop].told(message, attempt, sid, report, now);
            self.tell(format!("{shop} is told that {message} is {status}"));
        }
    }

    /// The process is gone and another starts: what was on the wire arrives or does not, and nobody hears of it.
    fn crash(&mut self) {
        self.seen.crashes += 1;
        self.tell("crash".into());
        for at in 0..self.wire.len() {
            if self.wire[at].sid.is_none() && self.rng.bool() {
                self.arrive(at);
            }
        }
        self.wire.clear();
    }

    fn jump(&mut self) {
        // A clock is set once in a while, not all the time.
        if self.now - self.jumped >= 60 {
            self.skew = self.apart + self.rng.i64(-SKEW..SKEW);
            self.jumped = self.now;
            self.seen.jumps += 1;
            self.tell(format!("the clock is {} s off", self.skew));
        }
    }

    /// The carrier's lists: texts that no webhook told of, and what became of messages.
    fn look(&mut self, shop: usize) {
        for at in 0..self.carrier.written.len() {
            if self.carrier.written[at].shop == shop {
                self.hear(at);
            }
        }
        let now = self.clock();
        for sid in self.carrier.list(shop, self.now) {
            let known = self.desks[shop].texts.iter().position(|text| text.sid == Some(sid));
            if let Some(id) = known {
                let attempt = self.desks[shop].texts[id].attempts;
                self.desks[shop].told(id, attempt, sid, self.carrier.report(sid), now);
            }
        }
    }

    fn operator(&mut self, shop: usize) {
        let now = self.clock();
        let open = self.desks[shop].texts.iter().position(|text| text.message.needs_operator);
        if let Some(id) = open {
            use DeliveryState::{Accepted, Failed, Queued};
            let word = [Accepted, Failed, Queued][self.rng.usize(..3)];
            self.desks[shop].resolve(id, word, now);
            self.tell(format!("an operator of {shop} settles {id}: {word}"));
        }
    }

    /// What must be so at every moment.
    fn check(&self) -> Kept {
        for (at, text) in self.carrier.written.iter().enumerate() {
            if text.acknowledged && !self.desks[text.shop].stored.contains(&at) {
                return Err(format!("I1: text {at} was acknowledged and is not there"));
            }
        }
        for (shop, desk) in self.desks.iter().enumerate() {
            for (id, text) in desk.texts.iter().enumerate() {
                let of = |taken: &&Taken| taken.shop == shop && taken.message == id;
                let copies = self.carrier.taken.iter().filter(of).count();
                if copies > 1 + text.forced as usize {
                    return Err(format!("I2: the customer gets {id} of {shop} {copies} times"));
                }
                let Some(taken) = text.sid.map(|sid| &self.carrier.taken[sid]) else { continue };
                if (taken.shop, taken.message) != (shop, id) {
                    return Err(format!(
                        "I5: {id} of {shop} takes the fate of {} of {}",
                        taken.message, taken.shop
                    ));
                }
            }
        }
        Ok(())
    }

    /// Nothing goes wrong any more: within an hour everything has come to an end, or a person is asked.
    pub(super) fn calm_down(&mut self) -> Kept {
        self.tell("calm".into());
        for _ in 0..720 {
            self.now += 5;
            while !self.wire.is_empty() {
                if self.wire[0].sid.is_none() {
                    self.arrive(0);
                }
                let (request, now) = (self.wire.swap_remove(0), self.clock());
                let sid = request.sid.unwrap_or_default();
                self.desks[request.shop].answered(request.message, Answer::Accepted(sid), now);
            }
            for shop in 0..SHOPS {
                self.look(shop);
                self.run_job(shop)?;
                self.check()?;
            }
            if self.wire.is_empty() && self.desks.iter().all(|desk| desk.jobs.is_empty()) {
                break;
            }
        }
        self.now += LAG;
        for sid in (0..self.carrier.taken.len()).flat_map(|sid| [sid, sid]) {
            self.carrier.advance(sid);
        }
        (0..SHOPS).for_each(|shop| self.look(shop));
        for (shop, desk) in self.desks.iter().enumerate() {
            if let Some(at) = (0..self.carrier.written.len())
                .find(|at| self.carrier.written[*at].shop == shop && !desk.stored.contains(at))
            {
                return Err(format!("I1: text {at} to {shop} never came"));
            }
            for (id, text) in desk.texts.iter().enumerate() {
                use DeliveryState::{Accepted, Attempting, Held, Queued, Sent, Unknown};
                let followed = matches!(text.message.state, Accepted | Sent) && text.sid.is_some();
                let open = matches!(text.message.state, Held | Queued | Attempting | Unknown) || followed;
                if open && !text.message.needs_operator {
                    return Err(format!("I7: {id} of {shop} is {} for ever", text.message.state));
                }
            }
        }
        Ok(())
    }
}
