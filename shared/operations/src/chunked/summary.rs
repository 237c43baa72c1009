//! What a run did, in short: the answer to callers. The report in the lake has it all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::run::RunOperation;
use quantx_lake::{LakeKey, RunId};
use quantx_report::{Results, RunReport, Verdict};

/// Reasons in a summary; the report has all.
const REASONS_SHOWN: usize = 20;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Every chunk had its turn.
    Finished,
    /// Somebody raised `cancel`; chunks under way were finished.
    Cancelled,
    /// It was a rehearsal.
    Rehearsed,
}

/// What a run did, in short; the report in the lake has it all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// What it did.
    pub operation: RunOperation,
    /// How it ended.
    pub ended: Ended,
    /// When it was planned.
    pub timestamp: Timestamp,
    /// Listings in the work list.
    pub symbols_processed: usize,
    /// How they ended.
    pub results: Results,
    /// Whether the run did what it was for.
    pub verdict: Verdict,
    /// Why, when it did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Path of the report in the lake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Requests that the vendor would be asked: of a rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<usize>,
}

impl RunSummary {
    /// What a report says, in short.
    pub(super) fn of(
        run: RunId,
        operation: RunOperation,
        ended: Ended,
        mut report: RunReport,
    ) -> Self {
        report.reasons.truncate(REASONS_SHOWN);
        Self {
            run,
            operation,
            ended,
            timestamp: report.timestamp,
            symbols_processed: report.symbols_processed,
            results: report.results,
            verdict: report.verdict,
            reasons: report.reasons,
            report: RunId::parse(&report.run)
                .ok()
                .map(|run| LakeKey::Report { run }.path()),
            requests: None,
        }
    }

    /// Of a rehearsal, which did nothing: `requests` is what the vendor would be asked.
    pub(super) fn rehearsed(
        run: RunId,
        operation: RunOperation,
        now: Timestamp,
        listings: usize,
        requests: Option<usize>,
    ) -> Self {
        Self {
            run,
            operation,
            ended: Ended::Rehearsed,
            timestamp: now,
            symbols_processed: listings,
            results: Results::default(),
            verdict: Verdict::Green,
            reasons: Vec::new(),
            report: None,
            requests,
        }
    }
}
