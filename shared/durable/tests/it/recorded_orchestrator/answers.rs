//! What the recorded orchestrator makes of answers and failures.

use std::num::NonZeroU32;
use std::time::Duration;

use quantx_durable::{Failure, RetryPolicy};
use serde_json::{Value, json};

use super::Ended;

pub(super) fn doubling(first_wait: Duration) -> RetryPolicy {
    RetryPolicy {
        max_attempts: NonZeroU32::new(3).unwrap(),
        first_wait,
        growth: 2,
        longest_wait: Duration::from_secs(3_600),
    }
}

pub(super) fn done(output: Value) -> Ended {
    Ok(Some(output.to_string()))
}

/// The envelope in an answer, as an object.
pub(super) fn envelope(answer: Option<String>) -> Value {
    let inner: String = serde_json::from_str(&answer.unwrap()).unwrap();
    serde_json::from_str(&inner).unwrap()
}

/// Long texts are given by their length and, on request, their two ends.
pub(super) fn shortened(text: Option<String>, ends: Option<(usize, usize)>) -> Value {
    match (text, ends) {
        (Some(text), None) if text.len() > 2_000 => json!({"len": text.len()}),
        (Some(text), Some((head, tail))) if text.len() > 2_000 => json!({
            "len": text.len(), "head": text[..head], "tail": text[text.len() - tail..],
        }),
        (text, _) => json!(text),
    }
}

pub(super) fn text_or_caught(ended: Ended, key: &str) -> Value {
    match ended {
        Ok(text) => json!({ key: text }),
        Err(failure) if failure == Failure::unexplained() => {
            json!({"caught": {"errorMessage": null}})
        }
        Err(failure) => json!({"caught": caught(&failure)}),
    }
}

fn caught(failure: &Failure) -> Value {
    let mut shown = json!({
        "errorType": failure.kind,
        "errorMessage": failure.message,
        "isNonRetriable": !failure.retryable,
    });
    if let Some(stack) = &failure.stack_trace {
        shown["stackTraceHead"] = json!(stack.chars().take(120).collect::<String>());
    }
    if let Some(cause) = &failure.cause {
        shown["inner"] = caught(cause);
    }
    shown
}
