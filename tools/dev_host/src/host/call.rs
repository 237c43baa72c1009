//! A call of a function: posted, timed, repeated as its retry policy says, and its outputs bound.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Shared;
use super::app::Function;
use super::envelope::Envelope;
use super::journal::Event;
use super::post::{chunks, post};

/// After the limit, the host waits this long before it kills the handler.
const GRACE: Duration = Duration::from_secs(2);

/// What is about to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub function: String,
    /// The instance, of turns and activities.
    pub instance: Option<String>,
    /// The input, of activities.
    pub input: Option<String>,
}

/// What the host does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is posted.
    Post,
    /// It counts as answered with 500, and the handler never sees it.
    Fail,
}

/// Decides about calls.
pub type Interceptor = Arc<dyn Fn(&Call) -> Delivery + Send + Sync>;

/// Why a call has failed.
#[derive(Debug, Clone)]
pub(super) enum CallError<T = ()> {
    /// A status that is no success.
    Status(u16),
    /// No answer came.
    Broken(String),
    /// The function's time was up. The handler was killed.
    TimedOut,
    /// The answer is not what the protocol wants, or what it asks for cannot be done.
    Bad(String),
    /// The answer is a failure in itself.
    Answered(T),
}

impl<T> std::fmt::Display for CallError<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => {
                write!(
                    f,
                    "Response status code does not indicate success: {status}."
                )
            }
            Self::Broken(reason) | Self::Bad(reason) => f.write_str(reason),
            Self::TimedOut => f.write_str("Timeout value was exceeded by function"),
            Self::Answered(_) => f.write_str("the orchestration has failed"),
        }
    }
}

/// The envelope of an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    pub(super) outputs: Map<String, Value>,
    pub(super) value: Value,
}

impl Reply {
    /// Names are matched without regard to case.
    fn read(body: &[u8]) -> Result<Self, String> {
        let parsed: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let Value::Object(fields) = parsed else {
            // The real host would wait for ever.
            return Err("the answer is no JSON object".to_owned());
        };
        let mut reply = Self::default();
        for (name, value) in fields {
            match (name.to_ascii_lowercase().as_str(), value) {
                ("outputs", Value::Object(outputs)) => reply.outputs = outputs,
                ("returnvalue", value) => reply.value = value,
                _ => {}
            }
        }
        Ok(reply)
    }
}

impl Shared {
    /// Calls `function` until `finish` takes the answer or the retry policy is at its end.
    pub(super) async fn call<R, T>(
        &self,
        function: &Function,
        about: &Call,
        envelope: &Envelope,
        finish: impl Fn(Reply) -> Result<R, CallError<T>>,
    ) -> Result<R, CallError<T>> {
        // One name for all attempts, as recorded.
        let invocation = super::keys::guid();
        let max = function.retry.map_or(0, |retry| retry.max);
        let mut failure = Value::Null;
        for attempt in 0.. {
            let retry = function.retry.map(|retry| {
                json!({"RetryCount": attempt, "MaxRetryCount": retry.max, "Exception": failure,
                    "Instance": null, "State": {}})
            });
            let text = envelope.text(&function.name, retry);
            let outcome = self.attempt(function, about, &invocation, &text).await;
            let error = match outcome.map(&finish) {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => error,
                Err(error) => error.into_any(),
            };
            self.journal.record(Event::Failed {
                function: function.name.clone(),
                reason: error.to_string(),
            });
            if attempt >= max || matches!(error, CallError::TimedOut) {
                return Err(error);
            }
            failure = json!({"InstanceId": invocation, "Handled": false,
                "MethodName": format!("Host.Functions.{}", function.name),
                "Message": format!("Exception while executing function: Functions.{}", function.name),
                "InnerException": {"Message": error.to_string()}});
            let delay = function.retry.map_or(Duration::ZERO, |retry| retry.delay);
            tokio::time::sleep(self.pace.cut(delay)).await;
        }
        Err(CallError::Bad("a hundred million attempts".to_owned()))
    }

    async fn attempt(
        &self,
        function: &Function,
        about: &Call,
        invocation: &str,
        text: &str,
    ) -> Result<Reply, CallError> {
        let of = about.instance.as_ref().map(|it| format!(" for {it}"));
        self.journal.record(Event::Called {
            function: function.name.clone(),
            about: of.unwrap_or_default(),
        });
        if let Some(interceptor) = &self.interceptor
            && interceptor(about) == Delivery::Fail
        {
            return Err(CallError::Status(500));
        }
        let address = self.handler.address().await.map_err(CallError::Broken)?;
        let path = format!("/{}", function.name);
        let answer = post(address, &path, invocation, chunks(text));
        let limit = self.app.function_timeout + GRACE;
        let Ok(answer) = tokio::time::timeout(limit, answer).await else {
            // With everybody in it.
            self.handler.kill();
            return Err(CallError::TimedOut);
        };
        let answer = answer.map_err(CallError::Broken)?;
        if !(200..300).contains(&answer.status) {
            return Err(CallError::Status(answer.status));
        }
        Reply::read(&answer.body).map_err(CallError::Bad)
    }

