//! The serverless face of the library: an Azure Functions custom handler.
//!
//! One folder with a `function.json` is one function: its `mod.rs` says what comes in, which operation is
//! called and what goes out. Beside them are three rooms: `app` is what all functions share, `host` how
//! the handler and the host talk, `process` the process itself. The Durable protocol is the crate
//! `quantx-durable`.

pub mod app;
pub mod host;
pub mod process;

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
use crate::host::server::{function, ready, unknown};

/// Every function: its folder, its name in Azure and its path at the handler.
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
