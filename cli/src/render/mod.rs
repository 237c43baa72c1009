//! Results as text for people, or as JSON for programs. Pure.

mod calendar;
mod comparison;
mod copy;
mod cost;
mod coverage;
mod diagnosis;
mod flags;
mod manifest;
mod plot;
mod quarantine;
mod run_plan;
mod run_report;
mod show;
mod table;
mod universes;
mod verify_report;

pub(crate) use calendar::{calendars, sessions};
pub(crate) use comparison::comparison;
pub(crate) use copy::copy_report;
pub(crate) use coverage::coverage;
pub(crate) use diagnosis::diagnosis;
pub(crate) use flags::flags;
pub(crate) use manifest::manifest;
pub(crate) use plot::{Drawing, Picture, Scale, plot};
pub(crate) use quarantine::{decisions, quarantine};
pub(crate) use run_plan::run_plan;
pub(crate) use run_report::run_report;
pub(crate) use show::{listing_view, listing_views_json};
pub(crate) use universes::{imported_membership, members, members_notes, refresh_report};
pub(crate) use verify_report::verify_report;

/// Pretty JSON with a line end.
fn json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
