//! What `quantx doctor` found.

use quantx::operations::doctor::{CheckState, Diagnosis};

use super::{json, table};
use crate::args::Format;

/// A line for each check, or the [`Diagnosis`] as JSON.
pub(crate) fn diagnosis(diagnosis: &Diagnosis, format: Format) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(diagnosis);
    }
    let mut lines = table::headed(["check", "", "found", "what to do"], &[]);
    for check in &diagnosis.checks {
        let state = match check.state {
            CheckState::Ok => "ok",
            CheckState::Look => "look",
            CheckState::Wrong => "wrong",
        };
        let advice = check.advice.as_deref().unwrap_or_default();
        lines.add_row([check.name, state, &check.found, advice]);
    }
    Ok(table::text(&lines))
}
