//! One line of JSON per event on standard output. On standard error the host would see errors.

use anyhow::{Result, anyhow};
use quantx::settings::LogLevel;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Starts logging. Once per process.
///
/// # Errors
/// When it was started before.
pub fn start(level: LogLevel) -> Result<()> {
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stdout);
    let ours = match level {
        LogLevel::Error => tracing::Level::ERROR,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
        LogLevel::Trace => tracing::Level::TRACE,
    };
    let filter = Targets::new()
        .with_default(tracing::Level::WARN)
        .with_target("quantx", ours)
        .with_target("quantx_functions", ours);
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!("panic: {panic}");
    }));
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .try_init()
        .map_err(|error| anyhow!("cannot start logging: {error}"))
}
