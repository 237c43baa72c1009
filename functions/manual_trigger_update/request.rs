//! What the caller of the trigger wants, checked before anything is done.

use std::time::Duration;

use quantx::operations::chunked::{RunRequest, request};
use quantx::settings::Settings;

use super::REQUEST;
use crate::host::invocation::{HttpRequest, Invocation};

/// Azure's load balancer cuts a request off after 230 s.
const LONGEST_WAIT: u64 = 200;

/// A run, and how long the caller waits for it.
#[derive(Debug)]
pub(super) struct TriggerRequest {
    /// The run.
    pub(super) run: RunRequest,
    /// `None` when the caller does not wait.
    pub(super) wait: Option<Duration>,
}

impl TriggerRequest {
    /// Reads an invocation.
    ///
    /// # Errors
    /// Every problem, one sentence each. An invocation without a request that can be read asks for
    /// nothing, least of all for the daily update that an empty body asks for.
    pub(super) fn read(call: &Invocation, settings: &Settings) -> Result<Self, Vec<String>> {
        let Some(http) = call.http(REQUEST) else {
            return Err(vec!["the invocation holds no HTTP request".to_owned()]);
        };
        let mut problems = Vec::new();
        let wait = wait(&http).map_err(|problem| problems.push(problem));
        let run = request::read(&http.body, settings).map_err(|more| problems.extend(more));
        match (wait, run) {
            (Ok(wait), Ok(run)) => Ok(Self { run, wait }),
            _ => Err(problems),
        }
    }
}

fn wait(http: &HttpRequest) -> Result<Option<Duration>, String> {
    let Some(text) = http.query("wait")? else {
        return Ok(None);
    };
    match text.parse() {
        Ok(seconds @ 1..=LONGEST_WAIT) => Ok(Some(Duration::from_secs(seconds))),
        _ => Err(format!("wait: expected is 1 to {LONGEST_WAIT} seconds")),
    }
}

#[cfg(test)]
mod tests {
    use quantx::settings::{EnvMap, Overrides};
    use serde_json::{Value, json};

    use super::*;

    fn read(data: &Value) -> Result<TriggerRequest, Vec<String>> {
        let settings =
            Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap();
        let body = json!({"Data": data}).to_string();
        let call = Invocation::parse(String::new(), body.as_bytes()).unwrap();
        TriggerRequest::read(&call, &settings)
    }

    #[test]
    fn only_a_request_starts_a_run() {
        let post = |query: Value, body: &str| {
            read(&json!({"req": {"Method": "POST", "Query": query, "Body": body}}))
        };
        assert_eq!(post(json!({}), "").unwrap().run, RunRequest::default());
        let waits = post(json!({"wait": "30"}), "{}").unwrap();
        assert_eq!(waits.wait, Some(Duration::from_secs(30)));
        assert_eq!(read(&json!({})).unwrap_err().len(), 1);
        assert_eq!(read(&json!({"req": "x"})).unwrap_err().len(), 1);
        for query in [
            json!({"wait": 30}),
            json!({"wait": "0"}),
            json!({"wait": "1,2"}),
            json!({"wait": ["1"]}),
        ] {
            let problems = post(query.clone(), "{\"x\": 1}").unwrap_err();
            assert_eq!(problems.len(), 2, "{query}: {problems:?}");
        }
        let twice = post(json!({}), r#"{"phase": "phase_1", "phase": "phase_1"}"#).unwrap_err();
        assert_eq!(twice, ["phase: stands in the body more than once"]);
    }

    #[test]
    fn a_large_request_has_a_short_answer() {
        let large = format!("{{\"symbols\": [{}\"x\"]}}", "\"../x\",".repeat(100_000));
        let problems = read(&json!({"req": {"Method": "POST", "Body": large}})).unwrap_err();
        assert!(
            problems.concat().len() < 5_000,
            "{}",
            problems.concat().len()
        );
        let larger = format!("{{\"symbols\": [{}\"x\"]}}", "\"../x\",".repeat(1_000_000));
        let problems = read(&json!({"req": {"Method": "POST", "Body": larger}})).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("allowed are"), "{problems:?}");
        // Blanks that are too many ask for nothing, least of all for what an empty body asks for.
        let blank = " ".repeat(2 << 20);
        let problems = read(&json!({"req": {"Method": "POST", "Body": blank}})).unwrap_err();
        assert!(problems[0].contains("allowed are"), "{problems:?}");
    }
}
