use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::repair::{Repair, RepairState};
use quantx_lake::gaps::Coverage;
use quantx_lake::proof::{Depth, Finding, FindingSeverity, Proof};

/// What a proof of the lake found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// The proof's idea of now.
    pub timestamp: Timestamp,
    /// Always `verify`.
    pub operation: String,
    /// How far it went.
    pub depth: Depth,
    /// Listings proven.
    pub listings: usize,
    /// Listings whose turn did not come.
    pub not_reached: usize,
    /// Year files there.
    pub files: usize,
    /// Of these, read row by row.
    pub files_decoded: usize,
    /// Rows promised.
    pub rows: usize,
    /// Bytes of records and year files.
    pub bytes: u64,
    /// Cells up to each listing's last session.
    pub coverage: Coverage,
    /// How many findings are how bad.
    pub severities: BTreeMap<String, usize>,
    /// How many findings break which rule.
    pub rules: BTreeMap<String, usize>,
    /// What breaks a rule, ascending by path.
    pub findings: Vec<Finding>,
    /// With a repair: what was found before it; `findings` is what is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found_before: Vec<Finding>,
    /// What was repaired, or could not be, ascending by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
    /// The repair's name, which is also the path of this report; nothing without a repair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Wall time.
    pub elapsed_ms: u64,
}

impl VerifyReport {
    /// A report of nothing proven yet.
    pub fn new(timestamp: Timestamp, depth: Depth) -> Self {
        Self {
            timestamp,
            operation: "verify".to_owned(),
            depth,
            listings: 0,
            not_reached: 0,
            files: 0,
            files_decoded: 0,
            rows: 0,
            bytes: 0,
            coverage: Coverage::default(),
            severities: BTreeMap::new(),
            rules: BTreeMap::new(),
            findings: Vec::new(),
            found_before: Vec::new(),
            repairs: Vec::new(),
            run: None,
            elapsed_ms: 0,
        }
    }

    /// Adds one listing's proof.
    pub fn add(&mut self, proof: Proof) {
        self.listings += 1;
        self.files += proof.files;
        self.files_decoded += proof.files_decoded;
        self.rows += proof.rows;
        self.bytes += proof.bytes;
        self.coverage += proof.coverage;
        self.findings.extend(proof.findings);
    }

    /// Sorts and counts the findings; to be called once all are there.
    pub fn settle(&mut self) {
        for findings in [&mut self.findings, &mut self.found_before] {
            findings
                .sort_by(|a, b| (&a.path, a.rule, &a.detail).cmp(&(&b.path, b.rule, &b.detail)));
        }
        // Repairs of one object stay in the order in which they were made.
        self.repairs.sort_by(|a, b| a.path.cmp(&b.path));
        self.severities.clear();
        self.rules.clear();
        for finding in &self.findings {
            let severity = finding.severity.as_str().to_owned();
            *self.severities.entry(severity).or_default() += 1;
            let rule = finding.rule.as_str().to_owned();
            *self.rules.entry(rule).or_default() += 1;
        }
    }

    /// Whether the lake was changed.
    pub fn has_repaired(&self) -> bool {
        let done = |repair: &Repair| repair.state == RepairState::Done;
        self.repairs.iter().any(done)
    }

    /// Whether all was proven and nothing but notes was found.
    pub fn is_clean(&self) -> bool {
        self.not_reached == 0
            && self
                .findings
                .iter()
                .all(|finding| finding.severity == FindingSeverity::Note)
    }
}
