mod golden;
mod guards;
mod host;
mod laws;
mod program;
mod recorded;
mod recorded_orchestrator;
mod recordings;
mod rules;
mod shown;
mod story;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;

use super::wire::{OrchestratorRequest, OrchestratorResponse};
use super::{Limits, Replayer, TimerBounds};

/// Sends a request the way the host does.
fn answer(replayer: &Replayer, request: &OrchestratorRequest) -> OrchestratorResponse {
    let text = STANDARD.encode(request.encode_to_vec());
    decode(&replayer.answer(&text).unwrap())
}

fn decode<M: Message + Default>(text: &str) -> M {
    M::decode(STANDARD.decode(text).unwrap().as_slice()).unwrap()
}

/// Timers exactly as the workflow asks for them.
fn unbounded() -> Limits {
    Limits {
        timers: TimerBounds {
            shortest: std::time::Duration::ZERO,
            longest: std::time::Duration::MAX,
        },
        ..Limits::default()
    }
}
