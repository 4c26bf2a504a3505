//! A phone desk of a few lines: takes webhooks, checks their signatures, and remembers them.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
    routing::post,
};
use lotline_sim::{Account, Agent, Config, Number, Pace, Simulator, sign};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "token-of-the-first-account";
pub(crate) const OWN: &str = "+13035550199";
pub(crate) const CUSTOMER: &str = "+13035550101";
pub(crate) const AGENT: &str = "agent_juniper";
pub(crate) const AGENT_KEY: &str = "xi-test-key";
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// One webhook as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) path: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) signed: bool,
    pub(crate) idempotency_token: String,
}

impl Hook {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }
}

#[derive(Debug)]
struct Inner {
    base: String,
    answer: Mutex<(u16, String)>,
    hooks: watch::Sender<Vec<Hook>>,
}

/// The simulator and the desk it posts to.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    inner: Arc<Inner>,
    pub(crate) sim: Simulator,
    pub(crate) http: reqwest::Client,
    stop: CancellationToken,
}

impl Desk {
    pub(crate) async fn start() -> Self {
        Self::with_pace(Pace::instant()).await
    }

    pub(crate) async fn with_pace(pace: Pace) -> Self {
        let stop = CancellationToken::new();
        let config = Config { pace, ..Config::default() };
        let sim = lotline_sim::start(config, stop.clone()).await.unwrap();
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            base: base.clone(),
            answer: Mutex::new((200, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response />".into())),
            hooks: watch::Sender::default(),
        });
        let router = Router::new().fallback(post(take)).with_state(inner.clone());
        tokio::spawn(
            axum::serve(listener, router)
                .with_graceful_shutdown(stop.clone().cancelled_owned())
                .into_future(),
        );
        sim.register_account(Account {
            sid: ACCOUNT.into(),
            auth_token: TOKEN.into(),
            auth_token_secondary: Some("the-other-token".into()),
            api_key: Some(("SK1".into(), "secret".into())),
        });
        sim.register_number(Number {
            phone_number: OWN.into(),
            account_sid: ACCOUNT.into(),
            sms_url: format!("{base}/sms#rc=1"),
        });
        sim.register_agent(Agent {
            agent_id: AGENT.into(),
            api_key: AGENT_KEY.into(),
            greeting: None,
            required_variables: vec!["customer_name".into()],
        });
        Self { inner, sim, http: reqwest::Client::new(), stop }
    }

    /// What webhooks are answered from now on.
    pub(crate) fn answers(&self, status: u16, body: &str) {
        *self.inner.answer.lock().unwrap() = (status, body.to_owned());
    }

    pub(crate) fn hooks(&self) -> Vec<Hook> {
        self.inner.hooks.borrow().clone()
    }

    /// Waits until `condition` holds for the webhooks so far.
    pub(crate) async fn until(&self, condition: impl Fn(&[Hook]) -> bool) {
        let mut hooks = self.inner.hooks.subscribe();
        let waiting = hooks.wait_for(|hooks| condition(hooks));
        let met = tokio::time::timeout(DEADLINE, waiting).await.is_ok();
        assert!(met, "webhooks so far: {:#?}", self.hooks());
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.inner.base)
    }

    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}/2010-04-01/Accounts/{ACCOUNT}{path}", self.sim.base_url())
    }

    /// `POST …/Messages.json` from the own number to the customer.
    pub(crate) async fn send(&self, body: &str) -> reqwest::Result<reqwest::Response> {
        let callback = self.url("/status");
        let form = [("From", OWN), ("To", CUSTOMER), ("Body", body), ("StatusCallback", &callback)];
        self.http.post(self.api("/Messages.json")).basic_auth(ACCOUNT, Some(TOKEN)).form(&form).send().await
    }

    /// Answers every text after `hold` without a newer one from the same customer, as a desk with a burst window does.
    pub(crate) fn answers_bursts(&self, hold: Duration) {
        let (desk, mut hooks) = (self.clone(), self.inner.hooks.subscribe());
        tokio::spawn(async move {
            let mut seen = 0;
            while hooks.changed().await.is_ok() {
                let fresh: Vec<Hook> = hooks.borrow_and_update()[seen..].to_vec();
                seen += fresh.len();
                for hook in fresh.into_iter().filter(|hook| hook.path == "/sms") {
                    tokio::spawn(desk.clone().answer(hook, hold));
                }
            }
        });
    }

    async fn answer(self, hook: Hook, hold: Duration) {
        tokio::time::sleep(hold).await;
        let (own, customer) = (hook.get("To").to_owned(), hook.get("From").to_owned());
        let newest = self.hooks().into_iter().rfind(|it| it.get("To") == own && it.get("From") == customer);
        if newest.is_none_or(|it| it.get("MessageSid") != hook.get("MessageSid")) {
            return;
        }
        let body = format!("Got it. When could you come by? {:.12}", hook.get("MessageSid"));
        let form = [("From", &own), ("To", &customer), ("Body", &body)];
        let request = self.http.post(self.api("/Messages.json")).basic_auth(ACCOUNT, Some(TOKEN)).form(&form);
        let answered = request.send().await;
        assert!(answered.is_ok(), "{answered:?}");
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, self.sim.ended()).await.expect("everything ends with the token");
    }
}

async fn take(
    State(desk): State<Arc<Inner>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let expected = sign(TOKEN, &format!("{}{uri}", desk.base), &fields);
    let hook = Hook {
        path: uri.path().to_owned(),
        signed: header("x-twilio-signature") == expected,
        idempotency_token: header("i-twilio-idempotency-token"),
        fields,
    };
    desk.hooks.send_modify(|hooks| hooks.push(hook));
    let (status, body) = desk.answer.lock().unwrap().clone();
    (StatusCode::from_u16(status).unwrap(), body)
}
