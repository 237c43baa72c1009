//! What rules and checksums said of listings.

use quantx::operations::flags::{FlagStatus, FlagsReport};

use super::{json, table};
use crate::args::Format;
use quantx::report::grouped;

/// A line per flag, `limit` at most, or the [`FlagsReport`] as JSON.
pub(crate) fn flags(
    report: &FlagsReport,
    limit: usize,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    let mut text = String::new();
    if !report.flags.is_empty() && limit > 0 {
        let header = [
            "symbol",
            "date",
            "rule",
            "standing",
            "since",
            "what was read, and what to type",
        ];
        let mut lines = table::headed(header, &[]);
        for flag in report.flags.iter().take(limit) {
            let next = flag.next.iter().map(String::as_str);
            let details: Vec<&str> = [flag.detail.as_str()].into_iter().chain(next).collect();
            lines.add_row([
                flag.symbol.clone(),
                flag.date.to_string(),
                flag.rule.clone(),
                flag.status.as_str().to_owned(),
                flag.since.to_string(),
                details.join("\n"),
            ]);
        }
        text = table::text(&lines);
    }
    let hidden = report.flags.len().saturating_sub(limit);
    if hidden > 0 {
        text.push_str(&format!(
            "and {} more: --limit shows more\n",
            grouped(hidden)
        ));
    }
    let count = |status| {
        let flags = report.flags.iter();
        grouped(flags.filter(|flag| flag.status == status).count())
    };
    text.push_str(&format!(
        "flags: {} new, {} standing, {} decided\n",
        count(FlagStatus::New),
        count(FlagStatus::ReviewStatus),
        count(FlagStatus::Decided),
    ));
    Ok(text)
}
