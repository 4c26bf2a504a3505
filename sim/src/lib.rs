//! Lotline's outside world on loopback: a fake Twilio, a fake ElevenLabs, scripted shoppers, and an authority that gives
//! certificates.
//!
//! The fakes speak the vendors' own protocols over real sockets with real signatures, fail on command as the vendors
//! do, and keep a ledger of what really happened. They know nothing of Lotline's insides and must never be made to:
//! a test passes here only if it would pass against the vendors.

mod acme;
mod clock;
mod control;
mod elevenlabs;
mod fault;
mod ledger;
mod pace;
mod proxy;
mod remote;
mod shared;
mod shopper;
mod simulator;
mod tasks;
mod twilio;
mod wire;
mod world;

pub use acme::{Authority, Root};
pub use elevenlabs::{Agent, Behaviour, BehaviourRule};
pub use fault::{Fault, FaultKind, FaultPoint};
pub use ledger::{
    Callback, CarrierReply, Conversation, Doubled, Doubling, Inbound, Leak, Ledger, Outbound, Refused, Said,
    ToolCall, Violation,
};
pub use pace::Pace;
pub use proxy::proxy;
pub use remote::{Remote, RemoteError};
pub use shopper::{
    Script, ScriptError, ScriptLine, ScriptReport, ShopperPace, ShopperPlan, ShopperReport, Shoppers, Store,
};
pub use simulator::{Config, Error, Simulator, start};
pub use twilio::{Account, Acknowledgement, Media, Number, Signed, Text, sign};
use world::App;
