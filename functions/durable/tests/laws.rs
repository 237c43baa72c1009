//! Laws of the replay, on made-up workflows and a host that does its worst.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use proptest::prelude::*;
use quantx::workflow::{Activities, Failure, LocalRunner, Sleeper};
use serde_json::Value;

use super::super::Replayer;
use super::super::wire::OrchestrationStatus;
use super::host::{Course, Harm, Host};
use super::program::{PROGRAM, Program, Step, activity, programs, workflows};

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

impl Activities for Rounds {
    fn run(&self, name: &str, input: Value) -> BoxFuture<'static, Result<Value, Failure>> {
        let (wait, outcome) = (self.wait(), activity(name, &input));
        wait.map(|()| outcome).boxed()
    }
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
    let runner = LocalRunner::new(workflows(), rounds.clone(), rounds);
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

fn durably(program: &Program, n_events: u32, course: Vec<u8>) -> (Value, Harm) {
    let mut host = Host::new(Replayer::new(workflows()), activity, Course::new(course));
    host.start(
        PROGRAM,
        "run",
        Some(serde_json::to_string(program).unwrap()),
    );
    for n in 0..n_events {
        host.raise("run", &format!("Event{n}"), Some(n.to_string()));
    }
    let end = host.run("run").expect("the workflow waits for ever");
    assert_eq!(
        end.orchestration_status(),
        OrchestrationStatus::Completed,
        "{end:?}"
    );
    let output = serde_json::from_str(&end.result.unwrap()).unwrap();
    (output, host.harm)
}

#[test]
fn the_host_of_these_tests_does_its_worst() {
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
        let (output, harm) = durably(&program, 1, numbers.take(1_000).collect());
        assert_eq!(output, plain);
        eprintln!("{harm:?}");
        assert!(harm.n_turns > 50 && harm.n_killed > 5 && harm.n_doubled > 10);
        assert!(harm.n_joined > 5 && harm.n_suspended > 1);
        assert!(harm.n_generations == 1 && harm.n_children == 1);
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
