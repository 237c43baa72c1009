//! `GET /api/health`: 200 when all is well, else 503 with the reasons. Anonymous, so the answer names no
//! account, address, path or setting: those are in the log, once.
//!
//! In: nothing. Operation: [`health::check`]. Out: a [`Health`].

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use quantx::durable::Failure;
use quantx::operations::Context;
use quantx::operations::health::{self, Health, Reason, Status};

use crate::app::App;
use crate::host::invocation::Invocation;
use crate::host::reply::{InvocationError, Reply};

/// The function, its folder and its path at the handler.
pub(crate) const NAME: &str = "health_check";
/// The binding of the answer.
const RESPONSE: &str = "res";
/// The host wants an answer within 300 ms.
const TIMEOUT: Duration = Duration::from_millis(250);

/// Handles one invocation.
pub(crate) async fn handle(app: Arc<App>, _call: Invocation) -> Result<Reply, InvocationError> {
    let now = app.now();
    let checked = match app.settings() {
        Err(failure) => Some(Health::broken(now, Reason::settings(&failure.message))),
        Ok(_) => {
            let check = move |lake: Result<Context, Failure>| async move {
                match lake {
                    Ok(context) => health::check(&context, TIMEOUT).await,
                    Err(failure) => Health::broken(now, Reason::store(&failure.to_string())),
                }
            };
            app.probe(TIMEOUT, check).await
        }
    };
    let mut health = checked.unwrap_or_else(|| Health::broken(now, Reason::late()));
    log_news(&app, std::mem::take(&mut health.details));
    let status = match health.status {
        Status::Ok => 200,
        Status::Unhealthy => 503,
    };
    Ok(Reply::http(RESPONSE, status, &health))
}

/// Logs details that the last check did not find.
fn log_news(app: &App, details: Vec<String>) {
    // Nothing panics while it is held.
    let mut last = app
        .last_health
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if *last != details {
        for detail in &details {
            tracing::warn!("health: {detail}");
        }
        *last = details;
    }
}

#[cfg(test)]
mod tests;
