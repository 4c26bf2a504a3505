//! The Lotline console: an operator watches conversations live, takes over, and writes.
//!
//! Elm style: `update(&mut Model, Msg) -> Vec<Cmd>` decides and is pure, `runtime` alone performs, `view` only draws.

pub mod action;
pub mod call;
pub mod cli;
pub mod cmd;
pub mod disk;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod model;
pub mod msg;
mod perform;
pub mod runtime;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod when;
pub mod widget;

#[cfg(test)]
mod tests;
