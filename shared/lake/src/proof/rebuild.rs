//! A commit record made again of year files that prove it. Pure.

use std::collections::BTreeMap;

use super::events;
use super::finding::Finding;
use super::mend::{MendContext, Mending, RecordLost, is_damaged, only};
use super::rule::Severity;
use super::{Examined, Holdings, ManifestLine};
use crate::LakeKey;
use crate::raw_year::RawYear;
use crate::record::{CommitRecord, Watch, YearEntry};
use crate::schema::{SCHEMA_VERSION, metadata};
use quantx_market::Date;

/// What can be mended of a listing whose record is missing or cannot be used.
pub(super) fn without_record(
    holdings: &Holdings,
    examined: &Examined,
    context: MendContext,
) -> Mending {
    let mut mending = Mending::default();
    let line = match &holdings.manifest {
        ManifestLine::Present(line) => Some(line),
        ManifestLine::Absent | ManifestLine::Unknown => None,
    };
    let findings = &examined.proof.findings;
    let path = |year| LakeKey::bars(&holdings.listing, year).path();
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
        return mending;
    };
    let n_rows: usize = sound.values().map(|raw| raw.len()).sum();
    let all_there = sound.len() == examined.years.len()
        && line.is_none_or(|line| (line.files, line.row_count) == (sound.len(), n_rows));
    let rebuilt = all_there
        .then(|| rebuild(holdings, examined, &sound, from, context))
        .flatten();
    match rebuilt {
        Some(record) => {
            let detail = format!(
                "{} year files with {n_rows} rows and {} events, proven by the hash in every file",
                record.years.len(),
                record.actions.len()
            );
            mending.record = Some((record, detail));
        }
        None => {
            let years = examined.years.keys();
            mending.lost = years
                .filter(|year| !sound.contains_key(year))
                .copied()
                .collect();
            mending.record_lost = Some(RecordLost {
                years: sound.keys().copied().collect(),
                from,
                until,
            });
        }
    }
    mending
}

/// The record of files that are right by themselves, if their columns tell all events.
fn rebuild(
    holdings: &Holdings,
    examined: &Examined,
    files: &BTreeMap<i16, &RawYear>,
    asked_from: Date,
    context: MendContext,
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
        symbol: holdings.listing.symbol().to_string(),
        exchange: holdings.listing.exchange().to_string(),
        currency: Some(currency.to_owned()),
        unit_scale: unit_scale.parse().ok()?,
        first_trade: None,
        asked_from,
        actions: actions.iter().copied().collect(),
        judged: Vec::new(),
        years,
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
    let again = Holdings {
        record: Some(bytes.into()),
        manifest: ManifestLine::Unknown,
        ..holdings.clone()
    };
    let proof = super::prove(&again, super::Depth::Deep);
    let damaged = |f: &Finding| f.severity == Severity::Damage;
    (!proof.findings.iter().any(damaged)).then_some(record)
}
