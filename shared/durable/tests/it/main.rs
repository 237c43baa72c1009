//! The replayer against recorded exchanges, golden messages, single rules and made-up workflows; and
//! the runner within one process.

#[cfg(test)]
mod comparable;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod history;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod local;
#[cfg(test)]
mod program;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod recorded_orchestrator;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod replay_loop;
#[cfg(test)]
mod rules;

#[cfg(test)]
mod exchange {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use prost::Message;
    use quantx_durable::wire::{OrchestratorRequest, OrchestratorResponse};
    use quantx_durable::{Limits, Replayer, TimerBounds};

    /// Sends a request the way the host does.
    pub(crate) fn answer(
        replayer: &Replayer,
        request: &OrchestratorRequest,
    ) -> OrchestratorResponse {
        let text = STANDARD.encode(request.encode_to_vec());
        decode(&replayer.answer(&text).unwrap())
    }

    pub(crate) fn decode<M: Message + Default>(text: &str) -> M {
        M::decode(STANDARD.decode(text).unwrap().as_slice()).unwrap()
    }

    /// Timers exactly as the workflow asks for them.
    pub(crate) fn unbounded() -> Limits {
        Limits {
            timers: TimerBounds {
                shortest: std::time::Duration::ZERO,
                longest: std::time::Duration::MAX,
            },
            ..Limits::default()
        }
    }
}
