//! The body of an invocation: `{"Data": {<binding>: ..}, "Metadata": {..}}`, as it was recorded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::http::CallerRequest;
use super::keys::Caller;

/// What the host puts around one call.
#[derive(Debug, Clone, Default)]
pub(super) struct Envelope {
    pub(super) data: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
}

impl Envelope {
    /// Text of the post, for one attempt.
    pub(super) fn text(&self, function: &str, retry: Option<Value>) -> String {
        let mut metadata = self.metadata.clone();
        let sys = json!({
            "MethodName": function,
            "UtcNow": super::now().to_string(),
            "RandGuid": super::keys::guid(),
        });
        // Fields of an input come first, and win: `sys` is not to be relied on.
        metadata.entry("sys").or_insert(sys);
        if let Some(retry) = retry {
            metadata.insert("RetryContext".to_owned(), retry);
        }
        json!({"Data": self.data, "Metadata": metadata}).to_string()
    }

    /// A turn: protobuf as base64, quoted once.
    pub(super) fn turn(binding: &str, request: &[u8]) -> Self {
        let mut envelope = Self::default();
        envelope
            .data
            .insert(binding.to_owned(), quoted(&STANDARD.encode(request)));
        envelope
    }

    /// An activity: its input as compact JSON, quoted once, and spread over the metadata.
    pub(super) fn activity(binding: &str, instance: &str, input: Option<&Value>) -> Self {
        let mut envelope = Self::default();
        envelope
            .metadata
            .insert("instanceId".to_owned(), quoted(instance));
        let Some(input) = input else {
            envelope.data.insert(binding.to_owned(), json!("null"));
            return envelope;
        };
        let text = quoted(&input.to_string());
        envelope.data.insert(binding.to_owned(), text.clone());
        let whole = if input.is_object() {
            input.clone()
        } else {
            text
        };
        envelope.metadata.insert("data".to_owned(), whole.clone());
        envelope.metadata.insert(binding.to_owned(), whole);
        envelope.spread(input);
        envelope
    }

    /// A timer; `status` is `null` where the host does not monitor it.
    pub(super) fn timer(binding: &str, status: Value) -> Self {
        let timer = json!({
            "Schedule": {"AdjustForDST": true},
            "ScheduleStatus": status,
            "IsPastDue": false,
        });
        let mut envelope = Self::default();
        envelope.data.insert(binding.to_owned(), timer);
        envelope
    }

    /// An HTTP request. The caller's key is in it, as in the real one: never log it.
    pub(super) fn http(binding: &str, received: &CallerRequest, caller: Caller) -> Self {
        let (mut query, mut last) = (Map::new(), Map::new());
        for (name, value) in &received.query {
            let joined = match query.get(name).and_then(Value::as_str) {
                Some(before) => format!("{before},{value}"),
                None => value.clone(),
            };
            query.insert(name.clone(), json!(joined));
            last.insert(name.clone(), json!(value));
        }
        let (mut headers, mut plain) = (Map::new(), Map::new());
        for (name, value) in &received.headers {
            let values = headers.entry(name.clone()).or_insert(json!([]));
            if let Value::Array(values) = values {
                values.push(json!(value));
            }
            plain
                .entry(name.clone())
                .and_modify(|before| {
                    *before = json!(format!("{},{value}", before.as_str().unwrap_or_default()));
                })
                .or_insert(json!(value));
        }
        let mut request = json!({
            "Url": received.url,
            "Method": received.method,
            "Query": query,
            "Headers": headers,
            "Params": {},
            "Identities": [identity(caller)],
        });
        let mut envelope = Self::default();
        if let Some(body) = body(received) {
            if let Ok(fields) = serde_json::from_str(&body) {
                envelope.spread(&fields);
            }
            request["Body"] = Value::String(body);
        }
        let mut shown = last.clone();
        shown.retain(|name, _| name != "code");
        envelope.spread(&Value::Object(shown));
        envelope
            .metadata
            .insert("Query".to_owned(), Value::Object(last));
        envelope
            .metadata
            .insert("Headers".to_owned(), Value::Object(plain));
        envelope.data.insert(binding.to_owned(), request);
        envelope
    }

    /// The input binding of the management API: a text in a text. It says https on a host that serves
    /// http, as recorded.
    pub(super) fn with_client(mut self, binding: &str, hub: &str, port: u16, key: &str) -> Self {
        let client = json!({
            "taskHubName": hub,
            "connectionName": null,
            "creationUrls": null,
            "managementUrls": null,
            "baseUrl": null,
            "requiredQueryStringParameters": format!("code={key}"),
            "rpcBaseUrl": null,
            "httpBaseUrl": format!("https://127.0.0.1:{port}/runtime/webhooks/durabletask"),
            "maxGrpcMessageSizeInBytes": 4_194_304,
            "grpcHttpClientTimeout": "\"00:01:40\"",
        });
        let text = quoted(&client.to_string());
        self.data.insert(binding.to_owned(), text);
        self
    }

    /// Properties of an input overwrite what is there, whatever it is; lists are left out.
    fn spread(&mut self, input: &Value) {
        for (name, value) in input.as_object().into_iter().flatten() {
            let shown = match value {
                Value::Array(_) => continue,
                Value::Object(_) => value.clone(),
                Value::Bool(true) => quoted("True"),
                Value::Bool(false) => quoted("False"),
                Value::String(text) => quoted(text),
                Value::Null | Value::Number(_) => quoted(&value.to_string()),
            };
            self.metadata.insert(name.clone(), shown);
        }
    }
}

