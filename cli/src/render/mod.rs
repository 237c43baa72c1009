//! Results as text for people, or as JSON for programs. Pure.

mod copy;
mod cost;
mod manifest;
mod quantity;
mod run_plan;
mod run_report;
mod table;
mod universes;

pub(crate) use copy::copy_report;
pub(crate) use manifest::manifest;
pub(crate) use run_plan::run_plan;
pub(crate) use run_report::run_report;
pub(crate) use universes::{members, refresh_report};

/// Pretty JSON with a line end.
fn json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
