//! The timer `weekly_universe_refresh`: brings the universes of the phase up to date.
//!
//! In: the schedule `%WEEKLY_SCHEDULE%`. Operation: `universe_refresh::refresh`, in [`refresh`]. Out: lines of log.

mod refresh;

use std::sync::Arc;

use crate::app::App;
use crate::host::invocation::Invocation;
use crate::host::reply::{InvocationError, Reply};

/// The function, its folder and its path at the handler.
pub(crate) const NAME: &str = "weekly_universe_refresh";

/// Handles one invocation. Sources that fail are named in the report; the last good lists stay. If all
/// fail, the invocation does.
pub(crate) async fn handle(app: Arc<App>, _call: Invocation) -> Result<Reply, InvocationError> {
    let report = match refresh::refresh(&app).await {
        Ok(report) => report,
        // The retry policy repeats a failed invocation.
        Err(failure) if failure.retryable => return Err(InvocationError::of(&failure)),
        Err(failure) => {
            tracing::error!(%failure, "the universes were not refreshed: {failure}");
            return Ok(Reply::default().log(failure.to_string()));
        }
    };
    let line = format!(
        "{} is {:?}: {} members",
        report.run, report.verdict, report.union.members
    );
    // Then the retry policy of the function is worth its wait.
    if report.universes.iter().all(|it| !it.outcome.is_fresh()) {
        return Err(InvocationError::new(format!(
            "no universe could be refreshed; {line}"
        )));
    }
    let reasons = report.reasons.iter().cloned();
    Ok(reasons.fold(Reply::default().log(line), Reply::log))
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
            bindings: &[("timer", "timerTrigger", "in")],
            retry: Some("00:10:00"),
        });
        assert!(json.contains(r#""schedule": "%WEEKLY_SCHEDULE%""#));
    }
}