/// The body as text: absent when it is empty, and lost when it came in chunks.
fn body(received: &CallerRequest) -> Option<String> {
    if received.body.is_empty() || received.header("content-length").is_none() {
        return None;
    }
    if received.header("content-type") == Some("application/octet-stream") {
        return Some(STANDARD.encode(&received.body));
    }
    Some(String::from_utf8_lossy(&received.body).into_owned())
}

fn quoted(text: &str) -> Value {
    Value::String(Value::String(text.to_owned()).to_string())
}

fn identity(caller: Caller) -> Value {
    let (level, id) = match caller {
        Caller::Master => ("Admin", "master"),
        Caller::Function => ("Function", "default"),
        Caller::System | Caller::Stranger => {
            return json!({
                "AuthenticationType": null, "IsAuthenticated": false, "Actor": null,
                "BootstrapContext": null, "Claims": [], "Label": null, "Name": null,
                "NameClaimType": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
                "RoleClaimType": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
            });
        }
    };
    let claim = |kind: &str, value: &str| {
        json!({
            "Issuer": "LOCAL AUTHORITY", "OriginalIssuer": "LOCAL AUTHORITY", "Properties": {},
            "Type": format!("http://schemas.microsoft.com/2017/07/functions/claims/{kind}"),
            "Value": value, "ValueType": "http://www.w3.org/2001/XMLSchema#string",
        })
    };
    json!({
        "AuthenticationType": "WebJobsAuthLevel", "IsAuthenticated": true, "Actor": null,
        "BootstrapContext": null,
        "Claims": [claim("authlevel", level), claim("invoke", "true"), claim("keyid", id)],
        "Label": null, "Name": null,
        "NameClaimType": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "RoleClaimType": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bytes::Bytes;

    use super::*;

    /// Posts of one function in a family of the recordings; `None` where the checkout has none.
    fn recorded(file: &str, function: &str) -> Option<Vec<Value>> {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/host_recordings");
        if !folder.is_dir() {
            eprintln!("skipped: no ../shared/data");
            return None;
        }
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let exchanges = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let posts = exchanges
            .filter(|it| it["direction"] == "host->handler" && it["function"] == function)
            .map(|it| serde_json::from_str(it["request"]["body"].as_str().unwrap()).unwrap());
        Some(posts.collect())
    }

    /// The caller's request, back from what the host made of it.
    fn received(req: &Value) -> CallerRequest {
        let url = req["Url"].as_str().unwrap();
        let pairs = reqwest::Url::parse(url).unwrap();
        let pairs = pairs
            .query_pairs()
            .map(|(n, v)| (n.into_owned(), v.into_owned()));
        let headers = req["Headers"].as_object().unwrap().iter();
        let headers: Vec<_> = headers
            .flat_map(|(name, values)| {
                let values = values.as_array().unwrap().iter();
                values.map(|value| (name.clone(), value.as_str().unwrap().to_owned()))
            })
            .collect();
        let body = req["Body"].as_str().unwrap_or_default();
        let is_binary = req["Headers"]["Content-Type"][0] == "application/octet-stream";
        CallerRequest {
            method: req["Method"].as_str().unwrap().to_owned(),
            url: url.to_owned(),
            path: Vec::new(),
            query: pairs.collect(),
            headers,
            body: match is_binary {
                true => STANDARD.decode(body).unwrap().into(),
                false => Bytes::copy_from_slice(body.as_bytes()),
            },
        }
    }

    #[test]
    fn http_requests_are_wrapped_as_recorded() {
        let mut n_posts = 0;
        for function in ["health_check", "manual_trigger_update"] {
            let file = format!("20_http/http_{function}.jsonl");
            let Some(posts) = recorded(&file, function) else {
                return;
            };
            for post in posts {
                let req = &post["Data"]["req"];
                let caller = match req["Identities"][0]["Claims"][0]["Value"].as_str() {
                    None => Caller::Stranger,
                    Some("Admin") => Caller::Master,
                    Some(_) => Caller::Function,
                };
                let ours = Envelope::http("req", &received(req), caller);
                assert_eq!(&ours.data["req"], req);
                for name in ["Query", "Headers"] {
                    assert_eq!(ours.metadata[name], post["Metadata"][name]);
                }
                let names = |value: &Value| -> Vec<String> {
                    let fields = value.as_object().unwrap().keys();
                    fields.filter(|name| *name != "sys").cloned().collect()
                };
                let metadata = Value::Object(ours.metadata);
                assert_eq!(names(&metadata), names(&post["Metadata"]), "{req}");
                n_posts += 1;
            }
        }
        assert!(n_posts > 40, "{n_posts}");
    }

    #[test]
    fn activities_are_wrapped_as_recorded() {
        let file = "01_fanout_fanin/s01_fanout.jsonl";
        let Some(posts) = recorded(file, "backfill_chunk") else {
            return;
        };
        assert_eq!(posts.len(), 5);
        for post in posts {
            let input = &post["Metadata"]["data"];
            let ours = Envelope::activity("chunk", "s01_fanout-1", Some(input));
            let mut metadata = post["Metadata"].clone();
            metadata.as_object_mut().unwrap().remove("sys");
            assert_eq!(Value::Object(ours.metadata), metadata);
            // Quoted once; the order of its fields is not compared.
            let read = |value: &Value| -> Value {
                let text: String = serde_json::from_str(value.as_str().unwrap()).unwrap();
                serde_json::from_str(&text).unwrap()
            };
            assert_eq!(read(&ours.data["chunk"]), read(&post["Data"]["chunk"]));
        }
        let none = Envelope::activity("chunk", "x", None);
        assert_eq!(none.data["chunk"], "null");
        assert!(!none.metadata.contains_key("data"));
    }
}
