//! `GET /api/health`: 200 when all is well, else 503 with the reasons. Anonymous: tells no secret.

use std::sync::Arc;

use crate::app::App;
use crate::envelope::Invocation;
use crate::reply::{Fault, Reply};

/// The function, its folder and its route.
pub(crate) const NAME: &str = "health_check";

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, _call: Invocation) -> Result<Reply, Fault> {
    let health = app.health().await;
    let status = if health.reasons.is_empty() { 200 } else { 503 };
    Ok(Reply::http(status, &health))
}

#[cfg(test)]
mod tests {
    use crate::contract::{Function, assert_contract};

    #[test]
    fn function_json_is_as_the_code_expects() {
        let json = include_str!("function.json");
        assert_contract(&Function {
            name: super::NAME,
            folder: module_path!(),
            json,
            bindings: &[("req", "httpTrigger", "in"), ("res", "http", "out")],
            retry: None,
        });
        assert!(json.contains(r#""authLevel": "anonymous""#));
        assert!(json.contains(r#""route": "health""#));
    }
}
