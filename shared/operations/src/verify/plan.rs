//! What there is to prove, sorted by listing. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quantx_calendar::Calendar;
use quantx_lake::LakeKey;
use quantx_lake::manifest::{Manifest, ManifestRow};
use quantx_lake::proof::{Finding, ManifestLine, ProofRule};
use quantx_market::{Exchange, ExchangeTable, Listing};

/// One listing to prove.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) listing: Listing,
    pub(super) exchange: Arc<Exchange>,
    pub(super) calendar: Calendar,
    /// Years of the files that are there.
    pub(super) years: BTreeSet<i16>,
    pub(super) manifest: ManifestLine,
}

/// The work of a proof.
#[derive(Debug, Default)]
pub(super) struct VerifyPlan {
    /// Ascending by exchange and code.
    pub(super) subjects: Vec<Subject>,
    /// Objects that are no listing's bars or record.
    pub(super) others: Vec<LakeKey>,
    /// What is wrong already.
    pub(super) findings: Vec<Finding>,
}

/// Sorts the objects `keys`; with `selection`, only its listings. A line of the manifest makes a
/// listing too: its history may be gone as a whole.
pub(super) fn plan(
    keys: impl IntoIterator<Item = LakeKey>,
    manifest: Option<&Manifest>,
    selection: Option<&[Listing]>,
    exchanges: &ExchangeTable,
    calendar_of: impl Fn(&Listing) -> Option<Calendar>,
) -> VerifyPlan {
    let mut plan = VerifyPlan::default();
    let mut years: BTreeMap<Listing, BTreeSet<i16>> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for key in keys {
        let (exchange, ticker, year) = match &key {
            LakeKey::Bars {
                exchange,
                ticker,
                year,
            } => (exchange, ticker, Some(*year)),
            LakeKey::Commit { exchange, ticker } => (exchange, ticker, None),
            _ => {
                plan.others.push(key);
                continue;
            }
        };
        match exchanges.listing(exchange, ticker.clone()) {
            Some(listing) => {
                years.entry(listing).or_default().extend(year);
            }
            None => {
                unknown.insert(exchange.clone());
            }
        }
    }
    for exchange in unknown {
        let path = quantx_lake::LakePrefix::Exchange(exchange.clone()).path();
        let detail = format!("the settings have no exchange {exchange}");
        plan.findings
            .push(Finding::new(ProofRule::UnknownExchange, path, detail));
    }
    let lines = lines(manifest, exchanges, selection, &mut plan.findings);
    let mut listings: BTreeSet<Listing> = years.keys().chain(lines.keys()).cloned().collect();
    if let Some(selection) = selection {
        listings.retain(|listing| selection.contains(listing));
        for listing in selection.iter().filter(|l| !listings.contains(l)) {
            let path = LakeKey::commit(listing).path();
            let detail = format!("{listing} has no record, no file and no line of the manifest");
            plan.findings
                .push(Finding::new(ProofRule::NothingStored, path, detail));
        }
    }
    for listing in listings {
        // An exchange of the settings has a calendar, or nothing could have been stored.
        let exchange = exchanges.of(&listing);
        let known = exchange.and_then(|exchange| Some((exchange, calendar_of(&listing)?)));
        let Some((exchange, calendar)) = known else {
            let path = LakeKey::commit(&listing).path();
            let detail = format!("there is no calendar of {}", listing.exchange());
            plan.findings
                .push(Finding::new(ProofRule::UnknownExchange, path, detail));
            continue;
        };
        let line = lines.get(&listing).cloned();
        plan.subjects.push(Subject {
            years: years.remove(&listing).unwrap_or_default(),
            manifest: match (manifest, line) {
                (None, _) => ManifestLine::Unknown,
                (Some(_), None) => ManifestLine::Absent,
                (Some(_), Some(line)) => ManifestLine::Present(Box::new(line)),
            },
            exchange: Arc::clone(exchange),
            calendar,
            listing,
        });
    }
    plan
}

fn lines(
    manifest: Option<&Manifest>,
    exchanges: &ExchangeTable,
    selection: Option<&[Listing]>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<Listing, ManifestRow> {
    let mut lines = BTreeMap::new();
    for row in manifest.into_iter().flat_map(Manifest::rows) {
        let listing = Listing::parse(&row.ticker, exchanges)
            .ok()
            .filter(|listing| listing.exchange().as_str() == row.exchange);
        match listing {
            Some(listing) => {
                lines.insert(listing, row.clone());
            }
            None if selection.is_none() => {
                let path = LakeKey::Manifest.path();
                let detail = format!("{} of {} is no listing", row.ticker, row.exchange);
                findings.push(Finding::new(ProofRule::ManifestStale, path, detail));
            }
            None => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use quantx_fixtures::{exchange, us_listing};

    fn key(path: &str) -> LakeKey {
        LakeKey::parse(path).unwrap()
    }

    fn planned(paths: &[&str], selection: Option<&[Listing]>) -> VerifyPlan {
        let exchanges = ExchangeTable::new([exchange("us", "")]).unwrap();
        let keys = paths.iter().map(|path| key(path));
        let calendar_of = |_: &Listing| Calendar::of("XNYS");
        plan(
            keys,
            Some(&Manifest::default()),
            selection,
            &exchanges,
            calendar_of,
        )
    }

    const PATHS: [&str; 6] = [
        "data/exchange=us/ticker=MSFT/year=2013/data.parquet",
        "data/exchange=us/ticker=AAPL/_symbol.json",
        "data/exchange=us/ticker=AAPL/year=2012/data.parquet",
        "data/exchange=us/ticker=AAPL/year=2013/data.parquet",
        "data/exchange=xx/ticker=A/_symbol.json",
        "reports/backfill_20240705_230409.json",
    ];

    #[test]
    fn objects_are_sorted_by_listing_and_the_rest_is_kept_apart() {
        let plan = planned(&PATHS, None);
        let note_written: Vec<_> = plan
            .subjects
            .iter()
            .map(|s| (s.listing.to_string(), s.years.iter().copied().collect()))
            .collect();
        let expect: [(String, Vec<i16>); 2] = [
            ("AAPL".to_owned(), vec![2012, 2013]),
            ("MSFT".to_owned(), vec![2013]),
        ];
        assert_eq!(note_written, expect);
        assert_eq!(plan.others, [key(PATHS[5])]);
        let rules: Vec<_> = plan.findings.iter().map(|f| (f.rule, &*f.path)).collect();
        assert_eq!(rules, [(ProofRule::UnknownExchange, "data/exchange=xx/")]);
    }

    #[test]
    fn a_selection_leaves_the_others_out_and_names_what_is_not_there() {
        let selection = [us_listing("MSFT"), us_listing("IBM")];
        let plan = planned(&PATHS[..4], Some(&selection));
        let note_written: Vec<_> = plan
            .subjects
            .iter()
            .map(|s| s.listing.to_string())
            .collect();
        assert_eq!(note_written, ["MSFT"]);
        let rules: Vec<_> = plan.findings.iter().map(|f| f.rule).collect();
        assert_eq!(rules, [ProofRule::NothingStored]);
    }
}
