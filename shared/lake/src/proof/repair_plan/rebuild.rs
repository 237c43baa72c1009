//! A commit record made again of year files that prove it. Pure.

use std::collections::BTreeMap;

use super::facts::{is_damaged, only};
use super::plan::{RecordLost, RepairContext, RepairPlan};
use crate::LakeKey;
use crate::proof::finding::Finding;
use crate::proof::raw_year::RawYear;
use crate::proof::rule::FindingSeverity;
use crate::proof::{self, Examined, ManifestLine, StoredListing, events};
use crate::record::{CommitRecord, Watch, YearEntry};
use crate::schema::{SCHEMA_VERSION, metadata};
use quantx_market::Date;

/// What can be repaired of a listing whose record is missing or cannot be used.
pub(super) fn without_record(
    stored_listing: &StoredListing,
    examined: &Examined,
    context: RepairContext,
) -> RepairPlan {
    let mut repair_plan = RepairPlan::default();
    let line = match &stored_listing.manifest {
        ManifestLine::Present(line) => Some(line),
        ManifestLine::Absent | ManifestLine::Unknown => None,
    };
    let findings = &examined.proof.findings;
    let path = |year| LakeKey::bars(&stored_listing.listing, year).path();
    let sound: BTreeMap<i16, &RawYear> = examined
        .years
        .iter()
        .filter(|(year, _)| !is_damaged(findings, &path(**year)))
        .filter_map(|(year, file)| Some((*year, file.raw()?)))
        .collect();
    let rows = || {
        sound
            .values()
            .flat_map(|raw| raw.dates.iter().flatten().copied())
    };
    let first = line.map(|line| line.asked_from).or_else(|| rows().min());
    let last = line.and_then(|line| line.last_date).max(rows().max());
    let (Some(from), Some(until)) = (first, last) else {
        return repair_plan;
    };
    let n_rows: usize = sound.values().map(|raw| raw.len()).sum();
    let all_there = sound.len() == examined.years.len()
        && line.is_none_or(|line| (line.files, line.row_count) == (sound.len(), n_rows));
    let rebuilt = all_there
        .then(|| rebuild(stored_listing, examined, &sound, from, context))
        .flatten();
    match rebuilt {
        Some(record) => {
            let detail = format!(
                "{} year files with {n_rows} rows and {} events, proven by the hash in every file",
                record.years.len(),
                record.actions.len()
            );
            repair_plan.record = Some((record, detail));
        }
        None => {
            let years = examined.years.keys();
            repair_plan.lost = years
                .filter(|year| !sound.contains_key(year))
                .copied()
                .collect();
            repair_plan.record_lost = Some(RecordLost {
                years: sound.keys().copied().collect(),
                from,
                until,
            });
        }
    }
    repair_plan
}

/// The record of files that are right by themselves, if their columns hold all events.
fn rebuild(
    stored_listing: &StoredListing,
    examined: &Examined,
    files: &BTreeMap<i16, &RawYear>,
    asked_from: Date,
    context: RepairContext,
) -> Option<CommitRecord> {
    let actions = events::find(files, &quantx_market::ActionSet::default())?;
    let currency = only(files.values().map(|raw| raw.says(metadata::CURRENCY)))?;
    let unit_scale = only(files.values().map(|raw| raw.says(metadata::UNIT_SCALE)))?;
    let mut years = BTreeMap::new();
    for (year, raw) in files {
        let dates = || raw.dates.iter().flatten().copied();
        let entry = YearEntry {
            rows: raw.len(),
            first: dates().min()?,
            last: dates().max()?,
            sha256: examined.years.get(year)?.sha256.clone(),
        };
        years.insert(*year, entry);
    }
    let record = CommitRecord {
        schema: SCHEMA_VERSION,
        symbol: stored_listing.listing.symbol().to_string(),
        exchange: stored_listing.listing.exchange().to_string(),
        currency: Some(currency.to_owned()),
        unit_scale: unit_scale.parse().ok()?,
        first_trade: None,
        asked_from,
        actions: actions.iter().copied().collect(),
        judged: Vec::new(),
        years,
        // Which vendor brought what is lost with the record: the next runs take it for the usual one.
        sources: Vec::new(),
        confirmed: Vec::new(),
        watch: Watch {
            // The record that was lost may have said so; if not, it costs a read.
            decided: true,
            ..Watch::default()
        },
        revision: 0,
        updated: context.now,
    };
    // The derived columns must follow from it too, or files of different commits would be joined.
    let bytes = record.to_bytes().ok()?;
    let again = StoredListing {
        record: Some(bytes.into()),
        manifest: ManifestLine::Unknown,
        ..stored_listing.clone()
    };
    let proof = proof::prove(&again, proof::Depth::Deep);
    let damaged = |f: &Finding| f.severity == FindingSeverity::Damage;
    (!proof.findings.iter().any(damaged)).then_some(record)
}
