//! A heartbeat at the start and the end of each run, to a service that raises the alarm when it does
//! not come. One that cannot be delivered is logged; it fails no run.

use crate::context::Context;
use crate::listing::chain;
use quantx_alert::{AlertClient, Beat, Heartbeat, Limits};
use quantx_report::Verdict;

/// Says that a run began.
pub(crate) async fn run_begins(context: &Context) {
    beat(context, Beat::Start).await;
}

/// Says that a run could not go on.
pub(crate) async fn run_fails(context: &Context) {
    beat(context, Beat::Fail).await;
}

/// Says that a run ended, with the exit code of `quantx`.
pub(crate) async fn run_ends(context: &Context, verdict: Verdict) {
    beat(context, Beat::Exit(u8::from(verdict == Verdict::Red))).await;
}

async fn beat(context: &Context, beat: Beat) {
    let Some(address) = &context.settings.alerts.heartbeat else {
        return;
    };
    let Some(heartbeat) = Heartbeat::new(address.expose().as_str()) else {
        return;
    };
    let sent = match AlertClient::new(Limits::default()) {
        Ok(client) => client.beat(&heartbeat, beat).await,
        Err(error) => Err(error),
    };
    if let Err(error) = sent {
        tracing::warn!("no heartbeat: {}", chain(&error));
    }
}
