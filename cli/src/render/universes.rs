//! What a refresh wrote.

use quantx::operations::Effects;
use quantx::operations::universes::Refreshed;
use serde_json::json;

use super::quantity::grouped;
use super::table;
use crate::args::Format;

/// One line per universe.
pub(crate) fn universes(
    refreshed: &[Refreshed],
    effects: Effects,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        let universes: Vec<_> = refreshed
            .iter()
            .map(|universe| {
                json!({
                    "path": universe.key.path(),
                    "listings": universe.n_listings,
                    "changed": universe.changed,
                })
            })
            .collect();
        return super::json(&universes);
    }
    let mut lines = table::headed(["universe", "listings", "list"], &[1]);
    for universe in refreshed {
        let change = match (universe.changed, effects) {
            (false, _) => "unchanged",
            (true, Effects::Write) => "written",
            (true, Effects::ReadOnly) => "would be written",
        };
        lines.add_row([
            universe.key.path(),
            grouped(universe.n_listings),
            change.to_owned(),
        ]);
    }
    Ok(table::text(&lines))
}
