//! Functions that somebody calls from outside: HTTP routes, timers, and timers fired by name.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Shared;
use super::app::{Function, Level, Trigger};
use super::call::{Call, CallError, Reply};
use super::cron::Schedule;
use super::envelope::Envelope;
use super::http::{CallerRequest, CallerResponse};
use super::journal::Event;
use super::keys::Caller;

/// As .NET writes "never".
const NEVER: &str = "0001-01-01T00:00:00+00:00";

impl Shared {
    /// A call of `/api/<route>`. A wrong method is 404, as recorded, and failures have no body.
    pub(super) async fn http(
        self: &Arc<Self>,
        received: &CallerRequest,
        route: &str,
    ) -> CallerResponse {
        let wanted = route.to_ascii_lowercase();
        let found = self
            .app
            .functions
            .values()
            .find_map(|it| match &it.trigger {
                Trigger::Http {
                    route,
                    methods,
                    level,
                } if *route == wanted
                    && (methods.is_empty() || methods.contains(&received.method)) =>
                {
                    Some((it, *level))
                }
                _ => None,
            });
        let Some((function, level)) = found else {
            return CallerResponse::status(404);
        };
        let caller = self.keys.caller(received);
        let is_open = match level {
            Level::Anonymous => true,
            Level::Function => matches!(caller, Caller::Function | Caller::Master),
            Level::Admin => caller == Caller::Master,
        };
        if !is_open {
            return CallerResponse::status(401);
        }
        let envelope = Envelope::http(&function.binding, received, caller);
        let finish = |reply: Reply| {
            let said = said(function, &reply).map_err(CallError::<()>::Bad)?;
            self.start_all(function, &reply)?;
            Ok(said)
        };
        let envelope = self.with_client(function, envelope);
        let about = outside(function);
        let outcome = self.call(function, &about, &envelope, finish).await;
        outcome.unwrap_or_else(|_| CallerResponse::status(500))
    }

    fn with_client(&self, function: &Function, envelope: Envelope) -> Envelope {
        match &function.client {
            Some(name) => {
                envelope.with_client(name, &self.app.hub_name, self.port, &self.keys.system)
            }
            None => envelope,
        }
    }

    /// `POST /admin/functions/<name>`: fires a timer now. Needs the master key.
    pub(super) fn admin(
        self: &Arc<Self>,
        received: &CallerRequest,
        rest: &[&str],
    ) -> CallerResponse {
        if self.keys.caller(received) != Caller::Master {
            return CallerResponse::status(401);
        }
        match (received.method.as_str(), rest) {
            ("POST", ["functions", name]) => match self.fire(name) {
                Ok(()) => CallerResponse::status(202),
                Err(_) => CallerResponse::status(404),
            },
            ("GET", ["host", "status"]) => {
                CallerResponse::json(200, &json!({"id": "development", "state": "Running"}))
            }
            ("GET", ["host", "ping"]) => CallerResponse::status(200),
            _ => CallerResponse::status(404),
        }
    }

    /// Calls a timer function now, in the background.
    pub(super) fn fire(self: &Arc<Self>, name: &str) -> Result<(), String> {
        let function = self.app.functions.get(name);
        let timer = function.filter(|it| matches!(it.trigger, Trigger::Timer { .. }));
        let function = timer
            .ok_or_else(|| format!("there is no timer {name}"))?
            .clone();
        let host = Arc::clone(self);
        self.spawn(async move { host.tick(&function, Value::Null).await });
        Ok(())
    }

    async fn tick(self: &Arc<Self>, function: &Function, status: Value) {
        let envelope = Envelope::timer(&function.binding, status);
        let envelope = self.with_client(function, envelope);
        let finish = |reply: Reply| self.start_all::<()>(function, &reply);
        let about = outside(function);
        // It stands in the journal; the next occurrence comes as usual.
        let _ = self.call(function, &about, &envelope, finish).await;
    }

    /// Calls a timer function whenever its time has come.
    pub(super) async fn keep_time(self: Arc<Self>, function: Function) {
        let Trigger::Timer { schedule, monitor } = &function.trigger else {
            return;
        };
        let mut last: Option<Timestamp> = None;
        while let Some(next) = next(schedule, last) {
            self.journal.record(Event::Scheduled {
                function: function.name.clone(),
                next: next.to_string(),
            });
            while super::now() < next {
                // A machine that slept is noticed within a minute.
                let left = next.duration_since(super::now()).unsigned_abs();
                tokio::time::sleep(left.min(Duration::from_secs(60))).await;
            }
            let written = |at: Option<Timestamp>| at.map_or(NEVER.to_owned(), |at| at.to_string());
            let status = match monitor {
                true => json!({"Last": written(last), "Next": written(Some(next)),
                    "LastUpdated": written(last)}),
                false => Value::Null,
            };
            last = Some(next);
            self.tick(&function, status).await;
        }
    }
}

fn next(schedule: &Schedule, last: Option<Timestamp>) -> Option<Timestamp> {
    let now = super::now();
    schedule.next(last.map_or(now, |last| last.max(now)))
}

fn outside(function: &Function) -> Call {
    Call {
        function: function.name.clone(),
        instance: None,
        input: None,
    }
}

/// What the caller of an HTTP function gets.
fn said(function: &Function, reply: &Reply) -> Result<CallerResponse, String> {
    let output = function
        .response
        .as_ref()
        .and_then(|name| reply.outputs.get(name));
    let fields = match output {
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err("the HTTP output is no object".to_owned()),
        None if reply.value.is_null() => return Ok(CallerResponse::status(204)),
        None => return Ok(CallerResponse::json(200, &reply.value)),
    };
    let status = match fields.get("statusCode") {
        None | Some(Value::Null) => Some(200),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64().and_then(|code| u16::try_from(code).ok()),
    };
    let status = status.ok_or("the HTTP output has no usable status code")?;
    let mut said = CallerResponse::status(status);
    said.body = match fields.get("body") {
        None | Some(Value::Null) => Default::default(),
        Some(Value::String(text)) => text.clone().into(),
        Some(other) => format!("{other:#}").into(),
    };
    let headers = fields.get("headers").and_then(Value::as_object);
    for (name, value) in headers.into_iter().flatten() {
        let mut text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        if name.eq_ignore_ascii_case("content-type") && !text.contains("charset") {
            text.push_str("; charset=utf-8");
        }
        said = said.with(name, text);
    }
    Ok(said)
}
