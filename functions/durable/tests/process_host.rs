//! A Durable host that posts to a handler process as the real one does, with waits cut short.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use prost::Message;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::wire::*;
use super::decode;

/// What the test does between two turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meddling {
    None,
    Cancel,
}

pub(super) struct Host {
    base: String,
    client: reqwest::Client,
    now: Timestamp,
    under_way: JoinSet<EventType>,
    /// Activities under way at the same time, at most.
    pub(super) most_at_once: usize,
    /// Activities whose post was not answered.
    pub(super) n_failed: usize,
}

impl Host {
    pub(super) fn new(base: String) -> Self {
        Self {
            base,
            client: reqwest::Client::new(),
            now: "2026-11-22T21:00:00.0524362Z".parse().unwrap(),
            under_way: JoinSet::new(),
            most_at_once: 0,
            n_failed: 0,
        }
    }

    /// Waits until the handler listens.
    pub(super) async fn ready(&self) {
        for _ in 0..400 {
            let asked = self.client.get(format!("{}/", self.base)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the handler does not listen");
    }

    /// Posts one invocation; `None` unless it was answered with success.
    pub(super) async fn post(&self, function: &str, body: &Value) -> Option<Value> {
        post(
            self.client.clone(),
            format!("{}/{function}", self.base),
            body.to_string(),
        )
        .await
    }

    /// Runs an instance of the orchestrator to its end. `meddle` is called before every turn with its
    /// number and how many activities are under way.
    pub(super) async fn run(
        &mut self,
        instance: &str,
        input: Value,
        mut meddle: impl FnMut(usize, usize) -> Meddling,
    ) -> CompleteOrchestration {
        let mut history: Vec<HistoryEvent> = Vec::new();
        let mut inbox = vec![started(instance, input.to_string())];
        for turn in 0..1_000 {
            if meddle(turn, self.under_way.len()) == Meddling::Cancel {
                let name = "cancel".to_owned();
                inbox.push(EventType::EventRaised(EventRaised { name, input: None }));
            }
            while inbox.is_empty() {
                inbox.push(self.next().await);
            }
            self.now += Duration::from_millis(1_200);
            let mut new = vec![EventType::OrchestratorStarted(Nothing {})];
            new.append(&mut inbox);
            let new = new.into_iter().map(|event| self.entry(-1, event)).collect();
            let request = OrchestratorRequest {
                instance_id: instance.to_owned(),
                execution_id: None,
                past_events: history.clone(),
                new_events: new,
            };
            let response = self.turn(&request).await;
            history.extend(request.new_events);
            for action in response.actions {
                match self.begin(action.id, action.action_type.unwrap()) {
                    Ok(recorded) => history.push(self.entry(action.id, recorded)),
                    Err(end) => return end,
                }
            }
            self.most_at_once = self.most_at_once.max(self.under_way.len());
            history.push(self.entry(-1, EventType::OrchestratorCompleted(Nothing {})));
        }
        panic!("a thousand turns");
    }

    async fn next(&mut self) -> EventType {
        let event = self
            .under_way
            .join_next()
            .await
            .expect("nothing is under way")
            .unwrap();
        match &event {
            EventType::TimerFired(fired) => {
                let due = fired.fire_at.unwrap();
                self.now = self
                    .now
                    .max(Timestamp::new(due.seconds, due.nanos).unwrap());
            }
            EventType::TaskFailed(_) => self.n_failed += 1,
            _ => {}
        }
        event
    }

    /// Posts a turn, again as the retry policy says.
    async fn turn(&self, request: &OrchestratorRequest) -> OrchestratorResponse {
        let text = STANDARD.encode(request.encode_to_vec());
        let body = json!({"Data": {"context": json!(text).to_string()}, "Metadata": {}});
        for _ in 0..4 {
            if let Some(answer) = self.post("backfill_orchestrator", &body).await {
                return decode(answer["ReturnValue"].as_str().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("the turn failed for good");
    }

    fn begin(&mut self, id: i32, action: ActionType) -> Result<EventType, CompleteOrchestration> {
        match action {
            ActionType::ScheduleTask(task) => {
                let binding = task.name.strip_prefix("backfill_").unwrap().to_owned();
                let quoted = json!(json!(task.input.clone().unwrap()).to_string());
                let body = json!({"Data": {binding: quoted}, "Metadata": {"sys": "shadowed"}});
                let (client, url) = (self.client.clone(), format!("{}/{}", self.base, task.name));
                self.under_way.spawn(async move {
                    match post(client, url, body.to_string()).await {
                        Some(answer) => EventType::TaskCompleted(Completed {
                            task_scheduled_id: id,
                            result: Some(answer["ReturnValue"].to_string()),
                        }),
                        None => EventType::TaskFailed(Failed {
                            task_scheduled_id: id,
                            failure_details: None,
                        }),
                    }
                });
                Ok(EventType::TaskScheduled(TaskScheduled {
                    input: None,
                    ..task
                }))
            }
            ActionType::CreateTimer(timer) => {
                let fire_at = timer.fire_at;
                self.under_way.spawn(async move {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    EventType::TimerFired(TimerFired {
                        fire_at,
                        timer_id: id,
                    })
                });
                Ok(EventType::TimerCreated(timer))
            }
            ActionType::CompleteOrchestration(end) => Err(end),
            other => panic!("not expected of this workflow: {other:?}"),
        }
    }

    fn entry(&self, event_id: i32, event: EventType) -> HistoryEvent {
        HistoryEvent {
            event_id,
            timestamp: Some(self.now.into()),
            event_type: Some(event),
        }
    }
}

async fn post(client: reqwest::Client, url: String, body: String) -> Option<Value> {
    let asked = client
        .post(url)
        .header("X-Azure-Functions-InvocationId", "5d8d1a2c-77");
    let answer = asked.body(body).send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    serde_json::from_slice(&answer.bytes().await.ok()?).ok()
}

fn started(instance_id: &str, input: String) -> EventType {
    EventType::ExecutionStarted(ExecutionStarted {
        name: "backfill_orchestrator".to_owned(),
        version: None,
        input: Some(input),
        orchestration_instance: Some(OrchestrationInstance {
            instance_id: instance_id.to_owned(),
            execution_id: Some(format!("{instance_id}.0")),
        }),
    })
}
