//! The activity `backfill_publish`: ends a run with manifest, report and tables.
//!
//! In: a `PublishRequest`. Operation: [`InProcess::publish`]. Out: a `PublishAnswer` or the failure, as one text.

use std::sync::Arc;

use quantx::operations::chunked::{InProcess, PUBLISH};

use crate::app::{App, activity};
use crate::host::invocation::Invocation;
use crate::host::reply::{InvocationError, Reply};

/// The function, its folder and its path at the handler.
pub(crate) const NAME: &str = PUBLISH.name();
/// The trigger's binding.
const INPUT: &str = "publish";

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, InvocationError> {
    activity::perform(&app, PUBLISH, call.value(INPUT), InProcess::publish).await
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
            bindings: &[(super::INPUT, "activityTrigger", "in")],
            retry: None,
        });
    }
}
