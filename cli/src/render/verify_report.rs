//! What a proof found: the findings, the worst first, and sums.

use quantx::lake::proof::{Depth, Finding};
use quantx::report::{Repair, VerifyReport};

use super::{json, table};
use crate::args::Format;
use quantx::report::{bytes, duration_ms, grouped};

/// Findings that are shown one by one; the JSON has all.
const SHOWN: usize = 50;

/// Tables for people, or the [`VerifyReport`] as JSON.
pub(crate) fn verify_report(report: &VerifyReport, format: Format) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    Ok(format!(
        "{}{}{}",
        repairs(&report.repairs),
        findings(&report.findings),
        summary(report)
    ))
}

/// Empty if there is none.
fn repairs(repairs: &[Repair]) -> String {
    if repairs.is_empty() {
        return String::new();
    }
    let mut lines = table::headed(["repair", "state", "where", "what"], &[]);
    for repair in repairs.iter().take(SHOWN) {
        lines.add_row([
            repair.kind.as_str(),
            repair.state.as_str(),
            repair.path.as_str(),
            repair.detail.as_str(),
        ]);
    }
    let mut text = table::text(&lines);
    if let Some(more) = repairs.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("and {} more: --json has all\n", grouped(more)));
    }
    text
}

/// Empty if there is none.
fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut worst_first: Vec<&Finding> = findings.iter().collect();
    worst_first.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut lines = table::headed(["severity", "rule", "where", "row", "what"], &[3]);
    for finding in worst_first.iter().take(SHOWN) {
        let date = finding.date.map(|date| format!(" {date}"));
        let row = finding.row.map(|row| row.to_string());
        let more = match finding.count {
            0 | 1 => String::new(),
            n => format!(" ({} in all)", grouped(n)),
        };
        lines.add_row([
            finding.severity.as_str().to_owned(),
            finding.rule.as_str().to_owned(),
            finding.path.clone(),
            format!("{}{}", row.unwrap_or_default(), date.unwrap_or_default()),
            format!("{}{more}", finding.detail),
        ]);
    }
    let mut text = table::text(&lines);
    if let Some(more) = findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("and {} more: --json has all\n", grouped(more)));
    }
    text
}

fn summary(report: &VerifyReport) -> String {
    let mut lines = table::table();
    let mut line = |name: &str, text: String| {
        lines.add_row([name.to_owned(), text]);
    };
    let depth = match report.depth {
        Depth::Quick => "records, presence and hashes",
        Depth::Deep => "every row, every derived value",
    };
    line("proven", depth.to_owned());
    let reached = match report.not_reached {
        0 => String::new(),
        n => format!(", {} not reached", grouped(n)),
    };
    line("listings", format!("{}{reached}", grouped(report.listings)));
    line(
        "year files",
        format!(
            "{} with {} rows, {}; {} read row by row",
            grouped(report.files),
            grouped(report.rows),
            bytes(report.bytes),
            grouped(report.files_decoded),
        ),
    );
    let coverage = report.coverage;
    line(
        "coverage",
        format!(
            "{} sessions expected: {} present, {} excused, {} missing",
            grouped(coverage.expected),
            grouped(coverage.present),
            grouped(coverage.excused),
            grouped(coverage.missing),
        ),
    );
    line("elapsed", duration_ms(report.elapsed_ms));
    let found: Vec<String> = report
        .severities
        .iter()
        .map(|(severity, n)| format!("{} {severity}", grouped(*n)))
        .collect();
    let found = match found.as_slice() {
        [] => "nothing".to_owned(),
        found => found.join(", "),
    };
    if !report.found_before.is_empty() {
        line(
            "found",
            format!("{} findings", grouped(report.found_before.len())),
        );
    }
    let name = match report.repairs.is_empty() {
        true => "found",
        false => "left",
    };
    line(name, found);
    table::text(&lines)
}
