//! The replay vendor on a port of this machine.

mod chart_endpoint;
mod control;
mod log;
mod options;
mod query;
mod reply;
mod serve;
mod state;
#[cfg(test)]
mod tests;
mod vendor_endpoint;

pub use log::LoggedRequest;
pub use options::ReplayOptions;
pub(super) use query::percent_decoded;
pub use serve::ReplayServer;
