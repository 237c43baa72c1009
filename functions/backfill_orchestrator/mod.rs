//! The orchestrator `backfill_orchestrator`: one turn of an instance.
//!
//! In: the instance's history. Operation: the workflow of a run, replayed by [`Replayer`]. Out: what it
//! asks for next.

use std::sync::Arc;

use quantx::durable::Replayer;

use crate::app::App;
use crate::host::invocation::Invocation;
use crate::host::reply::{InvocationError, Reply};

/// The function, its folder and its path at the handler.
pub(crate) const NAME: &str = quantx::operations::chunked::ORCHESTRATOR;
/// The trigger's binding.
const CONTEXT: &str = "context";

/// Handles one turn. An error is a failed invocation, which the retry policy delivers again.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, InvocationError> {
    let replayer: Replayer = app.replayer.clone();
    let turn = move || {
        let request = call.text(CONTEXT);
        let request = request.ok_or(InvocationError::new("the invocation has no context"))?;
        let answer = replayer.answer(&request);
        answer.map_err(|error| InvocationError::of(&error))
    };
    let answer = tokio::task::spawn_blocking(turn).await;
    Ok(Reply::value(
        answer.map_err(|error| InvocationError::of(&error))??,
    ))
}

#[cfg(test)]
mod tests {
    use crate::host::function_json::{Function, assert_contract};

    #[test]
    fn function_json_is_as_the_code_expects() {
        assert_contract(&Function {
            name: super::NAME,
            folder: module_path!(),
            json: include_str!("function.json"),
            bindings: &[(super::CONTEXT, "orchestrationTrigger", "in")],
            // Without it a killed turn is the end of the instance.
            retry: Some("00:00:01"),
        });
    }
}
