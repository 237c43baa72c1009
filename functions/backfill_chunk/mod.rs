//! The activity `backfill_chunk`: decode, one operation, encode.

use std::sync::Arc;

use crate::app::App;
use crate::envelope::Invocation;
use crate::reply::{Fault, Reply};

/// The function, its folder and its route.
pub(crate) const NAME: &str = quantx::operations::chunked::CHUNK;
/// The trigger's binding.
const BINDING: &str = "chunk";

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, Fault> {
    app.activity(NAME, call.value(BINDING)).await
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
            bindings: &[(super::BINDING, "activityTrigger", "in")],
            retry: None,
        });
    }
}
