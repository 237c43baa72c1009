//! Laws of the replay, on made-up workflows and every course that things may take.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use proptest::prelude::*;
use quantx_durable::wire::{EventRaised, EventType, OrchestrationStatus};
use quantx_durable::{Activities, LocalRunner, Replayer, Sleeper};
use serde_json::Value;

use super::program::{CHUNK, HOPELESS, PROGRAM, Program, Step, activity, programs, workflows};
use super::replay_loop::{Counts, Course, ReplayLoop};

/// Activities and sleeps that come back after some rounds of the executor.
#[derive(Debug)]
struct Rounds {
    course: Mutex<std::vec::IntoIter<u8>>,
    now: Arc<Mutex<Timestamp>>,
}

impl Rounds {
    fn new(course: Vec<u8>) -> Arc<Self> {
        Arc::new(Self {
            course: Mutex::new(course.into_iter()),
            now: Arc::new(Mutex::new(Timestamp::UNIX_EPOCH)),
        })
    }

    fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let n_rounds = self.course.lock().unwrap().next().unwrap_or(0) % 8;
        async move {
            for _ in 0..n_rounds {
                tokio::task::yield_now().await;
            }
        }
    }
}

fn activities(rounds: &Arc<Rounds>) -> Activities {
    [CHUNK, HOPELESS]
        .into_iter()
        .fold(Activities::new(), |all, named| {
            let rounds = Arc::clone(rounds);
            all.with(named, move |input: Value| {
                let (wait, outcome) = (rounds.wait(), activity(named.name(), &input));
                wait.map(|()| outcome)
            })
        })
}

impl Sleeper for Rounds {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let until = self.now() + wait;
        let now = Arc::clone(&self.now);
        self.wait()
            .map(move |()| {
                let mut now = now.lock().unwrap();
                *now = until.max(*now);
            })
            .boxed()
    }
}

fn locally(program: &Program, n_events: u32, course: Vec<u8>) -> Value {
    let rounds = Rounds::new(course);
    let runner = LocalRunner::new(workflows(), activities(&rounds), rounds);
    let input = serde_json::to_string(program).unwrap();
    let running = runner.run(PROGRAM, "run", Some(input));
    for n in 0..n_events {
        assert!(runner.raise("run", &format!("Event{n}"), Some(n.to_string())));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let output = runtime.block_on(running).unwrap();
    assert!(!runner.raise("run", "late", None));
    serde_json::from_str(&output.unwrap()).unwrap()
}

fn durably(program: &Program, n_events: u32, course: Vec<u8>) -> (Value, Counts) {
    let mut replay = ReplayLoop {
        replayer: Replayer::new(workflows()),
        activity,
        course: Course::new(course),
        counts: Counts::default(),
        now: "2026-11-22T21:00:00.0524362Z".parse().unwrap(),
    };
    let input = serde_json::to_string(program).unwrap();
    let event = |n: u32| {
        EventType::EventRaised(EventRaised {
            name: format!("Event{n}"),
            input: Some(n.to_string()),
        })
    };
    let events = (0..n_events).map(event).collect();
    let end = replay.run(PROGRAM, "run", Some(input), events);
    assert_eq!(
        end.orchestration_status(),
        OrchestrationStatus::Completed,
        "{end:?}"
    );
    let output = serde_json::from_str(&end.result.unwrap()).unwrap();
    (output, replay.counts)
}

#[test]
fn the_course_of_these_tests_leaves_nothing_out() {
    let program = Program {
        steps: vec![
            Step::FanOut {
                n_chunks: 9,
                at_most: 4,
            },
            Step::All(vec![
                Step::Event(0),
                Step::Child(vec![Step::Timer { seconds: 900_000 }]),
            ]),
            Step::All(
                (1..=40)
                    .map(|n| Step::Activity {
                        n,
                        good_from: n % 4 + 1,
                    })
                    .collect(),
            ),
        ],
        per_generation: 2,
        results: Vec::new(),
    };
    let plain = locally(&program, 1, Vec::new());
    for seed in 1..9_u64 {
        // Any numbers will do: xorshift64.
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let numbers = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        });
        let (output, counts) = durably(&program, 1, numbers.take(1_000).collect());
        assert_eq!(output, plain);
        eprintln!("{counts:?}");
        assert!(counts.n_turns > 50 && counts.n_doubled > 10);
        assert!(counts.n_joined > 5 && counts.n_suspended > 1);
        assert!(counts.n_generations == 1 && counts.n_children == 1);
    }
}

fn course() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_course_of_things_gives_the_result_of_a_local_run(
        (program, n_events) in programs(),
        here in course(),
        there in course(),
    ) {
        let plain = locally(&program, n_events, Vec::new());
        prop_assert_eq!(&locally(&program, n_events, here), &plain);
        prop_assert_eq!(&durably(&program, n_events, Vec::new()).0, &plain);
        prop_assert_eq!(&durably(&program, n_events, there).0, &plain);
    }
}
