//! Proves again what the lake promises of one listing: from bytes to named findings. Pure.
//!
//! What lies there is read leniently (`raw_year`), so that a finding can name the
//! row. The commit record is the truth of events and of which bytes were committed; rows are the
//! truth of prices; derived columns are recomputed from both, bit for bit. A whole file that is newer
//! than its record is a commit that did not end, and no damage.

mod coverage;
mod derived;
mod events;
mod file;
mod finding;
mod promise;
pub(crate) mod raw_year;
pub mod repair_plan;
mod rows;
mod rule;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use finding::Finding;
pub use rule::{FindingSeverity, ProofRule};

use super::LakeKey;
use super::gaps::Coverage;
use super::manifest::ManifestRow;
use super::record::CommitRecord;
use file::YearFile;
use finding::Findings;
use quantx_calendar::Calendar;
use quantx_market::{Bar, Listing};

/// How far a proof goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// The record, and that every file is there with the bytes that were committed. A listing of
    /// which a file is not is looked at as in `Deep`.
    Quick,
    /// Every row is read and every derived value recomputed.
    Deep,
}

/// The line of the manifest.
#[derive(Debug, Clone, PartialEq)]
pub enum ManifestLine {
    /// The manifest could not be read.
    Unknown,
    /// There is none.
    Absent,
    /// As it stands there.
    Present(Box<ManifestRow>),
}

/// All that lies in a lake of one listing.
#[derive(Debug, Clone)]
pub struct StoredListing {
    /// Whose.
    pub listing: Listing,
    /// Sessions of its exchange.
    pub calendar: Calendar,
    /// The bytes of `_symbol.json`.
    pub record: Option<Bytes>,
    /// The bytes of every year file, named by the record or not.
    pub files: BTreeMap<i16, Bytes>,
    /// What the overview says of it.
    pub manifest: ManifestLine,
    /// A hole asked for on this many days is excused.
    pub hole_asks: u32,
    /// How far open and close may lie outside low..high, as a share of it.
    pub range_tolerance: f64,
}

/// What became of a proof.
#[derive(Debug, Default)]
pub struct Proof {
    /// Everything that breaks a rule; empty if all is as promised.
    pub findings: Vec<Finding>,
    /// Year files there.
    pub files: usize,
    /// Of these, read row by row.
    pub files_decoded: usize,
    /// Rows that the record promises.
    pub rows: usize,
    /// Bytes of record and files.
    pub bytes: u64,
    /// Cells up to the last session promised.
    pub coverage: Coverage,
}

/// A proof with what it was made of, for a repair.
#[derive(Debug)]
pub struct Examined {
    /// The record, if it can be read.
    pub record: Option<CommitRecord>,
    years: BTreeMap<i16, YearFile>,
    /// What is wrong.
    pub proof: Proof,
}

impl Examined {
    /// Year, row (from 0) and bar of every row that is a bar and stands in order, oldest first; of files
    /// that were read and could be. Other rules name the other rows.
    pub fn bars(&self) -> Vec<(i16, usize, Bar)> {
        let mut bars: Vec<(i16, usize, Bar)> = Vec::new();
        for (year, file) in &self.years {
            let Some(raw) = file.raw() else { continue };
            for row in 0..raw.len() {
                if let Some(Ok(bar)) = raw.bar(row)
                    && bars.last().is_none_or(|(_, _, last)| last.date < bar.date)
                {
                    bars.push((*year, row, bar));
                }
            }
        }
        bars
    }
}

/// Proves what lies in the lake of one listing.
pub fn prove(stored_listing: &StoredListing, depth: Depth) -> Proof {
    examine(stored_listing, depth).proof
}

/// Proves what lies in the lake of one listing, and keeps what was read.
pub fn examine(stored_listing: &StoredListing, depth: Depth) -> Examined {
    let mut findings = Findings::default();
    let record = promise::read(stored_listing, &mut findings);
    let mut years: BTreeMap<i16, YearFile> = stored_listing
        .files
        .iter()
        .map(|(year, bytes)| (*year, YearFile::hashed(bytes)))
        .collect();
    let decoded = depth == Depth::Deep || !are_as_committed(record.as_ref(), &years);
    if decoded {
        for (year, bytes) in &stored_listing.files {
            if let Some(file) = years.get_mut(year) {
                file.decode(bytes);
            }
        }
    }
    let coverage = match &record {
        Some(record) => {
            let subject = Subject {
                stored_listing,
                record,
            };
            subject.check(&years, &mut findings)
        }
        None => {
            rows::check_alone(stored_listing, &years, &mut findings);
            Coverage::default()
        }
    };
    let n_bytes = |bytes: &Bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let proof = Proof {
        findings: findings.into_vec(),
        files: years.len(),
        files_decoded: if decoded { years.len() } else { 0 },
        rows: record.as_ref().map_or(0, CommitRecord::rows),
        bytes: stored_listing
            .files
            .values()
            .chain(&stored_listing.record)
            .map(n_bytes)
            .sum(),
        coverage,
    };
    Examined {
        record,
        years,
        proof,
    }
}

/// Whether every file is named with its hash, and nobody is rewriting any.
fn are_as_committed(record: Option<&CommitRecord>, years: &BTreeMap<i16, YearFile>) -> bool {
    record.is_some_and(|record| record.watch.rewriting.is_empty() && are_committed(record, years))
}

fn are_committed(record: &CommitRecord, years: &BTreeMap<i16, YearFile>) -> bool {
    years.iter().all(|(year, file)| {
        let promised = record.years.get(year);
        promised.is_some_and(|promised| promised.sha256 == file.sha256)
    })
}

/// A listing with a record that can be read.
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    stored_listing: &'a StoredListing,
    record: &'a CommitRecord,
}

impl Subject<'_> {
    fn check(self, years: &BTreeMap<i16, YearFile>, findings: &mut Findings) -> Coverage {
        promise::check(self, findings);
        file::check(self, years, findings);
        for (year, file) in years {
            if let Some(raw) = file.raw() {
                rows::check(self.stored_listing, *year, raw, findings);
            }
        }
        derived::check(self, years, findings);
        file::judge_newer(self, years, findings);
        promise::check_manifest(self, findings);
        coverage::check(self, years, findings)
    }

    fn path(&self, year: i16) -> String {
        LakeKey::bars(&self.stored_listing.listing, year).path()
    }

    fn record_path(&self) -> String {
        LakeKey::commit(&self.stored_listing.listing).path()
    }
}

#[cfg(test)]
mod tests;
