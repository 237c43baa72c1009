//! What the tests across crates share: the replay vendor with a clock that is set by hand, pages and
//! proxies, lakes to compare; and the conformance suites.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy's exception for tests does not reach their helper functions"
)]

#[expect(
    clippy::missing_panics_doc,
    reason = "a broken setup stops the test where it breaks"
)]
pub mod azurite;
#[expect(
    clippy::missing_panics_doc,
    reason = "a broken setup stops the test where it breaks"
)]
pub mod certificates;
pub mod conformance;
pub mod crowd;
#[expect(
    clippy::missing_panics_doc,
    reason = "a broken setup stops the test where it breaks"
)]
pub mod instances;
#[expect(
    clippy::missing_panics_doc,
    reason = "a broken setup stops the test where it breaks"
)]
pub mod lab;
#[expect(
    clippy::missing_panics_doc,
    reason = "a broken setup stops the test where it breaks"
)]
pub mod lakes;
#[expect(
    clippy::missing_panics_doc,
    reason = "a broken setup stops the test where it breaks"
)]
pub mod pages;
#[expect(
    clippy::missing_panics_doc,
    reason = "a broken setup stops the test where it breaks"
)]
pub mod wire_proxy;
pub mod year;
