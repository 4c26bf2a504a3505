//! Typed HTTP calls.
