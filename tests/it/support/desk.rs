//! A whole desk: a real daemon, its vendors on loopback, and organizations made through the API.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use lotline_common::{At, api::auth::Role};
use lotline_sim::{Account, Agent, Ledger, Number, Pace, Simulator};
use lotlined::{
    action::{
        add_user::{self, Person},
        by_system,
    },
    app::App,
    clock::Clock,
    db::{Hold, Scope},
    store,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::OnceCell};
use tokio_util::sync::CancellationToken;

use super::{
    caller::{Caller, PASSWORD},
    daemon::{Daemon, beside, settings},
    db::Fresh,
    shop::Shop,
};

/// Longest wait for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The daemon's times in a test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) burst: &'static str,
    pub(crate) hold: &'static str,
    pub(crate) reconcile: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) handoff: &'static str,
    pub(crate) hand_back: &'static str,
    pub(crate) answer: &'static str,
    pub(crate) list: &'static str,
    /// False: no webhook can reach the daemon.
    pub(crate) public_url: bool,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            burst: "150ms",
            hold: "300ms",
            reconcile: r#"["150ms", "300ms", "450ms"]"#,
            stale: "10m",
            handoff: "2m",
            hand_back: "off",
            answer: "20s",
            list: "5m",
            public_url: true,
        }
    }
}

pub(crate) struct Desk {
    pub(crate) sim: Simulator,
    pub(crate) stranger: Caller,
    pub(crate) base: String,
    daemon: Option<Daemon>,
    address: SocketAddr,
    settings: String,
    url: String,
    vendors: CancellationToken,
    beside: OnceCell<Arc<App>>,
}

impl Desk {
    pub(crate) async fn open(db: &Fresh) -> Self {
        Self::with(db, Times::default()).await
    }

    pub(crate) async fn with(db: &Fresh, times: Times) -> Self {
        let vendors = CancellationToken::new();
        let config = lotline_sim::Config { pace: Pace::instant(), ..lotline_sim::Config::default() };
        let sim = lotline_sim::start(config, vendors.clone()).await.unwrap();
        let carrier = sim.base_url();
        Self::at(db, times, sim, vendors, &carrier).await
    }

    /// The same with another carrier than the simulator's.
    pub(crate) async fn at(
        db: &Fresh,
        times: Times,
        sim: Simulator,
        vendors: CancellationToken,
        carrier: &str,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("http://{address}");
        let text = toml(&base, carrier, &sim.base_url(), times);
        let daemon = Daemon::start_on(listener, settings(&db.url, &text));
        let stranger = Caller::stranger(&daemon);
        Self {
            sim,
            stranger,
            base,
            daemon: Some(daemon),
            address,
            settings: text,
            url: db.url.clone(),
            vendors,
            beside: OnceCell::new(),
        }
    }

    /// Founds the organization `number` (from 1), with its number, account and agent here and at the vendors.
    pub(crate) async fn shop(&self, number: usize) -> Shop {
        self.shop_with(number, json!({})).await
    }

    /// The same; `carrier` replaces members of the carrier account.
    pub(crate) async fn shop_with(&self, number: usize, carrier: Value) -> Shop {
        let shop = self.found(number).await;
        self.carrier(&shop, &carrier).await;
        let profile = json!({"provider": "elevenlabs", "agent_id": shop.agent_id, "api_key": shop.agent_key,
            "persona": "Ava"});
        assert_eq!(shop.admin.put("/api/v1/agent-profile", profile).await.status, 200);
        self.own_number(&shop).await;
        shop
    }

    /// An organization that has a carrier account and no agent yet.
    pub(crate) async fn shop_without_agent(&self, number: usize) -> Shop {
        let shop = self.found(number).await;
        self.carrier(&shop, &json!({})).await;
        self.own_number(&shop).await;
        shop
    }

    async fn found(&self, number: usize) -> Shop {
        let name = format!("Example Motors {number}");
        let (admin, _) = self.stranger.found(&format!("admin{number}@example.com"), &name).await;
        let shop = Shop::new(number, name, admin, self.sim.clone());
        self.register(&shop);
        shop
    }

