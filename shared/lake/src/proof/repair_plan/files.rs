//! Year files made again of the rows at hand.

use std::collections::BTreeMap;

use super::facts::may_trade;
use super::plan::RepairContext;
use crate::adjust;
use crate::codec::{self, DerivedColumns, FileContext};
use crate::proof::derived::own_bars;
use crate::proof::raw_year::RawYear;
use crate::proof::{Examined, Subject};
use crate::revision;
use crate::schema::SCHEMA_VERSION;
use quantx_market::{Bar, BarSeries};

/// Every year that can be made of the rows at hand with the bytes that the record names.
pub(super) fn make_again(
    subject: Subject<'_>,
    examined: &Examined,
    context: RepairContext,
) -> BTreeMap<i16, Vec<u8>> {
    let record = subject.record;
    let is_wanted = |year: i16| {
        let promised = record.years.get(&year);
        let found = examined.years.get(&year).map(|file| &file.sha256);
        promised.is_some_and(|promised| Some(&promised.sha256) != found)
    };
    if !record.years.keys().any(|year| is_wanted(*year)) {
        return BTreeMap::new();
    }
    let bars = all_bars(subject, examined);
    let adjustment = adjust::adjust(bars.bars(), None, &record.action_set());
    let mut made = BTreeMap::new();
    let mut from = 0;
    for (year, bars) in bars.years() {
        let derived = DerivedColumns::slice(&adjustment, from..from + bars.len());
        from += bars.len();
        let Some(promised) = record.years.get(&year).filter(|_| is_wanted(year)) else {
            continue;
        };
        let before = record.last_before(year);
        let actions = revision::actions_of_year(&record.action_set(), before, bars);
        let file = FileContext {
            listing: &subject.stored_listing.listing,
            currency: record.currency.as_deref().unwrap_or_default(),
            unit_scale: record.unit_scale,
            actions_hash: &codec::actions_hash(&actions),
            compression_level: context.compression_level,
        };
        // The file may be older than its record.
        let versions = (1..=SCHEMA_VERSION).rev();
        let made_as = versions.filter_map(|version| {
            let bytes = codec::encode_as(version, bars, &derived, &file).ok()?;
            (codec::sha256_hex(&bytes) == promised.sha256).then_some(bytes)
        });
        made.extend(made_as.take(1).map(|bytes| (year, bytes)));
    }
    made
}

/// Every valid row on a session, wherever it stands; of two of one date, that of its own year's file.
fn all_bars(subject: Subject<'_>, examined: &Examined) -> BarSeries {
    let raws = || {
        let files = examined.years.iter();
        files.filter_map(|(year, file)| Some((*year, file.raw()?)))
    };
    let is_ours = |raw: &RawYear| {
        let symbol = subject.stored_listing.listing.symbol().as_str();
        let mut names = raw.tickers.iter();
        names.any(|(_, name)| name.as_deref() == Some(symbol))
    };
    let strayed = raws()
        .filter(|(_, raw)| is_ours(raw))
        .flat_map(|(year, raw)| {
            let bars = (0..raw.len()).filter_map(|row| raw.bar(row)?.ok());
            bars.filter(move |bar| bar.date.year() != year)
        });
    let own = raws()
        .filter(|(_, raw)| is_ours(raw))
        .flat_map(|(year, raw)| own_bars(year, raw));
    let is_session = |bar: &Bar| may_trade(subject, bar.date.date());
    // Of several on one date the last stays.
    BarSeries::new(strayed.chain(own).filter(is_session).collect())
}
