//! The contract and the flows, through real daemons, real databases and real sockets.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[macro_use]
#[expect(unreachable_pub, reason = "one binary: nothing here is reachable from outside")]
mod support;

mod account;
mod acme;
mod architecture;
mod at_once;
mod at_rest;
mod audit;
mod command_line;
mod connections;
mod console;
mod database;
mod demo;
mod directory;
mod disk;
mod doctor;
mod faults;
mod flow;
mod health;
mod idempotency;
mod leads;
mod limits;
mod malformed;
mod metrics;
mod model;
mod moving;
mod nodes;
mod openapi;
mod postgres;
mod queries;
mod rubbish;
mod service;
mod shared_limits;
mod stopping;
mod store;
mod streams;
mod streams_under_stress;
mod tenancy;
mod tls;
mod trace;
