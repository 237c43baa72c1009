//! What the host posts: `{"Data": {<binding>: value, ..}, "Metadata": {..}}`.
//!
//! The host writes objects as they are and everything else as text that holds JSON. Only `Data` is
//! read: the metadata can be overwritten by whoever sends the input. Bodies hold keys of the app and
//! are never logged.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Texts in texts that are read at most; the host makes three.
const DEEPEST: usize = 4;

/// One invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The host's name of the invocation.
    pub id: String,
    data: Map<String, Value>,
}

/// The part of an HTTP request that is read.
#[derive(Debug, Clone, Default)]
pub struct HttpRequest {
    query: BTreeMap<String, Vec<Value>>,
    /// The text of the body; empty without one.
    pub body: String,
}

/// Why a post is no invocation.
#[derive(Debug, thiserror::Error)]
#[error("the post is no invocation: {0}")]
pub struct InvalidInvocation(#[from] serde_json::Error);

impl Invocation {
    /// Reads a post.
    ///
    /// # Errors
    /// [`InvalidInvocation`] when it is not JSON of that shape.
    pub fn parse(id: String, body: &[u8]) -> Result<Self, InvalidInvocation> {
        // An array would do for a struct.
        let mut posted: Map<String, Value> = serde_json::from_slice(body)?;
        let data = posted.remove("Data").unwrap_or_default();
        Ok(Self {
            id,
            data: Option::deserialize(data)?.unwrap_or_default(),
        })
    }

    /// A text, without the quotes that the host put around it.
    pub fn text(&self, binding: &str) -> Option<String> {
        let text = self.data.get(binding)?.as_str()?;
        Some(serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()))
    }

    /// A value, read through as many texts as it is wrapped in; `null` when it is absent.
    pub fn value(&self, binding: &str) -> Value {
        let mut value = self.data.get(binding).cloned().unwrap_or_default();
        for _ in 0..DEEPEST {
            let Value::String(text) = &value else { break };
            let Ok(inner) = serde_json::from_str(text) else {
                break;
            };
            value = inner;
        }
        value
    }

    /// The HTTP request of a binding; `None` when there is none that can be read: an envelope without
    /// one asks for nothing. Names of the query count without regard to case.
    pub fn http(&self, binding: &str) -> Option<HttpRequest> {
        let Value::Object(mut request) = self.value(binding) else {
            return None;
        };
        let mut query: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        match request.remove("Query") {
            None | Some(Value::Null) => {}
            Some(Value::Object(pairs)) => {
                for (name, value) in pairs {
                    query
                        .entry(name.to_ascii_lowercase())
                        .or_default()
                        .push(value);
                }
            }
            Some(_) => return None,
        }
        request.get("Method")?.as_str()?;
        let body = match request.remove("Body") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        };
        Some(HttpRequest { query, body })
    }
}

impl HttpRequest {
    /// A parameter of the query.
    ///
    /// # Errors
    /// What is wrong when it is no text, or stands there more than once.
    pub fn query(&self, name: &str) -> Result<Option<&str>, String> {
        match self.query.get(name).map(Vec::as_slice) {
            None => Ok(None),
            Some([Value::String(text)]) => Ok(Some(text)),
            Some([_]) => Err(format!("{name}: is no text")),
            Some(_) => Err(format!("{name}: stands in the query more than once")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(data: Value) -> Invocation {
        let body = json!({"Data": data, "Metadata": {"sys": "shadowed"}});
        Invocation::parse("id".to_owned(), body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn values_are_read_through_the_hosts_quotes() {
        let object = json!({"run": "backfill_20240501_060000", "chunk": 3});
        let once = object.to_string();
        let twice = json!(once).to_string();
        for data in [json!(object), json!(once), json!(twice)] {
            assert_eq!(call(json!({"chunk": data})).value("chunk"), object);
        }
        assert_eq!(call(json!({"chunk": "null"})).value("chunk"), Value::Null);
        assert_eq!(call(json!({})).value("chunk"), Value::Null);
        assert_eq!(
            call(json!({"chunk": "plain"})).value("chunk"),
            json!("plain")
        );
    }

    #[test]
    fn a_text_loses_one_pair_of_quotes() {
        for data in ["\"CgZw+/==\"", "CgZw+/=="] {
            let text = call(json!({"context": data})).text("context");
            assert_eq!(text.as_deref(), Some("CgZw+/=="));
        }
        assert_eq!(call(json!({"context": {}})).text("context"), None);
    }

    #[test]
    fn a_request_has_a_query_and_perhaps_a_body() {
        let bare = call(json!({"req": {"Method": "POST", "Query": {}}}));
        let bare = bare.http("req").unwrap();
        assert_eq!((bare.body.as_str(), bare.query("wait")), ("", Ok(None)));
        let full = json!({"Method": "POST", "Query": {"Wait": "30"}, "Body": "{\"a\":1}"});
        let full = call(json!({"req": full})).http("req").unwrap();
        assert_eq!(
            (full.body.as_str(), full.query("wait")),
            ("{\"a\":1}", Ok(Some("30")))
        );
        let odd = json!({"Method": "POST", "Query": {"wait": 30, "Key": "a", "key": "b"}});
        let odd = call(json!({"req": odd})).http("req").unwrap();
        assert_eq!(odd.query("wait"), Err("wait: is no text".to_owned()));
        assert!(odd.query("key").unwrap_err().contains("more than once"));
    }

    #[test]
    fn an_envelope_without_a_request_asks_for_nothing() {
        for data in [
            json!({}),
            json!({"req": null}),
            json!({"req": "text"}),
            json!({"req": []}),
            json!({"req": {}}),
            json!({"req": {"Method": "POST", "Query": [1]}}),
        ] {
            assert!(call(data.clone()).http("req").is_none(), "{data}");
        }
    }

    #[test]
    fn what_is_no_invocation_is_refused() {
        for body in ["", "{", "[]", "null", "7"] {
            assert!(
                Invocation::parse(String::new(), body.as_bytes()).is_err(),
                "{body}"
            );
        }
        assert!(Invocation::parse(String::new(), b"{}").is_ok());
    }
}
