use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::listing::ListingReport;
use quantx_lake::gaps::Coverage;
use quantx_lake::invariants::INVARIANTS;

/// What a run can prove of the lake it leaves behind.
///
/// Each listing's report names the files that were written with their hashes; here they are summed up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Year files written and named by a commit record.
    pub files: usize,
    /// Rows in them.
    pub rows: usize,
    /// Rules that all of them were checked against before they were written.
    pub invariants: Vec<String>,
    /// Expected cells of the listings whose record was read, and what became of them.
    pub coverage: Coverage,
    /// Number of lineages that say the same of a row → such rows, where other vendors were asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed: BTreeMap<usize, usize>,
    /// Listings of which nothing can be claimed: they failed, were refused or not reached.
    pub unproven: usize,
    /// Whether every listing is accounted for and every expected cell is present or excused.
    pub complete: bool,
}

impl Certificate {
    /// Sums up the listings of a run.
    pub(super) fn of(listings: &[ListingReport]) -> Self {
        let mut certificate = Self::default();
        for listing in listings {
            certificate.files += listing.files.len();
            certificate.rows += listing.files.iter().map(|file| file.rows).sum::<usize>();
            certificate.coverage += listing.coverage;
            for (lineages, rows) in &listing.confirmed {
                *certificate.confirmed.entry(*lineages).or_default() += rows;
            }
            certificate.unproven += usize::from(!listing.is_success() && listing.last.is_none());
            certificate.unproven += usize::from(listing.is_failure() && listing.last.is_some());
        }
        if certificate.files > 0 {
            certificate.invariants = INVARIANTS.map(str::to_owned).to_vec();
        }
        certificate.complete = certificate.unproven == 0 && certificate.coverage.missing == 0;
        certificate
    }
}

/// One year file that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Calendar year.
    pub year: i16,
    /// Rows in it.
    pub rows: usize,
    /// SHA-256 of its bytes, as the commit record has it.
    pub sha256: String,
}