    /// Starts what the output binding asks for. Of several, those before the first that cannot be
    /// started are started.
    pub(super) fn start_all<T>(
        self: &Arc<Self>,
        function: &Function,
        reply: &Reply,
    ) -> Result<(), CallError<T>> {
        let output = function
            .starter
            .as_ref()
            .and_then(|name| reply.outputs.get(name));
        let wanted = match output {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::String(text)) => serde_json::from_str(text)
                .map_err(|error| CallError::Bad(format!("the starter's text: {error}")))?,
            Some(other) => other.clone(),
        };
        let all = match wanted {
            Value::Array(all) => all,
            one => vec![one],
        };
        for one in all {
            let field = |name: &str| {
                let fields = one.as_object().into_iter().flatten();
                let mut found = fields.filter(|(it, _)| it.eq_ignore_ascii_case(name));
                found.next().map(|(_, value)| value.clone())
            };
            let text = |name: &str| field(name).and_then(|it| it.as_str().map(str::to_owned));
            let name = text("FunctionName").unwrap_or_default();
            let id = text("InstanceId").filter(|id| !id.is_empty());
            let id = id.unwrap_or_else(|| super::keys::guid().replace('-', ""));
            if !self.app.orchestrators().contains(&name.as_str()) {
                return Err(CallError::Bad(format!(
                    "The function '{name}' doesn't exist."
                )));
            }
            if id.contains(['/', '\\', '#', '?']) {
                return Err(CallError::Bad(format!("{id} is no name of an instance")));
            }
            let input = field("Input").filter(|it| !it.is_null());
            self.start(&name, &id, input.map(|it| it.to_string()))
                .map_err(CallError::Bad)?;
        }
        Ok(())
    }
}

impl CallError {
    fn into_any<T>(self) -> CallError<T> {
        match self {
            Self::Status(status) => CallError::Status(status),
            Self::Broken(reason) => CallError::Broken(reason),
            Self::Bad(reason) => CallError::Bad(reason),
            Self::TimedOut | Self::Answered(()) => CallError::TimedOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::super::Pace;
    use super::super::app::{App, Trigger};
    use super::super::journal::Journal;
    use super::super::process::{Handler, HandlerOutput};
    use super::*;

    fn function(name: &str, trigger: Trigger) -> Function {
        Function {
            name: name.to_owned(),
            trigger,
            binding: "context".to_owned(),
            client: None,
            starter: Some("starter".to_owned()),
            response: None,
            retry: None,
        }
    }

    /// A host whose handler was never started: turns wait for it.
    fn host() -> Arc<Shared> {
        let orchestrator = function("orchestrator", Trigger::Orchestration);
        let app = App {
            executable: "handler".to_owned(),
            function_timeout: Duration::from_secs(60),
            hub_name: "Hub".to_owned(),
            activities_at_once: 1,
            turns_at_once: 1,
            functions: BTreeMap::from([(orchestrator.name.clone(), orchestrator)]),
        };
        let journal = Arc::new(Journal::default());
        let (program, root, output) = (PathBuf::new(), PathBuf::new(), HandlerOutput::Dropped);
        let handler = Handler::new(program, root, BTreeMap::new(), output, journal);
        Shared::new(app, handler, 0, Pace::Real, None)
    }

    /// The recorded cases of the output binding that starts instances.
    #[tokio::test]
    async fn instances_are_started_as_recorded() {
        let host = host();
        let starts = |output: Value| {
            let envelope = json!({"outputs": {"starter": output}, "Logs": null}).to_string();
            let reply = Reply::read(envelope.as_bytes()).unwrap();
            let timer = function("timer", Trigger::Activity);
            host.start_all::<()>(&timer, &reply)
                .map_err(|error| error.to_string())
        };
        let of = |id: &str| json!({"FunctionName": "orchestrator", "InstanceId": id});
        assert_eq!(starts(Value::Null), Ok(()));
        assert_eq!(starts(of("one")), Ok(()));
        let running = starts(of("one")).unwrap_err();
        assert!(running.ends_with("Pending already exists."), "{running}");
        // Of several, those before the one that is running.
        assert!(starts(json!([of("two"), of("one"), of("three")])).is_err());
        assert_eq!(starts(json!(of("four").to_string())), Ok(()));
        let lower = json!({"functionName": "orchestrator", "instanceId": "", "input": "text"});
        assert_eq!(starts(lower), Ok(()));
        assert!(starts(json!({"FunctionName": "nope", "InstanceId": "x"})).is_err());
        assert!(starts(of("a/b#c")).is_err());
        let mut ids: Vec<String> = host.hub.all().into_iter().map(|it| it.id).collect();
        ids.retain(|id| id.len() < 32);
        assert_eq!(ids, ["four", "one", "two"]);
        assert_eq!(host.hub.all().len(), 4);
        super::super::journal::unpoisoned(&host.tasks).abort_all();
    }

    #[test]
    fn an_answer_is_an_object_with_names_in_any_case() {
        for wrong in ["", "null", "[]", "7"] {
            assert!(Reply::read(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        let reply =
            Reply::read(br#"{"returnValue": "x", "OUTPUTS": {"res": 1}, "more": 2}"#).unwrap();
        assert_eq!((reply.value, reply.outputs.len()), (json!("x"), 1));
    }
}
