//! How the handler and the Functions host talk: a post comes in as an [`invocation`], goes out as a
//! `reply`; `server` has the routes, `durable_client` the host's management API.

pub(crate) mod durable_client;
#[cfg(test)]
pub(crate) mod function_json;
pub mod invocation;
pub(crate) mod reply;
pub(crate) mod server;
