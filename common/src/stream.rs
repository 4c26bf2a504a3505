//! The resuming event stream.
