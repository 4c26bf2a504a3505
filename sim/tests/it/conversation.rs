//! The fake ElevenLabs, driven by a bare WebSocket client.

use futures::{SinkExt, StreamExt};
use lotline_sim::{Behaviour, BehaviourRule, Ledger, Pace};
use serde_json::{Value, json};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::desk::{AGENT, AGENT_KEY, DEADLINE, Desk};

struct Socket(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Socket {
    async fn open(desk: &Desk) -> Self {
        Self(connect_async(signed_url(desk, "").await).await.unwrap().0)
    }

    /// Opened and begun as a text conversation with a customer called Dana.
    async fn begun(desk: &Desk) -> Self {
        let mut socket = Self::open(desk).await;
        socket.send(&initiation()).await;
        assert_eq!(
            socket.next("conversation_initiation_metadata").await["type"],
            "conversation_initiation_metadata"
        );
        socket
    }

    async fn send(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn ask(&mut self, text: &str) {
        self.send(&json!({"type": "user_message", "text": text})).await;
    }

    /// The next frame of type `wanted`; pings are answered on the way.
    async fn next(&mut self, wanted: &str) -> Value {
        loop {
            let frame =
                self.frame().await.unwrap_or_else(|code| panic!("closed with {code} before {wanted}"));
            if frame["type"] == "ping" && wanted != "ping" {
                self.send(&json!({"type": "pong", "event_id": frame["ping_event"]["event_id"]})).await;
            }
            if frame["type"] == wanted {
                return frame;
            }
        }
    }

    /// The close code, whatever comes before it.
    async fn close_code(&mut self) -> u16 {
        loop {
            if let Err(code) = self.frame().await {
                return code;
            }
        }
    }

    async fn frame(&mut self) -> Result<Value, u16> {
        let message = tokio::time::timeout(DEADLINE, self.0.next()).await.expect("the agent does something");
        match message.unwrap().unwrap() {
            Message::Text(text) => Ok(serde_json::from_str(&text).unwrap_or(Value::Null)),
            Message::Close(close) => Err(close.map_or(0, |close| close.code.into())),
            other => panic!("unexpected {other:?}"),
        }
    }
}

fn initiation() -> Value {
    json!({
        "type": "conversation_initiation_client_data",
        "conversation_config_override": {"conversation": {"text_only": true}},
        "dynamic_variables": {
            "customer_name": "Dana Whitfield",
            "organization_name": "Juniper Motors",
            "vehicle_interest": "2021 Tacoma",
            "sms_messages": 2,
        },
        "user_id": "lead-1",
    })
}

async fn door(desk: &Desk, query: &str, key: Option<&str>) -> reqwest::Response {
    let url = format!("{}/v1/convai/conversation/get-signed-url?{query}", desk.sim.base_url());
    let request = desk.http.get(url);
    match key {
        Some(key) => request.header("xi-api-key", key),
        None => request,
    }
    .send()
    .await
    .unwrap()
}

async fn signed_url(desk: &Desk, more: &str) -> String {
    let answer: Value =
        door(desk, &format!("agent_id={AGENT}{more}"), Some(AGENT_KEY)).await.json().await.unwrap();
    answer["signed_url"].as_str().unwrap().to_owned()
}

fn answer_of(frame: &Value) -> String {
    frame["agent_response_event"]["agent_response"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_conversation_from_the_door_to_the_close() {
    let desk = Desk::start().await;
    let mut socket = Socket::begun(&desk).await;
    socket.send(&json!({"type": "contextual_update", "text": "Customer has the MARIGOLD flyer"})).await;
    socket.ask("is it still available?").await;
    let answer = answer_of(&socket.next("agent_response").await);
    for told in ["Dana", "2021 Tacoma", "Juniper Motors", "MARIGOLD"] {
        assert!(answer.contains(told), "{told} in {answer}");
    }
    socket.0.close(None).await.unwrap();
    assert!(desk.sim.wait_until(DEADLINE, |ledger| ledger.conversations[0].ended_at_us.is_some()).await);
    let conversation = desk.sim.ledger().conversations.remove(0);
    assert_eq!(conversation.closed_by.as_deref(), Some("client"));
    assert_eq!(conversation.user_id.as_deref(), Some("lead-1"));
    assert_eq!(conversation.dynamic_variables["customer_name"], "Dana Whitfield");
    assert_eq!(conversation.user_messages[0].text, "is it still available?");
    assert_eq!(conversation.answers[0].text, answer);
    assert!(conversation.violations.is_empty(), "{:?}", conversation.violations);
    desk.stop().await;
}

#[tokio::test]
async fn the_door_is_guarded() {
    let desk = Desk::start().await;
    let agent = format!("agent_id={AGENT}");
    let code = |answer: Value| answer["detail"]["status"].as_str().unwrap_or_default().to_owned();
    let answer = door(&desk, &agent, Some("wrong")).await;
    assert_eq!(
        (answer.status().as_u16(), code(answer.json().await.unwrap())),
        (401, "invalid_api_key".into())
    );
    assert_eq!(door(&desk, &agent, None).await.status(), 401);
    assert_eq!(door(&desk, "agent_id=agent_other", Some(AGENT_KEY)).await.status(), 404);
    assert_eq!(door(&desk, "", Some(AGENT_KEY)).await.status(), 422);
    desk.sim.set_behaviour(BehaviourRule::times(1, Behaviour::TooManyConcurrentRequests).for_agent(AGENT));
    let answer = door(&desk, &agent, Some(AGENT_KEY)).await;
    assert_eq!(
        (answer.status().as_u16(), code(answer.json().await.unwrap())),
        (429, "too_many_concurrent_requests".into())
    );
    assert_eq!(door(&desk, &agent, Some(AGENT_KEY)).await.status(), 200);
    desk.stop().await;
}

#[tokio::test]
async fn signatures_expire_and_some_open_once() {
    let desk = Desk::start().await;
    let once = signed_url(&desk, "&include_conversation_id=true").await;
    let mut first = Socket(connect_async(&once).await.unwrap().0);
    first.send(&initiation()).await;
    let metadata = first.next("conversation_initiation_metadata").await;
    let id = metadata["conversation_initiation_metadata_event"]["conversation_id"].as_str().unwrap();
    assert!(once.contains(id), "the URL names the conversation");
    assert_eq!(Socket(connect_async(&once).await.unwrap().0).close_code().await, 1008);

    desk.sim.set_behaviour(BehaviourRule::times(1, Behaviour::SignatureExpired));
    let expired = signed_url(&desk, "").await;
    assert_eq!(Socket(connect_async(&expired).await.unwrap().0).close_code().await, 1008);

    let bare =
        format!("{}/v1/convai/conversation?agent_id={AGENT}", desk.sim.base_url().replacen("http", "ws", 1));
    assert_eq!(Socket(connect_async(&bare).await.unwrap().0).close_code().await, 1008);
    let mut request = bare.into_client_request().unwrap();
    request.headers_mut().insert("xi-api-key", AGENT_KEY.parse().unwrap());
    let mut by_key = Socket(connect_async(request).await.unwrap().0);
    by_key.send(&initiation()).await;
    by_key.next("conversation_initiation_metadata").await;
    desk.stop().await;
}

/// A client that breaks the contract here would be thrown out by the vendor in front of a customer.
#[tokio::test]
async fn a_breach_is_named_and_closes_with_1008() {
    let desk = Desk::start().await;
    let nameless = json!({
        "type": "conversation_initiation_client_data",
        "conversation_config_override": {"text_only": true},
        "dynamic_variables": {"vehicle_interest": "2021 Tacoma"},
    });
    let voice = json!({"type": "conversation_initiation_client_data", "dynamic_variables": {"customer_name": "Dana"}});
    let early = json!({"type": "user_message", "text": "hi"});
    for (frame, error_type) in
        [(nameless, "missing_dynamic_variable"), (voice, "override_error"), (early, "invalid_message")]
    {
        let mut socket = Socket::open(&desk).await;
        socket.send(&frame).await;
        let error = socket.next("error").await;
        assert_eq!(
            (&error["error_event"]["error_type"], &error["error_event"]["code"]),
            (&error_type.into(), &1008.into())
        );
        assert_eq!(socket.close_code().await, 1008);
    }
    let mut socket = Socket::begun(&desk).await;
    socket.send(&json!({"type": "shout"})).await;
    assert_eq!(socket.next("error").await["error_event"]["error_type"], "invalid_message");
    assert_eq!(socket.close_code().await, 1008);
    assert_eq!(desk.sim.ledger().violations.len(), 4);
    desk.stop().await;
}

#[tokio::test]
async fn an_unanswered_ping_ends_the_conversation() {
    let desk = Desk::with_pace(Pace { pong_within_ms: 50, ..Pace::instant() }).await;
    let mut socket = Socket::open(&desk).await;
    socket.send(&initiation()).await;
    assert_eq!(socket.close_code().await, 1002);
    desk.stop().await;
}

#[tokio::test]
async fn silence_of_the_customer_ends_the_conversation() {
    let desk = Desk::with_pace(Pace { receive_timeout_ms: 2_000, ..Pace::instant() }).await;
    let mut socket = Socket::begun(&desk).await;
    assert_eq!(socket.next("error").await["error_event"]["error_type"], "transport_receive_timeout");
    assert_eq!(socket.close_code().await, 1002);
    desk.stop().await;
}

#[tokio::test]
async fn the_agent_misbehaves_on_command() {
    let desk = Desk::start().await;
    let behave = |behaviour| desk.sim.set_behaviour(BehaviourRule::times(1, behaviour));
    let mut socket = Socket::begun(&desk).await;

    behave(Behaviour::Correction);
    socket.ask("still there?").await;
    let original = answer_of(&socket.next("agent_response").await);
    let correction =
        socket.next("agent_response_correction").await["agent_response_correction_event"].clone();
    assert_eq!(correction["original_agent_response"], original);
    assert_ne!(correction["corrected_agent_response"], original);

    behave(Behaviour::PartsOnly);
    socket.ask("what color is it").await;
    let mut streamed = String::new();
    loop {
        let part = socket.next("agent_chat_response_part").await["text_response_part"].clone();
        streamed.push_str(part["text"].as_str().unwrap());
        if part["type"] == "stop" {
            break;
        }
    }
    assert_eq!(desk.sim.ledger().conversations[0].answers[1].text, streamed);

    behave(Behaviour::HugeAnswer { bytes: 1 << 20 });
    socket.ask("tell me everything").await;
    assert_eq!(answer_of(&socket.next("agent_response").await).len(), 1 << 20);
    behave(Behaviour::EmptyAnswer);
    socket.ask("and then?").await;
    assert_eq!(answer_of(&socket.next("agent_response").await), "");
    behave(Behaviour::DeniesBeingAi);
    socket.ask("are you a bot?").await;
    assert!(answer_of(&socket.next("agent_response").await).contains("real person"));

    behave(Behaviour::ToolCall {
        tool_name: "request_human".into(),
        parameters: json!({"lead_id": "someone-else"}),
    });
    socket.ask("get me a person").await;
    let call = socket.next("client_tool_call").await["client_tool_call"].clone();
    assert_eq!(
        (&call["tool_name"], &call["parameters"]["lead_id"]),
        (&"request_human".into(), &"someone-else".into())
    );
    let id = call["tool_call_id"].clone();
    socket
        .send(&json!({"type": "client_tool_result", "tool_call_id": id, "result": "done", "is_error": false}))
        .await;
    socket.next("agent_response").await;
    assert_eq!(desk.sim.ledger().conversations[0].tool_calls[0].result.as_deref(), Some("done"));

    behave(Behaviour::Waits);
    socket.ask("still thinking?").await;
    let heard = |ledger: &Ledger| ledger.conversations[0].user_messages.len() == 7;
    assert!(desk.sim.wait_until(DEADLINE, heard).await);
    assert_eq!(desk.sim.ledger().conversations[0].answers.len(), 6, "it waits");
    desk.sim.clear_behaviours();
    socket.next("agent_response").await;

    behave(Behaviour::Close { code: 1011 });
    socket.ask("hello?").await;
    assert_eq!(socket.close_code().await, 1011);
    desk.stop().await;
}

/// A client that asks for the wrong events gets silence, as from the vendor.
#[tokio::test]
async fn only_the_events_asked_for_are_sent() {
    let desk = Desk::start().await;
    let mut socket = Socket::open(&desk).await;
    let mut hello = initiation();
    hello["conversation_config_override"]["conversation"]["client_events"] =
        json!(["ping", "agent_chat_response_part"]);
    socket.send(&hello).await;
    desk.sim.set_behaviour(BehaviourRule::times(1, Behaviour::Close { code: 1000 }));
    socket.ask("first").await;
    assert_eq!(socket.close_code().await, 1000);

    let mut socket = Socket::open(&desk).await;
    socket.send(&hello).await;
    for (id, text) in [("a", "code ROSEWOOD"), ("b", "likes blue"), ("a", "code LANTERN")] {
        socket.send(&json!({"type": "contextual_update", "text": text, "context_id": id})).await;
    }
    socket.ask("still available?").await;
    let mut streamed = String::new();
    loop {
        let frame = socket.frame().await.expect("parts");
        assert_ne!(frame["type"], "agent_response");
        streamed.push_str(frame["text_response_part"]["text"].as_str().unwrap_or_default());
        if frame["text_response_part"]["type"] == "stop" {
            break;
        }
    }
    assert!(streamed.contains("LANTERN") && !streamed.contains("ROSEWOOD"), "{streamed}");
    desk.stop().await;
}

#[tokio::test]
async fn an_error_closes_as_its_type_says() {
    let desk = Desk::start().await;
    for (error_type, code) in
        [("llm_timeout", 1002), ("max_duration_exceeded", 1000), ("unknown_websocket_crash", 1011)]
    {
        let mut socket = Socket::begun(&desk).await;
        desk.sim.set_behaviour(BehaviourRule::times(1, Behaviour::Error { error_type: error_type.into() }));
        socket.ask("hello").await;
        assert_eq!(socket.close_code().await, code);
    }
    desk.sim.set_behaviour(BehaviourRule::times(1, Behaviour::PingFlood { pings: 20 }));
    let mut socket = Socket::begun(&desk).await;
    for _ in 0..20 {
        socket.next("ping").await;
    }
    desk.sim.set_behaviour(BehaviourRule::times(
        1,
        Behaviour::GreetingFirst { text: "Hi {{customer_name}}!".into() },
    ));
    assert_eq!(answer_of(&Socket::begun(&desk).await.next("agent_response").await), "Hi Dana Whitfield!");
    desk.stop().await;
}
