//! The timer `weekly_universe_refresh`: brings the universes of the phase up to date.

use std::sync::Arc;

use crate::app::App;
use crate::envelope::Invocation;
use crate::reply::{Fault, Reply};

/// The function, its folder and its route.
pub(crate) const NAME: &str = "weekly_universe_refresh";

/// Handles one invocation. Sources that fail are told in the report; the last good lists stay. If all
/// fail, the invocation does.
pub(crate) async fn handle(app: Arc<App>, _call: Invocation) -> Result<Reply, Fault> {
    let report = match app.refresh_universes().await {
        Ok(report) => report,
        // The retry policy repeats a failed invocation.
        Err(failure) if failure.retryable => return Err(Fault::of(&failure)),
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
        return Err(Fault::new(format!(
            "no universe could be refreshed; {line}"
        )));
    }
    let reasons = report.reasons.iter().cloned();
    Ok(reasons.fold(Reply::default().log(line), Reply::log))
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
            bindings: &[("timer", "timerTrigger", "in")],
            retry: Some("00:10:00"),
        });
        assert!(json.contains(r#""schedule": "%WEEKLY_SCHEDULE%""#));
    }
}
