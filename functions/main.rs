//! `handler`: what the Functions host starts, and posts every invocation to.

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use quantx::settings::LogLevel;
use quantx_functions::app::App;
use quantx_functions::config::{self, Config};
use quantx_functions::{logging, routes};

/// Threads for operations and for reading, merging and writing files beside those of the runtime.
const MAX_BLOCKING_THREADS: usize = 128;

fn main() -> ExitCode {
    if let Err(error) = serve() {
        tracing::error!("the handler ends: {error:#}");
    }
    // The host does not start a handler again that ended with 0.
    ExitCode::FAILURE
}

fn serve() -> Result<()> {
    let config = Config::read(&config::environment());
    let told = config
        .as_ref()
        .ok()
        .and_then(|config| config.settings.as_ref().ok());
    logging::start(told.map_or(LogLevel::Info, |settings| settings.logging.level))?;
    let config = config.map_err(|problem| anyhow!(problem))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await;
        let listener =
            listener.with_context(|| format!("cannot listen on port {}", config.port))?;
        tracing::info!(
            port = config.port,
            version = env!("CARGO_PKG_VERSION"),
            "listening"
        );
        let app = Arc::new(App::new(config));
        warp::serve(routes(&app)).incoming(listener).run().await;
        Ok(())
    })
}
