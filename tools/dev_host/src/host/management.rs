//! The management API of durable instances, in the shapes that were recorded.

use std::sync::Arc;

use quantx::durable::wire::{EventRaised, EventType, InputOnly};
use serde_json::{Value, json};

use super::Shared;
use super::http::{Asked, Said};
use super::instance::{Instance, RuntimeStatus};
use super::journal::Event;
use super::keys::Caller;

impl Shared {
    /// A call below `/runtime/webhooks/durabletask`.
    pub(super) fn manage(self: &Arc<Self>, asked: &Asked, rest: &[&str]) -> Said {
        match self.keys.caller(asked) {
            Caller::System | Caller::Master => {}
            Caller::Function => return Said::status(403),
            Caller::Stranger => return Said::status(401).with("WWW-Authenticate", "Bearer"),
        }
        match (asked.method.as_str(), rest) {
            ("POST", ["orchestrators", function]) => {
                let id = super::keys::guid().replace('-', "");
                self.begin_by_hand(asked, function, &id)
            }
            ("POST", ["orchestrators", function, id]) => self.begin_by_hand(asked, function, id),
            ("GET", ["instances"]) => {
                let all = self.hub.all();
                let shown = all.iter().map(|it| shown(it, asked)).collect();
                Said::json(200, &Value::Array(shown))
            }
            ("GET", ["instances", id]) => self.tell_status(asked, id),
            ("DELETE", ["instances", id]) => match self.hub.remove(id) {
                true => Said::json(200, &json!({"instancesDeleted": 1})),
                false => Said::status(404),
            },
            ("POST", ["instances", id, "raiseEvent", name]) => self.raise(asked, id, name),
            ("POST", ["instances", id, verb]) => self.order(asked, id, verb),
            _ => Said::status(404),
        }
    }

    fn begin_by_hand(self: &Arc<Self>, asked: &Asked, function: &str, id: &str) -> Said {
        let text = String::from_utf8_lossy(&asked.body);
        // The text goes into the history byte for byte.
        let input = (!text.is_empty()).then(|| text.clone().into_owned());
        if !text.is_empty() && serde_json::from_str::<Value>(&text).is_err() {
            return Said::json(400, &json!({"Message": "Invalid JSON content"}));
        }
        match self.start(function, id, input) {
            Ok(()) => {
                let urls = self.urls(id);
                let status = urls["statusQueryGetUri"].as_str().unwrap_or_default();
                Said::json(202, &urls)
                    .with("Location", status)
                    .with("Retry-After", "10")
            }
            Err(reason) => Said::json(500, &json!({"Message": reason})),
        }
    }

    fn urls(&self, id: &str) -> Value {
        let base = format!(
            "http://127.0.0.1:{}/runtime/webhooks/durabletask",
            self.port
        );
        let (hub, key) = (&self.app.hub_name, &self.keys.system);
        let rest = format!("taskHub={hub}&connection=Storage&code={key}");
        let url = |verb: &str, reason: &str| format!("{base}/instances/{id}{verb}?{reason}{rest}");
        json!({
            "id": id,
            "statusQueryGetUri": url("", ""),
            "sendEventPostUri": url("/raiseEvent/{eventName}", ""),
            "terminatePostUri": url("/terminate", "reason={text}&"),
            "purgeHistoryDeleteUri": url("", ""),
            "suspendPostUri": url("/suspend", "reason={text}&"),
            "resumePostUri": url("/resume", "reason={text}&"),
        })
    }

    fn tell_status(&self, asked: &Asked, id: &str) -> Said {
        let Some(instance) = self.hub.get(id) else {
            return Said::status(404);
        };
        let shown = shown(&instance, asked);
        if !instance.status.is_final() {
            let here = asked.url.as_str();
            return Said::json(202, &shown)
                .with("Location", here)
                .with("Retry-After", "5");
        }
        let wants_500 = asked.query("returnInternalServerErrorOnFailure") == Some("true");
        let is_failed = instance.status == RuntimeStatus::Failed;
        Said::json(if wants_500 && is_failed { 500 } else { 200 }, &shown)
    }

    /// 404 for an unknown instance, 410 for one that has ended.
    fn reachable(&self, id: &str) -> Result<(), Said> {
        match self.hub.status(id) {
            None => Err(Said::status(404)),
            Some(status) if status.is_final() => Err(Said::status(410)),
            Some(_) => Ok(()),
        }
    }

    fn raise(&self, asked: &Asked, id: &str, name: &str) -> Said {
        if let Err(said) = self.reachable(id) {
            return said;
        }
        let input: Result<Value, _> = serde_json::from_slice(&asked.body);
        let Ok(input) = input else {
            return Said::json(400, &json!({"Message": "Invalid JSON content"}));
        };
        self.raise_event(id, name, Some(input.to_string()));
        Said::status(202)
    }

    pub(super) fn raise_event(&self, id: &str, name: &str, input: Option<String>) {
        self.journal.tell(Event::Raised {
            instance: id.to_owned(),
            what: format!("event {name} raised"),
        });
        let name = name.to_owned();
        self.deliver(id, EventType::EventRaised(EventRaised { name, input }));
    }

    fn order(&self, asked: &Asked, id: &str, verb: &str) -> Said {
        let reason = InputOnly {
            input: asked.query("reason").map(str::to_owned),
        };
        let event = match verb {
            "terminate" => EventType::ExecutionTerminated(reason),
            "suspend" => EventType::ExecutionSuspended(reason),
            "resume" => EventType::ExecutionResumed(reason),
            // Rewinding and restarting are not for a history that lives in memory.
            _ => return Said::status(501),
        };
        if let Err(said) = self.reachable(id) {
            return said;
        }
        self.journal.tell(Event::Raised {
            instance: id.to_owned(),
            what: verb.to_owned(),
        });
        self.deliver(id, event);
        Said::status(202)
    }
}

fn shown(instance: &Instance, asked: &Asked) -> Value {
    let seconds = |at: jiff::Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let hides_input = asked.query("showInput") == Some("false");
    json!({
        "name": instance.function,
        "instanceId": instance.id,
        "runtimeStatus": instance.status.as_str(),
        "input": if hides_input { &Value::Null } else { &instance.input },
        "customStatus": instance.custom_status,
        "output": instance.output,
        "createdTime": seconds(instance.created),
        "lastUpdatedTime": seconds(instance.updated),
    })
}
