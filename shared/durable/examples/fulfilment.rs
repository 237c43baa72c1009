//! An order is fulfilled: all items are reserved at once, then a payment is awaited for a day.
//!
//! First the workflow runs within this process, paid and unpaid. Then the same workflow answers turns
//! as an Azure Functions host posts them, from `fulfilment_exchange.txt`.
//!
//! ```sh
//! cargo run --release --package quantx-durable --example fulfilment
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::executor::block_on;
use futures::future::{self, BoxFuture, FutureExt};
use jiff::Timestamp;
use prost::Message;
use quantx_durable::wire::{ActionType, OrchestratorResponse};
use quantx_durable::{
    Activities, Activity, Context, Either, Failure, LocalRunner, Replayer, RetryPolicy, Sleeper,
    Workflows, all, race,
};
use serde::{Deserialize, Serialize};

/// The orchestrator function's name.
pub(crate) const FULFIL: &str = "fulfil";
/// The event that somebody raises when the money is there.
pub(crate) const PAID: &str = "paid";
const ONE_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One item of an order. Inputs of activities are objects: the host adds quotes to bare texts.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Item {
    name: String,
}

const RESERVE: Activity<Item, u32> = Activity::new("reserve");
const SHIP: Activity<Vec<Item>, String> = Activity::new("ship");

/// The workflow: plain async code, that may take days and survives every restart.
async fn fulfil(context: Context, items: Vec<Item>) -> Result<String, Failure> {
    // Fan-out: a request is made when `activity` is called, so all of them are under way at once.
    let reservations = items
        .iter()
        .map(|item| context.activity(RESERVE, item, RetryPolicy::NEVER));
    let prices: Vec<u32> = all(reservations)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    context.set_status(&format!("{} are due", prices.iter().sum::<u32>()))?;
    // Whichever comes first: somebody's event, or a timer.
    let payment = context.wait_for_event::<String>(PAID);
    match race(payment, context.timer(ONE_DAY)).await {
        Either::Left(payer) => {
            let parcel = context.activity(SHIP, &items, RetryPolicy::NEVER).await?;
            Ok(format!("{parcel} to {}", payer?))
        }
        Either::Right(()) => Err(Failure::permanent("Unpaid", "no payment within a day")),
    }
}

fn workflows() -> Workflows {
    Workflows::new().with(FULFIL, fulfil)
}

/// What touches the world. In Azure each is a function of its own.
pub(crate) fn activities() -> Activities {
    Activities::new()
        .with(RESERVE, |item: Item| async move {
            u32::try_from(item.name.len()).map_err(|_| Failure::permanent("Item", "too long"))
        })
        .with(SHIP, |items: Vec<Item>| async move {
            Ok(format!("a parcel of {}", items.len()))
        })
}

pub(crate) fn replayer() -> Replayer {
    Replayer::new(workflows())
}

/// What the order of this example is.
pub(crate) fn order() -> String {
    r#"[{"name":"tea"},{"name":"biscuits"}]"#.to_owned()
}

/// A time in which a day is over at once.
#[derive(Debug)]
struct NoWaits;

impl Sleeper for NoWaits {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        future::ready(()).boxed()
    }
}

/// Turns of one instance, one a line: the request as the host posts it, and the answer.
pub(crate) const EXCHANGE: &str = include_str!("fulfilment_exchange.txt");

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let runner = LocalRunner::new(workflows(), activities(), Arc::new(NoWaits));
    let paid = runner.run(FULFIL, "order-1", Some(order()));
    runner.raise("order-1", PAID, Some(r#""Ada""#.to_owned()));
    println!("in process, paid: {:?}", block_on(paid)?);
    let unpaid = block_on(runner.run(FULFIL, "order-2", Some(order())));
    println!("in process, unpaid: {unpaid:?}");

    let replayer = replayer();
    for (turn, line) in (1..).zip(EXCHANGE.lines()) {
        let (request, recorded) = line.split_once(' ').ok_or("a line without an answer")?;
        // In a handler: the text of the binding goes in, the text of `ReturnValue` comes out.
        let answer = replayer.answer(request)?;
        if answer != recorded {
            return Err(format!("turn {turn} has another answer than recorded").into());
        }
        println!("turn {turn}: {}", actions(&answer)?.join(", "));
    }
    Ok(())
}

/// What an answer asks of the host, in words.
fn actions(answer: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let answer = OrchestratorResponse::decode(STANDARD.decode(answer)?.as_slice())?;
    let words = answer.actions.into_iter().map(|action| {
        let what = match action.action_type {
            Some(ActionType::ScheduleTask(task)) => format!("run {}", task.name),
            Some(ActionType::CreateTimer(_)) => "start a timer".to_owned(),
            Some(ActionType::CompleteOrchestration(end)) => {
                format!("end with {}", end.result.unwrap_or_default())
            }
            other => format!("{other:?}"),
        };
        format!("#{} {what}", action.id)
    });
    Ok(words.collect())
}
