//! `POST /api/trigger-update`: starts a run, or with `?wait=SECONDS` runs it within this process.
//!
//! In: a [`TriggerRequest`]. Out: 202 and an instance of the orchestrator, or what the run did.

mod request;
mod store;
mod wait;

use std::sync::Arc;

use jiff::tz::TimeZone;
use quantx::operations::chunked::ORCHESTRATOR;
use serde_json::json;

use self::request::TriggerRequest;
use crate::app::App;
use crate::host::durable_client::DurableClient;
use crate::host::invocation::Invocation;
use crate::host::reply::{InvocationError, Reply, Start};

/// The function, its folder and its path at the handler.
pub(crate) const NAME: &str = "manual_trigger_update";
/// The bindings.
const REQUEST: &str = "req";
const CLIENT: &str = "client";
const STARTER: &str = "starter";
const RESPONSE: &str = "res";

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, InvocationError> {
    let settings = match app.settings() {
        Ok(settings) => settings,
        Err(failure) => return Ok(store::unavailable(&failure)),
    };
    let request = match TriggerRequest::read(&call, settings) {
        Ok(request) => request,
        Err(problems) => return Ok(Reply::refusal(RESPONSE, 400, &problems)),
    };
    // The caller hears now of a run that could not even begin, not when he reads the instance's status.
    if let Err(failure) = store::check(&app).await {
        return Ok(store::unavailable(&failure));
    }
    let instance = new_instance(&app, &call.id);
    let urls = DurableClient::of(&call, CLIENT)
        .map(|client| client.urls(&instance))
        .unwrap_or_default();
    if let Some(wait) = request.wait {
        return Ok(wait::answer(&app, instance, urls, &request.run, wait).await);
    }
    let body = json!({"status": "accepted", "id": instance, "urls": urls});
    let start = Start {
        orchestrator: ORCHESTRATOR,
        instance: &instance,
        input: &request.run,
    };
    Ok(Reply::http(RESPONSE, 202, &body).starting(STARTER, &start))
}

/// A name for an instance: its time, and the end of the invocation's name.
fn new_instance(app: &App, invocation: &str) -> String {
    let at = app.now().to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S");
    let plain = invocation.chars().filter(char::is_ascii_alphanumeric);
    let tail: Vec<char> = plain.collect();
    let tail: String = tail.iter().skip(tail.len().saturating_sub(8)).collect();
    format!("manual-{at}-{tail}")
}

#[cfg(test)]
mod tests;
