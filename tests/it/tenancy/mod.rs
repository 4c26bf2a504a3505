//! The same customer at several stores, and numbers that go from one to another: nobody gets what is not theirs.

mod number;
mod probe;
mod token;
mod why;
