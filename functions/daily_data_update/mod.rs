//! The timer `daily_data_update`: starts the orchestration of the day, unless it runs already.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use quantx::operations::chunked::RunRequest;

use crate::app::App;
use crate::client::DurableClient;
use crate::envelope::Invocation;
use crate::reply::{Fault, Reply};

/// The function, its folder and its route.
pub(crate) const NAME: &str = "daily_data_update";
/// Timers fire up to a millisecond early: at midnight that would be the day before.
const EARLY: Duration = Duration::from_secs(1);

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, call: Invocation) -> Result<Reply, Fault> {
    let date = (app.now() + EARLY).to_zoned(TimeZone::UTC).date();
    let instance = format!("daily-{date}");
    if let Some(client) = DurableClient::of(&call)
        && client.is_running(&instance).await
    {
        return Ok(Reply::default().log(format!("{instance} is running already")));
    }
    let reply = Reply::default().log(format!("{instance} is started"));
    Ok(reply.starting(&instance, &RunRequest::default()))
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
            bindings: &[
                ("timer", "timerTrigger", "in"),
                ("client", "durableClient", "in"),
                ("starter", "durableClient", "out"),
            ],
            retry: Some("00:01:00"),
        });
        assert!(json.contains(r#""schedule": "%DAILY_SCHEDULE%""#));
    }
}
