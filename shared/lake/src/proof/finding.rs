use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::{FindingSeverity, ProofRule};
use quantx_market::Date;

/// One rule that one object of the lake breaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub rule: ProofRule,
    /// How bad it is.
    pub severity: FindingSeverity,
    /// The object, as a path in the lake.
    pub path: String,
    /// The first row it concerns, counted from 1, where it is about rows of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// The date of that row, or the date without a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// How many rows, sessions or files of the object break the rule.
    pub count: usize,
    /// What is there and what should be, of the first of them.
    pub detail: String,
}

impl Finding {
    /// A finding about an object as a whole.
    pub fn new(rule: ProofRule, path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity(),
            path: path.into(),
            row: None,
            date: None,
            count: 1,
            detail: detail.into(),
        }
    }

    /// The same about a row, counted from 0, and its date.
    pub fn at(mut self, row: Option<usize>, date: Option<Date>) -> Self {
        self.row = row.map(|row| row + 1);
        self.date = date;
        self
    }

    pub(super) fn with(self, severity: FindingSeverity) -> Self {
        Self { severity, ..self }
    }
}

/// Findings in the order in which they were made; of one rule and object only the first is told,
/// the others are counted.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<Finding>,
    known: BTreeMap<(String, ProofRule), usize>,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        let key = (finding.path.clone(), finding.rule);
        match self.known.get(&key).and_then(|at| self.found.get_mut(*at)) {
            Some(first) => {
                first.count += finding.count;
                first.severity = first.severity.max(finding.severity);
            }
            None => {
                self.known.insert(key, self.found.len());
                self.found.push(finding);
            }
        }
    }

    /// Whether something of `path` is damaged.
    pub(super) fn has_damage(&self, path: &str) -> bool {
        let damaged = |finding: &&Finding| finding.severity == FindingSeverity::Damage;
        self.of(path).any(|finding| damaged(&finding))
    }

    pub(super) fn has(&self, path: &str, rule: ProofRule) -> bool {
        self.of(path).any(|finding| finding.rule == rule)
    }

    fn of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.found
            .iter()
            .filter(move |finding| finding.path == path)
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}
