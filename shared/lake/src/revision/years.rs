//! The year files of a history, encoded where they change.

use std::collections::BTreeMap;

use super::input::{Base, RevisionContext};
use crate::adjust::Adjustment;
use crate::codec::{self, CodecError, DerivedColumns, FileContext, StoredYear};
use crate::merge::History;
use crate::record::YearEntry;
use crate::schema::metadata;
use quantx_market::{ActionSet, Bar, Date};

/// One year file to be written.
#[derive(Debug, Clone)]
pub struct RevisedFile {
    /// Which.
    pub year: i16,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

pub(super) fn encode_years(
    base: &Base,
    history: &History,
    adjustment: &Adjustment,
    mut previous: Option<Date>,
    context: RevisionContext<'_>,
) -> Result<(Vec<RevisedFile>, BTreeMap<i16, YearEntry>), CodecError> {
    let mut entries = base
        .record
        .as_ref()
        .map(|record| record.years.clone())
        .unwrap_or_default();
    let mut files = Vec::new();
    let mut from = 0;
    for (year, bars) in history.bars.years() {
        let derived = DerivedColumns::slice(adjustment, from..from + bars.len());
        from += bars.len();
        let actions_hash = codec::actions_hash(&actions_of_year(&history.actions, previous, bars));
        previous = bars.last().map(|bar| bar.date.date());
        let file = FileContext {
            listing: context.listing,
            currency: context.currency,
            unit_scale: context.unit_scale,
            actions_hash: &actions_hash,
            compression_level: context.compression_level,
        };
        let sha256 = match base.years.get(&year) {
            Some(stored) if is_same(&stored.rows, bars, &derived, &file) => stored.sha256.clone(),
            _ => {
                let bytes = codec::encode(bars, &derived, &file)?;
                let sha256 = codec::sha256_hex(&bytes);
                files.push(RevisedFile { year, bytes });
                sha256
            }
        };
        if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
            let entry = YearEntry {
                rows: bars.len(),
                first: first.date.date(),
                last: last.date.date(),
                sha256,
            };
            entries.insert(year, entry);
        }
    }
    Ok((files, entries))
}

/// The actions that a year's rows depend on: all that go ex after the last row of the year before.
pub(crate) fn actions_of_year(
    actions: &ActionSet,
    previous: Option<Date>,
    bars: &[Bar],
) -> ActionSet {
    let from = match (previous, bars.first()) {
        (Some(previous), _) => previous.tomorrow().unwrap_or(previous),
        (None, Some(first)) => first.date.date(),
        (None, None) => Date::MIN,
    };
    let later = actions.iter().filter(|action| action.ex_date >= from);
    later.copied().collect()
}

fn is_same(
    stored: &StoredYear,
    bars: &[Bar],
    derived: &DerivedColumns,
    file: &FileContext<'_>,
) -> bool {
    let says = |key: &str, value: &str| stored.metadata.get(key).is_some_and(|v| v == value);
    stored.bars == bars
        && stored.derived == *derived
        && says(metadata::ACTIONS_HASH, file.actions_hash)
        && says(metadata::CURRENCY, file.currency)
        && says(metadata::UNIT_SCALE, &file.unit_scale.to_string())
}
