//! The life of the process, from its settings to the last answer.

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use quantx::clock::Clock;
use quantx::operations::environment;
use quantx::report::with_causes;
use quantx::settings::LogLevel;
use tokio::runtime::{Builder, Runtime};

use super::config::Config;
use super::{logging, watchdog};
use crate::app::App;
use crate::routes;

/// Threads for reading, merging and writing files, beside those for tasks.
const WORKING_THREADS: usize = 128;
/// Threads for large bodies and turns of workflows.
const ANSWERING_THREADS: usize = 64;

/// Answers the host until somebody ends the process; `clock` says what time it is for runs.
pub fn run(clock: Arc<dyn Clock>) -> ExitCode {
    if let Err(error) = serve(clock) {
        tracing::error!("the handler ends: {}", with_causes(error.as_ref()));
    }
    // The host does not start a handler again that ended with 0.
    ExitCode::FAILURE
}

fn serve(clock: Arc<dyn Clock>) -> Result<()> {
    let config = Config::read(&environment());
    let settings = config
        .as_ref()
        .ok()
        .and_then(|config| config.settings.as_ref().ok());
    logging::start(settings.map_or(LogLevel::Info, |settings| settings.logging.level))?;
    let config = config.map_err(|problem| anyhow!(problem))?;
    let (answering, working) = (runtime(ANSWERING_THREADS)?, runtime(WORKING_THREADS)?);
    let pools = [
        ("answer", answering.handle().clone()),
        ("work", working.handle().clone()),
    ];
    let standstill = watchdog::allowed_standstill(config.function_timeout);
    watchdog::watch(&pools, standstill, watchdog::parent, move |why| {
        why.end(standstill)
    })
    .context("cannot start the watchdog")?;
    answering.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await;
        let listener =
            listener.with_context(|| format!("cannot listen on port {}", config.port))?;
        tracing::info!(
            port = config.port,
            version = env!("CARGO_PKG_VERSION"),
            "listening"
        );
        let app = Arc::new(App::new(config, working.handle().clone(), clock));
        app.log_problems();
        warp::serve(routes(&app)).incoming(listener).run().await;
        Ok(())
    })
}

fn runtime(blocking_threads: usize) -> Result<Runtime> {
    let runtime = Builder::new_multi_thread()
        .max_blocking_threads(blocking_threads)
        .enable_all()
        .build();
    runtime.context("cannot start the runtime")
}
