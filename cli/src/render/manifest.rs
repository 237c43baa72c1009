//! What the lake holds.

use quantx::lake::manifest::{Manifest, ManifestRow};

use super::{json, table};
use crate::args::Format;
use quantx::report::grouped;

/// At most `limit` lines of the manifest, as a table or a JSON array.
pub(crate) fn manifest(
    manifest: &Manifest,
    limit: usize,
    format: Format,
) -> serde_json::Result<String> {
    let rows: Vec<&ManifestRow> = manifest.rows().take(limit).collect();
    if format == Format::Json {
        return json(&rows);
    }
    let header = [
        "symbol", "exchange", "first", "last", "rows", "files", "actions", "holes", "complete",
        "updated",
    ];
    let mut lines = table::headed(header, &[4, 5, 6, 7]);
    for row in &rows {
        let date =
            |date: Option<quantx::market::Date>| date.map(|d| d.to_string()).unwrap_or_default();
        lines.add_row([
            row.ticker.clone(),
            row.exchange.clone(),
            date(row.first_date),
            date(row.last_date),
            grouped(row.row_count),
            row.files.to_string(),
            row.actions.to_string(),
            row.holes.to_string(),
            if row.backfill_complete { "yes" } else { "no" }.to_owned(),
            format!("{:.0}", row.last_updated),
        ]);
    }
    Ok(format!(
        "{}{} of {} listings, {} rows\n",
        table::text(&lines),
        grouped(rows.len()),
        grouped(manifest.len()),
        grouped(rows.iter().map(|row| row.row_count).sum::<usize>()),
    ))
}
