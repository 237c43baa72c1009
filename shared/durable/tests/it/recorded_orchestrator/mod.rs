//! The orchestrator that was recorded, as the recordings' README describes it.

mod answers;

use std::num::NonZeroUsize;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use quantx_durable::{
    Child, Context, Either, Failure, OutgoingEvent, Workflows, all, bounded, decode_answer, race,
};
use serde_json::{Map, Value, json};

use self::answers::{done, doubling, envelope, shortened, text_or_caught};

const CHUNK: &str = "backfill_chunk";
const ORCHESTRATOR: &str = "backfill_orchestrator";

type Ended = Result<Option<String>, Failure>;

pub(super) fn workflows() -> Workflows {
    Workflows::new().with_text(ORCHESTRATOR, |context, text| async move {
        let input = text.as_deref().map(serde_json::from_str::<Option<Input>>);
        let input = match input.transpose() {
            Ok(input) => input.flatten().unwrap_or_default(),
            Err(error) => return Err(Failure::permanent("BadInput", error.to_string())),
        };
        let scenario = input.0["scn"].as_str().unwrap_or_default().to_owned();
        let run = Run {
            context,
            scenario,
            input,
        };
        run.mode(text).await
    })
}

/// An object whose absent keys are null.
#[derive(Debug, Clone, Default, serde::Deserialize)]
struct Input(Value);

struct Run {
    context: Context,
    scenario: String,
    input: Input,
}

impl Run {
    async fn mode(self, text: Option<String>) -> Ended {
        let mode = self.input.0["mode"].as_str().unwrap_or("fanout").to_owned();
        match mode.as_str() {
            "fanout" => self.fan_out(|_| 0.2).await,
            "staggered" => self.fan_out(|k| [0.3, 1.35, 0.65, 1.7, 1.0][k % 5]).await,
            "fanmix" => self.fan_out_mixed().await,
            "bounded" => self.bounded().await,
            "backfill" => self.backfill().await,
            "retry" => self.retry().await,
            "cancellable" => self.cancellable().await,
            "wait" => {
                self.status(json!({"waiting": "go"}));
                done(json!({"got": self.context.event_text("go").await.input}))
            }
            "waittimeout" => {
                let timer = self.context.timer(self.seconds("seconds"));
                match race(self.context.event_text("go"), timer).await {
                    Either::Left(event) => done(json!({"got": event.input})),
                    Either::Right(()) => done(json!({"timedOut": true})),
                }
            }
            "two_timers" => {
                let first = self.context.timer(Duration::from_secs(1));
                let second = self.context.timer(Duration::from_secs(3_600));
                match race(first, second).await {
                    Either::Left(()) => done(json!("first")),
                    Either::Right(()) => done(json!("second")),
                }
            }
            "longtimer" => {
                self.context.timer(self.seconds("seconds")).await;
                done(json!({"slept": true}))
            }
            "send" => self.send().await,
            "sub" => self.children().await,
            "subunknown" => {
                let child = self.child("no_such_orchestrator", "x", json!({"scn": self.scenario}));
                done(text_or_caught(child.await, "resultText"))
            }
            "can" => self.generations().await,
            "act" => self.activity().await,
            "actnull" => done(json!({"r": self.context.activity_text(CHUNK, None).await?})),
            "acts" => self.activities().await,
            "seq" => self.sequence().await,
            "echoinput" => done(json!({"rawInputText": shortened(text, None)})),
            "failapp" => {
                self.chunk(0, json!({})).await?;
                Err(Failure::permanent(
                    "BackfillError",
                    "provider quota exhausted",
                ))
            }
            "failnodetails" => {
                self.chunk(0, json!({})).await?;
                Err(Failure::permanent("", "only a result text"))
            }
            "failinner" => {
                self.chunk(0, json!({})).await?;
                Err(Failure {
                    cause: Some(Box::new(Failure::transient("Inner", "inner message"))),
                    ..Failure::transient("Outer", "outer message")
                })
            }
            "oomtrick" => self.after("after abort").await,
            "turnraw" => self.after("after odd answer").await,
            "turnkill" => self.after("after kill").await,
            "turnsleep" => self.after("after sleep").await,
            "reqhist" => self.after("after history").await,
            other => Err(Failure::permanent("UnknownMode", other)),
        }
    }

    /// One chunk, then the end: what the odd turns come to on the second try.
    async fn after(&self, what: &str) -> Ended {
        self.chunk(0, json!({})).await?;
        done(json!({ "ok": what }))
    }

