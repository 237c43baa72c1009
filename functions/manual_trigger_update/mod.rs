//! `POST /api/trigger-update`: starts a run, or with `?wait=SECONDS` runs it here and now.

use std::sync::Arc;
use std::time::Duration;

use quantx::operations::chunked::{Ended, request};
use serde_json::json;

use crate::app::App;
use crate::client::DurableClient;
use crate::envelope::Invocation;
use crate::reply::{Fault, Reply};

/// The function, its folder and its route.
pub(crate) const NAME: &str = "manual_trigger_update";
/// Azure's load balancer cuts a request off after 230 s.
const LONGEST_WAIT: u64 = 200;

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, Fault> {
    let http = call.http();
    let wait = http.query("wait").map(str::parse::<u64>);
    let mut problems = Vec::new();
    if wait
        .as_ref()
        .is_some_and(|wait| !matches!(wait, Ok(1..=LONGEST_WAIT)))
    {
        problems.push(format!("wait: expected is 1 to {LONGEST_WAIT} seconds"));
    }
    let settings = match app.settings() {
        Ok(settings) => settings,
        Err(fault) => return Ok(Reply::refusal(503, &[fault.to_string()])),
    };
    let request = request::read(&http.body, settings);
    let request = request.map_err(|more| problems.extend(more));
    let (Ok(request), true) = (request, problems.is_empty()) else {
        return Ok(Reply::refusal(400, &problems));
    };
    let instance = app.new_instance("manual", &call.id);
    let urls = DurableClient::of(&call)
        .map(|client| client.urls(&instance))
        .unwrap_or_default();
    if let Some(Ok(seconds)) = wait {
        let run = app.run_here(&instance, &request, Duration::from_secs(seconds));
        let summary = match run.await {
            Ok(summary) => summary,
            Err(fault) => return Ok(Reply::refusal(500, &[fault.to_string()])),
        };
        let finished = summary.ended != Ended::Cancelled;
        let body = json!({"status": if finished { "completed" } else { "accepted" }, "run": summary,
            "symbols_processed": summary.symbols_processed, "results": summary.results, "timestamp": summary.timestamp});
        if finished {
            return Ok(Reply::http(200, &body));
        }
        // The rest is taken up by an orchestration: what was stored is found stored.
        let body = json!({"id": instance, "urls": urls, "so_far": body});
        return Ok(Reply::http(202, &body).starting(&instance, &request));
    }
    let body = json!({"status": "accepted", "id": instance, "urls": urls});
    Ok(Reply::http(202, &body).starting(&instance, &request))
}

#[cfg(test)]
mod tests {
    use crate::contract::{Function, assert_contract};

    #[test]
    fn function_json_is_as_the_code_expects() {
        let json = include_str!("function.json");
        assert_contract(&Function {
            name: super::NAME,
            folder: module_path!(),
            json,
            bindings: crate::contract::HTTP_STARTER,
            retry: None,
        });
        assert!(json.contains(r#""route": "trigger-update""#));
    }
}
