//! Conversations from the customer's phone to the operator's screen and back, through real daemons.

mod agent;
mod agent_failure;
mod delivery;
mod floor;
mod form;
mod inbound;
mod keyword;
mod missed;
mod order;
mod overtaken;
mod polling;
mod pressure;
mod refused;
mod replay;
mod sending;
mod silence;
mod stop;
mod unknown;
mod wrong_clock;