    async fn fan_out(&self, sleep: fn(usize) -> f64) -> Ended {
        let n_chunks = self.number("chunks", 5);
        let mut running = FuturesUnordered::new();
        for k in 0..n_chunks {
            let chunk = self.chunk(k, json!({ "sleep": sleep(k) }));
            running.push(async move { (k, chunk.await) });
        }
        self.status(json!({"phase": "fan-out", "done": 0, "total": n_chunks}));
        let mut chunks = vec![Value::Null; n_chunks];
        let mut n_done = 0;
        while let Some((k, answer)) = running.next().await {
            chunks[k] = envelope(answer?);
            n_done += 1;
            self.status(json!({"phase": "running", "done": n_done, "total": n_chunks}));
        }
        done(json!({"ok": true, "chunks": chunks}))
    }

    async fn fan_out_mixed(&self) -> Ended {
        let mut running = FuturesUnordered::new();
        for k in 0..5 {
            let extra = match k % 2 {
                0 => json!({"sleep": 0.2}),
                _ => json!({"raw": {"status": 500, "body": "{}"}}),
            };
            let chunk = self.chunk(k, extra);
            running.push(async move { (k, chunk.await) });
        }
        let mut chunks = vec![Value::Null; 5];
        let mut failed = Vec::new();
        let mut n_done = 0;
        let status = |n_done: usize, failed: &Vec<usize>| {
            self.status(json!({"done": n_done, "failed": failed.len(), "total": 5}));
        };
        status(0, &failed);
        while let Some((k, answer)) = running.next().await {
            match answer {
                Ok(text) => chunks[k] = envelope(text),
                Err(_) => failed.push(k),
            }
            n_done += 1;
            status(n_done, &failed);
        }
        done(json!({"ok": failed.is_empty(), "failed": failed, "chunks": chunks}))
    }

    async fn bounded(&self) -> Ended {
        let n_chunks = self.number("chunks", 7);
        let at_most = self.number("max", 2);
        let sleep = match &self.input.0["sleep"] {
            Value::Null => json!(0.5),
            given => given.clone(),
        };
        let chunk = |k| self.chunk(k, json!({ "sleep": sleep }));
        let mut running = pin!(bounded(
            NonZeroUsize::new(at_most).unwrap(),
            0..n_chunks,
            chunk
        ));
        let mut order = Vec::new();
        loop {
            let n_done = order.len();
            let in_flight = at_most.min(n_chunks - n_done);
            self.status(json!({"done": n_done, "inFlight": in_flight, "total": n_chunks}));
            let Some((k, answer)) = running.next().await else {
                return done(json!({ "order": order }));
            };
            answer?;
            order.push(k);
        }
    }

    async fn backfill(&self) -> Ended {
        let retry = doubling(Duration::from_millis(500));
        let chunk = |k: usize| {
            let context = self.context.clone();
            let scenario = self.scenario.clone();
            self.context.retrying(retry, move |attempt| {
                let fail_until = if k == 1 || k == 3 { 3 } else { 1 };
                let input = json!({
                    "scn": scenario, "chunk": k, "attempt": attempt,
                    "failUntil": fail_until, "sleep": 0.15,
                });
                let reply = context.activity_text(CHUNK, Some(input.to_string()));
                async move { decode_answer::<Value>(reply.await?.as_deref()) }
            })
        };
        let mut running = pin!(bounded(NonZeroUsize::new(2).unwrap(), 0..6, chunk));
        let (mut good, mut failed) = (Vec::new(), Vec::new());
        loop {
            let in_flight = 2.min(6 - good.len() - failed.len());
            self.status(json!({
                "ok": good.len(), "failed": failed.len(), "inFlight": in_flight, "total": 6,
            }));
            match running.next().await {
                None => return done(json!({"ok": good, "failed": failed})),
                Some((k, Ok(_))) => good.push(k),
                Some((k, Err(_))) => failed.push(k),
            }
        }
    }

    async fn retry(&self) -> Ended {
        let (context, scenario) = (self.context.clone(), self.scenario.clone());
        let trying = self
            .context
            .retrying(doubling(Duration::from_secs(2)), move |attempt| {
                context.set_status(&json!({ "attempt": attempt })).unwrap();
                let input =
                    json!({"scn": scenario, "chunk": 1, "failUntil": 3, "attempt": attempt});
                let reply = context.activity_text(CHUNK, Some(input.to_string()));
                async move { Ok((attempt, decode_answer::<Value>(reply.await?.as_deref())?)) }
            });
        let (attempts, result) = trying.await?;
        done(json!({"attempts": attempts, "result": {"ok": result}}))
    }

