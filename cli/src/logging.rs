//! Logs: text for people or one JSON object per line, always on standard error.

use std::io::{IsTerminal, stderr};

use anyhow::{Result, anyhow};
use quantx::settings::{EnvMap, LogFormat, LogLevel, LoggingSettings};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::Verbosity;
use crate::console::Console;

/// Starts logging. Once per process.
pub(crate) fn start(
    settings: LoggingSettings,
    verbosity: Verbosity,
    env: &EnvMap,
    console: &Console,
) -> Result<()> {
    let lines = tracing_subscriber::fmt::layer().with_writer(console.clone());
    let lines = match settings.format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => {
            let colours = stderr().is_terminal() && env.get("NO_COLOR").is_none();
            lines.with_ansi(colours).boxed()
        }
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(filter(settings.level, verbosity)))
        .try_init()
        .map_err(|error| anyhow!("cannot start logging: {error}"))
}

/// Other crates are heard when something is wrong, or when everything is asked for.
fn filter(level: LogLevel, verbosity: Verbosity) -> Targets {
    let ours = match (verbosity, level) {
        (Verbosity::Quiet, _) | (_, LogLevel::Error) => LevelFilter::ERROR,
        (_, LogLevel::Warn) => LevelFilter::WARN,
        (_, LogLevel::Info) => LevelFilter::INFO,
        (_, LogLevel::Debug) => LevelFilter::DEBUG,
        (_, LogLevel::Trace) => LevelFilter::TRACE,
    };
    let others = if ours == LevelFilter::TRACE {
        ours
    } else {
        ours.min(LevelFilter::WARN)
    };
    Targets::new()
        .with_default(others)
        .with_target("quantx", ours)
}
