//! The example runs, and its exchange is what a host that behaves as recorded would post.

use futures::executor::block_on;
use quantx_durable::Failure;
use quantx_durable::wire::{EventRaised, EventType};
use serde_json::Value;

use super::replay_loop::{Counts, Course, ReplayLoop};

#[path = "../../examples/fulfilment.rs"]
mod fulfilment;

fn activity(name: &str, input: &Value) -> Result<Value, Failure> {
    block_on(fulfilment::activities().run(name, input.clone()))
}

#[test]
fn the_exchange_of_the_example_has_every_turn_of_an_instance() {
    // By turns: both reservations come at once, then the event, then the parcel before the timer.
    let course = vec![0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
    let mut replay = ReplayLoop {
        replayer: fulfilment::replayer(),
        activity,
        course: Course::new(course),
        counts: Counts::default(),
        now: "2026-11-22T21:00:00.0524362Z".parse().unwrap(),
        exchange: Vec::new(),
    };
    let paid = EventType::EventRaised(EventRaised {
        name: fulfilment::PAID.to_owned(),
        input: Some("\"Ada\"".to_owned()),
    });
    let input = Some(fulfilment::order());
    let end = replay.run(fulfilment::FULFIL, "order-1", input, vec![paid]);
    assert_eq!(end.result.as_deref(), Some("\"a parcel of 2 to Ada\""));
    let exchange = replay.exchange.join("\n") + "\n";
    assert_eq!(fulfilment::EXCHANGE, exchange, "\n{exchange}");
}

#[test]
fn the_example_runs() {
    fulfilment::main().unwrap();
}
