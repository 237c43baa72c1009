//! The body of an invocation: `{"Data": {<binding>: ..}, "Metadata": {..}}`, as it was recorded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::http::Asked;
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
    pub(super) fn http(binding: &str, asked: &Asked, caller: Caller) -> Self {
        let (mut query, mut last) = (Map::new(), Map::new());
        for (name, value) in &asked.query {
            let joined = match query.get(name).and_then(Value::as_str) {
                Some(before) => format!("{before},{value}"),
                None => value.clone(),
            };
            query.insert(name.clone(), json!(joined));
            last.insert(name.clone(), json!(value));
        }
        let (mut headers, mut plain) = (Map::new(), Map::new());
        for (name, value) in &asked.headers {
            headers.insert(name.clone(), json!([value]));
            plain.insert(name.clone(), json!(value));
        }
        let mut request = json!({
            "Url": asked.url,
            "Method": asked.method,
            "Query": query,
            "Headers": headers,
            "Params": {},
            "Identities": [identity(caller)],
        });
        let mut envelope = Self::default();
        if let Some(body) = body(asked) {
            if let Ok(fields) = serde_json::from_str(&body) {
                envelope.spread(&fields);
            }
            request["Body"] = Value::String(body);
        }
        envelope.spread(&Value::Object(last.clone()));
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
        let told = json!({
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
        let text = quoted(&told.to_string());
        self.data.insert(binding.to_owned(), text);
        self
    }

    /// Properties of an input overwrite what is there, whatever it is.
    fn spread(&mut self, input: &Value) {
        for (name, value) in input.as_object().into_iter().flatten() {
            let shown = match value {
                Value::Object(_) | Value::Array(_) => value.clone(),
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
fn body(asked: &Asked) -> Option<String> {
    if asked.body.is_empty() || asked.header("content-length").is_none() {
        return None;
    }
    if asked.header("content-type") == Some("application/octet-stream") {
        return Some(STANDARD.encode(&asked.body));
    }
    Some(String::from_utf8_lossy(&asked.body).into_owned())
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
