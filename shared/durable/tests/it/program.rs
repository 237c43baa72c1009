//! Made-up workflows whose result does not depend on who is faster.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;
use quantx_durable::{
    Activity, Context, Either, Failure, OutgoingEvent, RetryPolicy, Workflows, all, bounded, race,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) const PROGRAM: &str = "program";
/// Fails until an attempt that its input names.
pub(super) const CHUNK: Activity<Value, Value> = Activity::new("chunk");
/// Fails for good.
pub(super) const HOPELESS: Activity<Value, Value> = Activity::new("hopeless");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Step {
    /// An activity that fails with a retryable failure before attempt `good_from`.
    Activity {
        n: u32,
        good_from: u32,
    },
    /// An activity that no retry helps.
    Hopeless(u32),
    Timer {
        seconds: u64,
    },
    /// An event that somebody raises exactly once.
    Event(u32),
    /// The workflow sends an event to itself and waits for it.
    Echo(u32),
    FanOut {
        n_chunks: u32,
        at_most: u32,
    },
    All(Vec<Step>),
    Child(Vec<Step>),
    /// A race against an event that never comes.
    Raced(Box<Step>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// The generation ends after so many steps.
    pub(super) per_generation: usize,
    pub(super) results: Vec<Value>,
}

pub(super) fn workflows() -> Workflows {
    Workflows::new().with(PROGRAM, run)
}

async fn run(context: Context, mut program: Program) -> Result<Vec<Value>, Failure> {
    let n_steps = program.per_generation.min(program.steps.len());
    let rest = program.steps.split_off(n_steps);
    for step in program.steps {
        context.set_status(&json!({"n_results": program.results.len()}))?;
        program.results.push(perform(context.clone(), step).await);
    }
    if rest.is_empty() {
        return Ok(program.results);
    }
    let next = Program {
        steps: rest,
        ..Program {
            steps: Vec::new(),
            ..program
        }
    };
    context.continue_as_new(&next).await
}

fn perform(context: Context, step: Step) -> BoxFuture<'static, Value> {
    async move {
        match step {
            Step::Activity { n, good_from } => {
                let again = context.clone();
                let trying = context.retrying(retry(), move |attempt| {
                    let input = json!({"n": n, "attempt": attempt, "good_from": good_from});
                    again.activity(CHUNK, &input, RetryPolicy::NEVER)
                });
                plain(trying.await)
            }
            Step::Hopeless(n) => plain(
                context
                    .activity(HOPELESS, &json!({ "n": n }), retry())
                    .await,
            ),
            Step::Timer { seconds } => {
                context.timer(Duration::from_secs(seconds)).await;
                json!("slept")
            }
            Step::Event(n) => plain(context.wait_for_event::<Value>(&format!("event{n}")).await),
            Step::Echo(n) => {
                context.send_event(OutgoingEvent {
                    to: context.instance_id().to_owned(),
                    name: format!("echo{n}"),
                    input: Some(n.to_string()),
                });
                plain(context.wait_for_event::<Value>(&format!("ECHO{n}")).await)
            }
            Step::FanOut { n_chunks, at_most } => {
                let start = |n: u32| {
                    let input = json!({"n": n, "attempt": 1, "good_from": n % 2 + 1});
                    context.activity(CHUNK, &input, retry_soon())
                };
                let at_most = NonZeroUsize::new(at_most as usize).unwrap();
                let chunks = bounded(at_most, 0..n_chunks, start);
                let mut chunks: Vec<_> = chunks.collect().await;
                chunks.sort_by_key(|(index, _)| *index);
                Value::Array(chunks.into_iter().map(|(_, chunk)| plain(chunk)).collect())
            }
            Step::All(steps) => {
                let steps = steps.into_iter().map(|step| perform(context.clone(), step));
                Value::Array(all(steps).await)
            }
            Step::Child(steps) => {
                let program = Program {
                    steps,
                    per_generation: 2,
                    results: Vec::new(),
                };
                plain(
                    context
                        .sub_orchestration::<_, Value>(PROGRAM, &program)
                        .await,
                )
            }
            Step::Raced(step) => {
                let never = context.event_text("never");
                match race(perform(context, *step), never).await {
                    Either::Left(outcome) => outcome,
                    Either::Right(event) => panic!("{event:?}"),
                }
            }
        }
    }
    .boxed()
}

fn plain(outcome: Result<Value, Failure>) -> Value {
    match outcome {
        Ok(output) => json!({ "ok": output }),
        Err(failure) => json!({"err": failure.kind, "retryable": failure.retryable}),
    }
}

fn retry() -> RetryPolicy {
    RetryPolicy {
        max_attempts: NonZeroU32::new(3).unwrap(),
        first_wait: Duration::from_secs(1),
        growth: 2,
        longest_wait: Duration::from_secs(60),
    }
}

/// Two attempts; an input that does not count them fails both times or never.
fn retry_soon() -> RetryPolicy {
    RetryPolicy {
        max_attempts: NonZeroU32::new(2).unwrap(),
        ..retry()
    }
}

/// The activities: a pure function, as both runners may run one more than once.
pub(super) fn activity(name: &str, input: &Value) -> Result<Value, Failure> {
    match name {
        "chunk" if input["attempt"].as_u64() >= input["good_from"].as_u64() => {
            Ok(json!({"rows": input["n"].as_u64().unwrap() * 10}))
        }
        "chunk" => Err(Failure::transient("Throttled", "try again")),
        "hopeless" => Err(Failure::permanent("Delisted", "gone")),
        other => panic!("unknown activity {other}"),
    }
}

/// Programs of up to six steps, and how many events they wait for (`event0`, ..).
pub(super) fn programs() -> impl Strategy<Value = (Program, u32)> {
    let steps = prop::collection::vec(step(), 1..6);
    (steps, 1..7_usize).prop_map(|(mut steps, per_generation)| {
        let mut n_events = 0;
        number(&mut steps, &mut n_events, Place::Top);
        let results = Vec::new();
        let program = Program {
            steps,
            per_generation,
            results,
        };
        (program, n_events)
    })
}

fn step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        4 => (0..9_u32, 1..5_u32).prop_map(|(n, good_from)| Step::Activity { n, good_from }),
        1 => (0..9_u32).prop_map(Step::Hopeless),
        2 => prop_oneof![0..90_u64, 200_000..900_000_u64].prop_map(|seconds| Step::Timer { seconds }),
        2 => Just(Step::Event(0)),
        1 => Just(Step::Echo(0)),
        2 => (0..9_u32, 1..5_u32)
            .prop_map(|(n_chunks, at_most)| Step::FanOut { n_chunks, at_most }),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..5).prop_map(Step::All),
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Step::Child),
            1 => inner.prop_map(|step| Step::Raced(Box::new(step))),
        ]
    })
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Top,
    Child,
}

/// Gives every event its own number. Nobody knows the children's names to raise events there.
fn number(steps: &mut [Step], next: &mut u32, place: Place) {
    for step in steps {
        match step {
            Step::Event(_) if place == Place::Child => *step = Step::Hopeless(0),
            Step::Event(n) => {
                *n = *next;
                *next += 1;
            }
            // Apart from the others by the generation's own count.
            Step::Echo(n) => {
                *n = *next + 1_000;
                *next += 1;
            }
            Step::All(steps) => number(steps, next, place),
            Step::Child(steps) => number(steps, next, Place::Child),
            Step::Raced(step) => number(std::slice::from_mut(step), next, place),
            Step::Activity { .. }
            | Step::Hopeless(_)
            | Step::Timer { .. }
            | Step::FanOut { .. } => {}
        }
    }
}
