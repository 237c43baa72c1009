//! `POST /api/trigger-update`: starts a run, or with `?wait=SECONDS` runs it here and now.

use std::sync::Arc;

use serde_json::json;

use crate::app::App;
use crate::asked::Asked;
use crate::client::DurableClient;
use crate::envelope::Invocation;
use crate::reply::{Fault, Reply};
use crate::waiting::{self, unavailable};

/// The function, its folder and its route.
pub(crate) const NAME: &str = "manual_trigger_update";

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, Fault> {
    let settings = match app.settings() {
        Ok(settings) => settings,
        Err(failure) => return Ok(unavailable(&failure)),
    };
    let asked = match Asked::read(&call, settings) {
        Ok(asked) => asked,
        Err(problems) => return Ok(Reply::refusal(400, &problems)),
    };
    // A run that could not even begin is told now, not when somebody looks at the instance.
    if let Err(failure) = app.check_store().await {
        return Ok(unavailable(&failure));
    }
    let instance = app.new_instance("manual", &call.id);
    let urls = DurableClient::of(&call)
        .map(|client| client.urls(&instance))
        .unwrap_or_default();
    if asked.wait.is_some() {
        return Ok(waiting::answer(&app, instance, urls, asked).await);
    }
    let body = json!({"status": "accepted", "id": instance, "urls": urls});
    Ok(Reply::http(202, &body).starting(&instance, &asked.request))
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
            bindings: crate::contract::HTTP_STARTER,
            retry: None,
        });
        assert!(json.contains(r#""route": "trigger-update""#));
    }
}
