//! The host's management API, through the input binding `durableClient`. Its addresses hold the system
//! key and are never logged.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::host::invocation::Invocation;

/// The host waits for the function's answer meanwhile.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the binding holds: where the management API is, and the key to it.
pub(crate) struct DurableClient {
    base: String,
    query: String,
}

impl std::fmt::Debug for DurableClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DurableClient").finish_non_exhaustive()
    }
}

impl DurableClient {
    /// The client of an invocation, if its function has the binding.
    pub(crate) fn of(call: &Invocation, binding: &str) -> Option<Self> {
        let client = call.value(binding);
        let base = client["httpBaseUrl"].as_str()?.trim_end_matches('/');
        Some(Self {
            base: reachable(base),
            query: client["requiredQueryStringParameters"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// The addresses of an instance, as the host's own libraries give them.
    pub(crate) fn urls(&self, instance: &str) -> Map<String, Value> {
        let url = |verb: &str| {
            Value::String(format!(
                "{}/instances/{instance}{verb}?{}",
                self.base, self.query
            ))
        };
        [
            ("statusQueryGetUri", ""),
            ("sendEventPostUri", "/raiseEvent/{eventName}"),
            ("terminatePostUri", "/terminate"),
            ("suspendPostUri", "/suspend"),
            ("resumePostUri", "/resume"),
        ]
        .into_iter()
        .map(|(name, verb)| (name.to_owned(), url(verb)))
        .collect()
    }

    /// Whether an instance is under way: the host answers 202 then. If there is no answer, the start is
    /// tried: a second start of a running instance fails and harms nothing.
    pub(crate) async fn is_running(&self, instance: &str) -> bool {
        let status = async {
            let client = reqwest::Client::builder().timeout(TIMEOUT).build().ok()?;
            let url = format!("{}/instances/{instance}?{}", self.base, self.query);
            let answer = client.get(url).send().await;
            Some(answer.ok()?.status() == reqwest::StatusCode::ACCEPTED)
        };
        let answer = status.await;
        if answer.is_none() {
            tracing::warn!(
                instance,
                "the host does not say whether {instance} is running"
            );
        }
        answer.unwrap_or(false)
    }
}

/// A host on this machine says https and serves http.
fn reachable(base: &str) -> String {
    let local = ["https://localhost", "https://127.0.0.1"];
    match base.strip_prefix("https") {
        Some(rest) if local.iter().any(|start| base.starts_with(start)) => format!("http{rest}"),
        _ => base.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_are_made_of_the_binding() {
        let client = json!({"httpBaseUrl": "https://localhost:7071/runtime/webhooks/durabletask",
            "requiredQueryStringParameters": "code=secret"});
        // As the host sends it: a text in a text.
        let data = json!({"Data": {"client": json!(client.to_string()).to_string()}});
        let call = Invocation::parse(String::new(), data.to_string().as_bytes()).unwrap();
        let client = DurableClient::of(&call, "client").unwrap();
        let urls = client.urls("daily-2026-11-22");
        assert_eq!(
            urls["sendEventPostUri"],
            "http://localhost:7071/runtime/webhooks/durabletask/instances/daily-2026-11-22/raiseEvent/{eventName}?code=secret"
        );
        assert!(!format!("{client:?}").contains("secret"));
        assert_eq!(
            reachable("https://app.azurewebsites.net/x"),
            "https://app.azurewebsites.net/x"
        );
    }
}