    async fn cancellable(&self) -> Ended {
        for k in 0..self.number("chunks", 6) {
            self.status(json!({ "chunk": k }));
            let chunk = self.chunk(k, json!({"sleep": 1}));
            if let Either::Right(event) = race(chunk, self.context.cancelled()).await {
                self.status(json!({ "cancelledAt": k }));
                return done(json!({"cancelled": true, "at": k, "event": event.input}));
            }
        }
        done(json!({"cancelled": false}))
    }

    async fn send(&self) -> Ended {
        let from = json!({"from": self.context.instance_id()});
        self.context.send_event(OutgoingEvent {
            to: self.input.0["to"].as_str().unwrap().to_owned(),
            name: "go".to_owned(),
            input: Some(from.to_string()),
        });
        self.context.timer(Duration::from_millis(500)).await;
        done(json!({"sent": true}))
    }

    async fn children(&self) -> Ended {
        let fan_out = |chunks| json!({"scn": self.scenario, "mode": "fanout", "chunks": chunks});
        let first = self.child(ORCHESTRATOR, "child", fan_out(2));
        let second = self.child(ORCHESTRATOR, "0001", fan_out(1));
        let both = all([first, second]).await;
        let failing = json!({"scn": self.scenario, "mode": "failapp"});
        let third = self.child(ORCHESTRATOR, "bad", failing).await;
        let mut outputs = Vec::new();
        for output in both {
            outputs.push(json!(output?));
        }
        outputs.push(text_or_caught(third, "resultText"));
        done(json!(outputs))
    }

    async fn generations(&self) -> Ended {
        let generation = self.number("n", 0);
        self.status(json!({ "generation": generation }));
        match generation {
            0 => drop(self.context.event_text("go").await),
            _ => drop(self.chunk(generation, json!({})).await?),
        }
        if generation < 2 {
            let next = json!({"mode": "can", "scn": self.scenario, "n": generation + 1});
            return self.context.continue_as_new(&next).await;
        }
        let extra = self.context.event_text("extra").await.input;
        done(json!({"n": generation, "extra": extra}))
    }

    async fn activity(&self) -> Ended {
        let name = self.input.0["fn"].as_str().unwrap_or(CHUNK);
        let input = match &self.input.0["rawinput"] {
            Value::String(raw) => raw.clone(),
            _ => {
                let mut input = Map::from_iter([("scn".to_owned(), json!(self.scenario))]);
                let extra = self.input.0["input"].as_object().cloned();
                input.extend(extra.unwrap_or_default());
                Value::Object(input).to_string()
            }
        };
        let reply = self.context.activity_text(name, Some(input)).await;
        done(match reply {
            Ok(text) => json!({"resultText": shortened(text, Some((80, 40)))}),
            caught => text_or_caught(caught, "resultText"),
        })
    }

    async fn activities(&self) -> Ended {
        let mut results = Vec::new();
        for input in self.input.0["inputs"].as_array().unwrap() {
            let input = input.as_str().map(str::to_owned);
            results.push(match self.context.activity_text(CHUNK, input).await {
                Ok(text) => json!(text),
                caught => text_or_caught(caught, "resultText"),
            });
        }
        done(json!(results))
    }

    async fn sequence(&self) -> Ended {
        let n = self.number("n", 3);
        for k in 0..n {
            self.chunk(k, json!({"noop": true})).await?;
        }
        done(json!({ "n": n }))
    }

    fn chunk(
        &self,
        k: usize,
        extra: Value,
    ) -> impl Future<Output = Result<Option<String>, Failure>> + Send + use<> {
        let mut input = json!({"scn": self.scenario, "chunk": k});
        if let (Value::Object(input), Value::Object(extra)) = (&mut input, extra) {
            input.extend(extra);
        }
        self.context.activity_text(CHUNK, Some(input.to_string()))
    }

    fn child(&self, name: &str, suffix: &str, input: Value) -> quantx_durable::Reply {
        self.context.sub_orchestration_text(Child {
            name: name.to_owned(),
            instance_id: Some(format!("{}:{suffix}", self.context.instance_id())),
            input: Some(input.to_string()),
        })
    }

    fn status(&self, status: Value) {
        self.context.set_status(&status).unwrap();
    }

    fn number(&self, key: &str, default: usize) -> usize {
        let given = self.input.0[key].as_u64();
        given.map_or(default, |n| usize::try_from(n).unwrap())
    }

    fn seconds(&self, key: &str) -> Duration {
        Duration::from_secs_f64(self.input.0[key].as_f64().unwrap())
    }
}
