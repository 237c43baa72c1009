//! Every prefix of every history that the host recorded, answered again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use quantx::durable::Replayer;
use quantx::durable::wire::{OrchestratorRequest, OrchestratorResponse};
use quantx::operations::chunked::{CHUNK, workflows};
use quantx_dev_host::{Call, Delivery, Event, Instance};

use super::{Bench, ended};

/// Fails unless every turn of the instance has the same answer again, wherever the boundary between
/// what is past and what is new lies.
pub(super) fn assert_replayed(instance: &Instance) -> usize {
    let replayer = Replayer::new(workflows());
    let answer = |request: &OrchestratorRequest| {
        let text = replayer
            .answer(&STANDARD.encode(request.encode_to_vec()))
            .unwrap();
        OrchestratorResponse::decode(STANDARD.decode(text).unwrap().as_slice()).unwrap()
    };
    let mut n_turns = 0;
    for (mut request, recorded) in instance.replays() {
        assert_eq!(
            answer(&request),
            *recorded,
            "turn {n_turns} of {}",
            instance.id
        );
        let mut new = std::mem::take(&mut request.new_events);
        request.past_events.append(&mut new);
        assert_eq!(
            answer(&request),
            *recorded,
            "turn {n_turns} of {}",
            instance.id
        );
        n_turns += 1;
    }
    assert!(n_turns > 1, "{} took {n_turns} turns", instance.id);
    n_turns
}

#[tokio::test(flavor = "multi_thread")]
async fn every_prefix_of_our_own_histories_gives_the_same_actions() {
    let bench = Bench::of(40, 5, "").await;
    let mut n_turns = 0;
    // A calm run, one whose chunks fail now and then, and one that is given up in part.
    let failing: [fn(u64, u64) -> bool; 3] = [
        |_, _| false,
        |chunk, round| chunk % 3 == 0 && round < 3,
        |chunk, _| chunk == 2,
    ];
    for (n, fails) in failing.into_iter().enumerate() {
        let host = bench
            .host_with(std::sync::Arc::new(move |call: &Call| match place(call) {
                Some((chunk, round)) if fails(chunk, round) => Delivery::Fail,
                _ => Delivery::Post,
            }))
            .await;
        let id = format!("own-{n}");
        bench.begin(&host, &id);
        if n == 1 {
            // Among the answers of chunks comes an event, and a name that nobody waits for.
            let is_chunk = |event: &Event| matches!(event, Event::ActivityDone { function, .. } if function == CHUNK.name());
            host.wait_for(2, is_chunk).await;
            host.raise(&id, "unread");
            host.raise(&id, "CANCEL");
        }
        let instance = ended(&host, &id).await;
        n_turns += assert_replayed(&instance);
    }
    eprintln!("{n_turns} prefixes");
    assert!(n_turns > 12, "{n_turns}");
}

/// Chunk and round of a call of the activity for chunks.
pub(super) fn place(call: &Call) -> Option<(u64, u64)> {
    let input = call
        .input
        .as_deref()
        .filter(|_| call.function == CHUNK.name())?;
    let order: serde_json::Value = serde_json::from_str(input).ok()?;
    Some((order["chunk"].as_u64()?, order["round"].as_u64()?))
}
