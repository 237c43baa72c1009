//! The text an activity answers with: `{"ok": output}` or `{"err": {"kind", "msg", "retryable"}}`.
//!
//! A failed activity answers too, rather than fail towards its host: the host would keep nothing
//! of the reason. And the answer is one text, because the host rewrites dates and numbers inside
//! a JSON object (`2024-01-31T09:30:00+02:00` becomes `07:30:00+00:00`), but never inside a text.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Failure, kind};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Envelope<T> {
    Ok(T),
    Err(ActivityError),
}

#[derive(Debug, Serialize, Deserialize)]
struct ActivityError {
    kind: String,
    msg: String,
    retryable: bool,
}

/// Writes an activity's answer, the text of its function's `ReturnValue`. Causes are not kept; put what matters into the message.
///
/// # Errors
/// [`kind::UNWRITABLE`] if the output cannot be written as JSON.
pub fn encode_answer<T: Serialize>(outcome: Result<T, Failure>) -> Result<String, Failure> {
    let envelope = match outcome {
        Ok(output) => Envelope::Ok(output),
        Err(failure) => Envelope::Err(ActivityError {
            kind: failure.kind,
            msg: failure.message,
            retryable: failure.retryable,
        }),
    };
    to_json(&envelope)
}

/// Reads an activity's answer, as it is or quoted once more, as the host stores texts.
///
/// # Errors
/// The activity's own failure, or [`kind::UNREADABLE`].
pub fn decode_answer<T: DeserializeOwned>(text: Option<&str>) -> Result<T, Failure> {
    let text = text.ok_or_else(|| Failure::permanent(kind::UNREADABLE, "an empty answer"))?;
    let unquoted = serde_json::from_str::<String>(text);
    let envelope = match &unquoted {
        Ok(inner) => from_json(inner)?,
        Err(_) => from_json(text)?,
    };
    match envelope {
        Envelope::Ok(output) => Ok(output),
        Envelope::Err(error) => Err(Failure {
            retryable: error.retryable,
            ..Failure::permanent(error.kind, error.msg)
        }),
    }
}

/// Reads an input; an absent one is `null`.
pub(crate) fn from_input<T: DeserializeOwned>(text: Option<&str>) -> Result<T, Failure> {
    from_json(text.unwrap_or("null"))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| kind::unreadable(&error))
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| kind::unwritable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_survive_the_quoting_of_the_host() {
        for outcome in [
            Ok("2024-01-31T09:30:00+02:00".to_owned()),
            Ok("\"quoted\"".to_owned()),
            Err(Failure::transient("vendor", "HTTP 429")),
            Err(Failure::permanent("unknown", "no such order")),
        ] {
            let text = encode_answer(outcome.clone()).unwrap();
            let stored = serde_json::to_string(&text).unwrap();
            assert_eq!(decode_answer::<String>(Some(&text)), outcome, "{text}");
            assert_eq!(decode_answer::<String>(Some(&stored)), outcome, "{stored}");
        }
    }

    #[test]
    fn what_is_no_envelope_is_a_permanent_failure() {
        for text in [
            None,
            Some(""),
            Some("3"),
            Some("\"abcd\""),
            Some(r#"{"ok":"text"}"#),
        ] {
            let failure = decode_answer::<u32>(text).unwrap_err();
            assert_eq!(failure.kind, kind::UNREADABLE, "{text:?}");
            assert!(!failure.retryable);
        }
    }

    #[test]
    fn a_key_that_json_cannot_write_is_said() {
        let map = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert_eq!(encode_answer(Ok(map)).unwrap_err().kind, kind::UNWRITABLE);
    }
}
