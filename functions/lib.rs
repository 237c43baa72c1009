//! The serverless face of the library: an Azure Functions custom handler.
//!
//! One folder is one function: `function.json` tells the host, `mod.rs` decodes, calls one operation
//! and encodes. In reading order: [`envelope`] and [`reply`] are what travels, [`app`] what functions
//! work with, [`crew`] who works and until when, [`asked`] and [`waiting`] a run that a caller starts,
//! [`watchdog`] ends a process that stands still, [`serve`] answers posts, [`durable`] is the protocol.

pub mod app;
pub mod asked;
pub mod client;
pub mod config;
#[cfg(test)]
mod contract;
pub mod crew;
pub mod durable;
pub mod envelope;
pub mod logging;
pub mod reply;
pub mod serve;
pub mod waiting;
pub mod watchdog;

mod backfill_chunk;
mod backfill_orchestrator;
mod backfill_plan;
mod backfill_publish;
mod daily_data_update;
mod health_check;
mod manual_trigger_update;
mod weekly_universe_refresh;

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::app::App;
use crate::serve::{function, ready, unknown};

/// Every function: its folder, its name in Azure and its route.
pub const TRIGGERS: [&str; 8] = [
    backfill_chunk::NAME,
    backfill_orchestrator::NAME,
    backfill_plan::NAME,
    backfill_publish::NAME,
    daily_data_update::NAME,
    health_check::NAME,
    manual_trigger_update::NAME,
    weekly_universe_refresh::NAME,
];

/// All routes of the handler.
pub fn routes(app: &Arc<App>) -> BoxedFilter<(Response,)> {
    [
        function(app, daily_data_update::NAME, daily_data_update::handle),
        function(
            app,
            weekly_universe_refresh::NAME,
            weekly_universe_refresh::handle,
        ),
        function(app, health_check::NAME, health_check::handle),
        function(
            app,
            manual_trigger_update::NAME,
            manual_trigger_update::handle,
        ),
        function(
            app,
            backfill_orchestrator::NAME,
            backfill_orchestrator::handle,
        ),
        function(app, backfill_plan::NAME, backfill_plan::handle),
        function(app, backfill_chunk::NAME, backfill_chunk::handle),
        function(app, backfill_publish::NAME, backfill_publish::handle),
        unknown(),
    ]
    .into_iter()
    .fold(ready(), |all, next| all.or(next).unify().boxed())
}