    async fn carrier(&self, shop: &Shop, more: &Value) {
        let mut account =
            json!({"provider": "twilio", "account_sid": shop.account, "auth_token": shop.token});
        for (key, value) in more.as_object().unwrap() {
            account[key] = value.clone();
        }
        let answers = account["answers_keywords"].as_bool().unwrap_or(true);
        self.sim.set_answers_keywords(&shop.account, answers);
        assert_eq!(shop.admin.put("/api/v1/carrier", account).await.status, 200);
    }

    async fn own_number(&self, shop: &Shop) {
        let own = json!({"phone_number": shop.own});
        assert_eq!(shop.admin.post("/api/v1/phone-numbers", own).await.status, 201);
    }

    fn register(&self, shop: &Shop) {
        let (sid, auth_token) = (shop.account.clone(), shop.token.clone());
        self.sim.register_account(Account { sid, auth_token, ..Account::default() });
        self.number(&shop.own, &shop.account);
        self.sim.register_agent(Agent {
            agent_id: shop.agent_id.clone(),
            api_key: shop.agent_key.clone(),
            required_variables: vec!["customer_name".into(), "conversation_context".into()],
            ..Agent::default()
        });
    }

    /// A number at the carrier whose texts come here.
    pub(crate) fn number(&self, phone_number: &str, account_sid: &str) {
        self.sim.register_number(Number {
            phone_number: phone_number.to_owned(),
            account_sid: account_sid.to_owned(),
            sms_url: format!("{}/api/webhooks/twilio/sms/incoming", self.base),
        });
    }

    /// The carrier knows of no webhook for this shop's number any more.
    pub(crate) fn cut_off(&self, shop: &Shop) {
        let (phone_number, account_sid) = (shop.own.clone(), shop.account.clone());
        self.sim.register_number(Number { phone_number, account_sid, sms_url: String::new() });
    }

    /// Lets time pass for every message that has left.
    pub(crate) async fn age_deliveries(&self, micros: i64) {
        let age = "UPDATE deliveries SET updated_at = updated_at - $1";
        let db = &self.beside().await.db;
        let aged = db.write(Scope::System, move |tx| {
            Box::pin(async move { tx.query(age).bind(micros).execute().await })
        });
        aged.await.unwrap();
    }

    /// As if the carrier's lists had been read until then.
    pub(crate) async fn listed_to(&self, at: At) {
        let db = &self.beside().await.db;
        let set = db.write(Scope::System, move |tx| {
            Box::pin(async move {
                tx.query("UPDATE organization_phone_numbers SET listed_to = $1").bind(at).execute().await
            })
        });
        set.await.unwrap();
    }

    /// Somebody of the shop in this role, signed in.
    pub(crate) async fn member(&self, shop: &Shop, role: Role) -> Caller {
        let email = format!("{role}{}@example.com", shop.number);
        let app = self.beside().await;
        let mut tx = app.db.read(Scope::System).await.unwrap();
        let slug = format!("example-motors-{}", shop.number);
        let organization = store::organization::find_by_slug(&mut tx, &slug).await.unwrap();
        drop(tx);
        let person =
            Person { email: email.clone(), name: format!("Eli {role}"), password: Some(PASSWORD.into()) };
        add_user::run(app, organization.key, person, role, by_system()).await.unwrap();
        let session = self.stranger.log_in(&email, PASSWORD).await.session();
        self.stranger.with(&session.access_token)
    }

    /// Its settings, with the address where it listens.
    pub(crate) fn listening(&self) -> String {
        self.settings.replace("[server]\n", &format!("[server]\nlisten = \"{}\"\n", self.address))
    }

    /// What a command beside the daemon opens.
    pub(crate) async fn beside(&self) -> &App {
        self.beside.get_or_init(|| async { beside(&Fresh::named(&self.url)).await }).await
    }

    /// Another process of this desk, by a clock of the test's own.
    pub(crate) async fn by_clock(&self, clock: Clock) -> Arc<App> {
        App::open(settings(&self.url, &self.settings), clock, Hold::Command).await.unwrap()
    }

