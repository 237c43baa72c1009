//! The timer `daily_data_update`: starts the orchestration of the day, unless it runs already.
//!
//! In: the schedule `%DAILY_SCHEDULE%`. Out: an instance of the orchestrator, named after the day.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use quantx::operations::chunked::{ORCHESTRATOR, RunRequest};

use crate::app::App;
use crate::host::durable_client::DurableClient;
use crate::host::invocation::Invocation;
use crate::host::reply::{InvocationError, Reply, Start};

/// The function, its folder and its path at the handler.
pub(crate) const NAME: &str = "daily_data_update";
/// The bindings that the code uses, beside the trigger.
const CLIENT: &str = "client";
const STARTER: &str = "starter";
/// Timers fire up to a millisecond early: at midnight that would be the day before.
const EARLY: Duration = Duration::from_secs(1);

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, InvocationError> {
    let date = (app.now() + EARLY).to_zoned(TimeZone::UTC).date();
    let instance = format!("daily-{date}");
    if let Some(client) = DurableClient::of(&call, CLIENT)
        && client.is_running(&instance).await
    {
        return Ok(Reply::default().log(format!("{instance} is running already")));
    }
    let start = Start {
        orchestrator: ORCHESTRATOR,
        instance: &instance,
        input: &RunRequest::default(),
    };
    let reply = Reply::default().log(format!("{instance} is started"));
    Ok(reply.starting(STARTER, &start))
}

#[cfg(test)]
mod tests {
    use crate::host::function_json::{Function, assert_contract};

    #[test]
    fn function_json_is_as_the_code_expects() {
        let json = include_str!("function.json");
        assert_contract(&Function {
            name: super::NAME,
            folder: module_path!(),
            json,
            bindings: &[
                ("timer", "timerTrigger", "in"),
                (super::CLIENT, "durableClient", "in"),
                (super::STARTER, "durableClient", "out"),
            ],
            retry: Some("00:01:00"),
        });
        assert!(json.contains(r#""schedule": "%DAILY_SCHEDULE%""#));
    }
}
