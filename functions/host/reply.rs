//! What the host gets: `{"Outputs": .., "Logs": .., "ReturnValue": ..}`, always an object: the host
//! would wait for ever for what an empty answer means.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};
use warp::http::{Response, StatusCode};

/// Problems of a request that an answer names.
const PROBLEMS_SHOWN: usize = 25;

/// The answer to an invocation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    outputs: Map<String, Value>,
    logs: Vec<String>,
    value: Value,
}

/// An instance of an orchestrator that a function starts.
#[derive(Debug)]
pub(crate) struct Start<'a, I> {
    pub(crate) orchestrator: &'a str,
    pub(crate) instance: &'a str,
    pub(crate) input: &'a I,
}

/// A bug, or an environment in which nothing can work: the invocation has failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvocationError(String);

impl InvocationError {
    /// An error in words.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// An error with its sources.
    pub(crate) fn of(error: &dyn std::error::Error) -> Self {
        Self(quantx::report::with_causes(error))
    }
}

impl Reply {
    /// A value for the durable triggers: one text, in which the host rewrites nothing.
    pub(crate) fn value(text: String) -> Self {
        Self {
            value: Value::String(text),
            ..Self::default()
        }
    }

    /// An HTTP answer through the output binding `binding`, with a JSON body. The body is sent as text:
    /// the host would rewrite the dates and numbers of an object.
    pub(crate) fn http(binding: &str, status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned());
        let answer = json!({
            "statusCode": status,
            "headers": {"content-type": "application/json"},
            "body": body,
        });
        let mut reply = Self::default();
        reply.outputs.insert(binding.to_owned(), answer);
        reply
    }

    /// An HTTP answer that says what was wrong. The invocation itself went as it should. Of many
    /// problems the first are named and the rest counted: the answer must not be larger than the request.
    pub(crate) fn refusal(binding: &str, status: u16, problems: &[String]) -> Self {
        let n_more = problems.len().saturating_sub(PROBLEMS_SHOWN);
        let more = (n_more > 0).then(|| format!("and {n_more} more"));
        let shown: Vec<&String> = problems.iter().take(PROBLEMS_SHOWN).chain(&more).collect();
        Self::http(
            binding,
            status,
            &json!({"status": "error", "problems": shown}),
        )
    }

    /// An HTTP answer to a caller who should try again later.
    pub(crate) fn busy(binding: &str, status: u16, problem: &str, after_seconds: u32) -> Self {
        let body =
            json!({"status": "error", "problems": [problem], "retry_after_seconds": after_seconds});
        let mut reply = Self::http(binding, status, &body);
        reply.outputs[binding]["headers"]["retry-after"] = json!(after_seconds.to_string());
        reply
    }

    /// Starts an instance of an orchestrator through the output binding `binding`.
    #[must_use]
    pub(crate) fn starting(mut self, binding: &str, start: &Start<'_, impl Serialize>) -> Self {
        let start = json!({"FunctionName": start.orchestrator, "InstanceId": start.instance, "Input": start.input});
        self.outputs.insert(binding.to_owned(), start);
        self
    }

    /// A line that the host shows beside the invocation.
    #[must_use]
    pub(crate) fn log(mut self, line: String) -> Self {
        self.logs.push(line);
        self
    }

    /// The answer on the wire.
    pub(crate) fn respond(self) -> Response<Bytes> {
        json_response(
            StatusCode::OK,
            &json!({"Outputs": self.outputs, "Logs": self.logs, "ReturnValue": self.value}),
        )
    }
}

/// An answer with a JSON body.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = warp::http::HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(warp::http::header::CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reply: Reply) -> Value {
        serde_json::from_slice(reply.respond().body()).unwrap()
    }

    #[test]
    fn even_an_empty_reply_is_an_object_with_all_fields() {
        let expect = json!({"Outputs": {}, "Logs": [], "ReturnValue": null});
        assert_eq!(body(Reply::default()), expect);
    }

    #[test]
    fn an_answer_to_many_problems_is_short_and_a_busy_process_says_when() {
        let many: Vec<String> = (0..1_000_000).map(|n| format!("symbols: {n}")).collect();
        let refusal = Reply::refusal("res", 400, &many).respond();
        assert!(refusal.body().len() < 4_096, "{}", refusal.body().len());
        let busy = body(Reply::busy("res", 429, "too many", 30));
        let res = &busy["Outputs"]["res"];
        assert_eq!(
            (&res["statusCode"], &res["headers"]["retry-after"]),
            (&json!(429), &json!("30"))
        );
        assert!(
            res["body"]
                .as_str()
                .unwrap()
                .contains("\"retry_after_seconds\":30")
        );
    }

    #[test]
    fn dates_travel_inside_texts() {
        let reply = Reply::http("res", 202, &json!({"at": "2024-01-31T09:30:00+02:00"}));
        let start = Start {
            orchestrator: "backfill_orchestrator",
            instance: "daily-2024-01-31",
            input: &json!({}),
        };
        let body = body(reply.starting("starter", &start));
        assert_eq!(body["Outputs"]["res"]["statusCode"], 202);
        assert_eq!(
            body["Outputs"]["res"]["body"],
            "{\"at\":\"2024-01-31T09:30:00+02:00\"}"
        );
        assert_eq!(body["Outputs"]["starter"]["InstanceId"], "daily-2024-01-31");
        assert_eq!(
            body["Outputs"]["starter"]["FunctionName"],
            "backfill_orchestrator"
        );
    }
}