    /// Rows that a condition finds: `count("turns WHERE author_kind = 'customer'")`.
    pub(crate) async fn count(&self, rows: &'static str) -> i64 {
        let mut tx = self.beside().await.db.read(Scope::System).await.unwrap();
        let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM ").push(rows).one().await.unwrap();
        count
    }

    /// Waits until nothing is left to do; timers of hand-overs may run on.
    pub(crate) async fn at_rest(&self) {
        let jobs = "jobs WHERE kind <> 'expire_handoff' AND state <> 'dead'";
        super::eventually(PATIENCE, async || self.count(jobs).await == 0).await;
    }

    /// Lets the time of every job of this kind come now.
    pub(crate) async fn make_due(&self, kind: &'static str) {
        let db = &self.beside().await.db;
        let done = db.write(Scope::System, move |tx| {
            Box::pin(async move {
                tx.query("UPDATE jobs SET run_at = 0 WHERE kind = $1").bind(kind).execute().await
            })
        });
        done.await.unwrap();
    }

    /// To whom and when the last attempt of each message began that the carrier took; confirmations left out.
    pub(crate) async fn attempts(&self) -> Vec<(String, i64)> {
        let mut tx = self.beside().await.db.read(Scope::System).await.unwrap();
        let query = tx.query(
            "SELECT to_number, attempted_at FROM deliveries WHERE carrier_sid IS NOT NULL AND purpose <> 'compliance'",
        );
        query.all().await.unwrap()
    }

    /// Waits until the vendors' ledger satisfies `condition`.
    pub(crate) async fn until(&self, what: &str, condition: impl Fn(&Ledger) -> bool) {
        let met = self.sim.wait_until(PATIENCE, condition).await;
        assert!(met, "in vain: {what}\n{:#?}", self.sim.ledger());
    }

    /// Stops the daemon as a signal would and starts another on the same database and port.
    pub(crate) async fn restart(&mut self) {
        self.pause().await;
        self.resume().await;
    }

    /// Stops the daemon and closes what is open beside it.
    pub(crate) async fn pause(&mut self) {
        if let Some(app) = self.beside.take() {
            app.close().await;
        }
        self.daemon.take().unwrap().stop().await;
    }

    /// The next daemon serves from another database, with the same settings otherwise.
    pub(crate) async fn resume_on(&mut self, db: &Fresh) {
        self.url.clone_from(&db.url);
        self.resume().await;
    }

    pub(crate) async fn resume(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.daemon = Some(Daemon::start_on(listener, settings(&self.url, &self.settings)));
    }

    /// Ends everything. No contract of a vendor may have been broken meanwhile.
    pub(crate) async fn close(self) {
        let violations = self.sim.ledger().violations;
        assert!(violations.is_empty(), "{violations:#?}");
        self.close_whatever_the_vendors_say().await;
    }

    /// The same after a test in which a vendor was told to complain.
    pub(crate) async fn close_whatever_the_vendors_say(mut self) {
        if let Some(app) = self.beside.get() {
            app.close().await;
        }
        // A vendor that hangs would be waited for.
        self.vendors.cancel();
        self.daemon.take().unwrap().stop().await;
        self.sim.ended().await;
    }
}

fn toml(base: &str, carrier: &str, agents: &str, times: Times) -> String {
    let Times { burst, hold, reconcile, stale, handoff, hand_back, answer, list, public_url } = times;
    let public = if public_url { format!("public_url = \"{base}\"") } else { String::new() };
    format!(
        r#"open_signup = true
[server]
{public}
[twilio]
api_base = "{carrier}"
list_every = "{list}"
[elevenlabs]
api_base = "{agents}"
[conversation]
burst_window = "{burst}"
burst_max = "1m"
answer_within = "{answer}"
[delivery]
hold = "{hold}"
reconcile_after = {reconcile}
stale_after = "{stale}"
pace = 1000
[floor]
handoff_timeout = "{handoff}"
hand_back_after = "{hand_back}"
[metrics]
allow = ["127.0.0.1"]
"#
    )
}
