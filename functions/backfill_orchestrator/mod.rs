//! The workflow `backfill_orchestrator`: one turn, answered from the history that the host sends.

use std::sync::Arc;

use crate::app::App;
use crate::envelope::Invocation;
use crate::reply::{Fault, Reply};

/// The function, its folder and its route.
pub(crate) const NAME: &str = quantx::operations::chunked::ORCHESTRATOR;
/// The trigger's binding.
const BINDING: &str = "context";

/// Handles one turn. A fault is a failed invocation, which the retry policy delivers again.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, Fault> {
    let replayer = app.replayer.clone();
    let turn = move || {
        let request = call.text(BINDING);
        let request = request.ok_or(Fault::new("the invocation has no context"))?;
        let answer = replayer.answer(&request);
        answer.map_err(|error| Fault::of(&error))
    };
    let answer = tokio::task::spawn_blocking(turn).await;
    Ok(Reply::value(answer.map_err(|error| Fault::of(&error))??))
}

#[cfg(test)]
mod tests {
    use crate::contract::{Function, assert_contract};

    #[test]
    fn function_json_is_as_the_code_expects() {
        assert_contract(&Function {
            name: super::NAME,
            folder: module_path!(),
            json: include_str!("function.json"),
            bindings: &[(super::BINDING, "orchestrationTrigger", "in")],
            // Without it a killed turn is the end of the instance.
            retry: Some("00:00:01"),
        });
    }
}
