//! What the tests across crates share: a laboratory with the replay vendor, a clock that is set by
//! hand and lakes to compare; and the conformance suites.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a broken test setup must stop the test where it breaks"
)]

pub mod conformance;
pub mod lab;
pub mod lakes;
