//! The last lines: what the vote made of the cells, who is outvoted, and what to do.

use std::collections::BTreeMap;

use quantx::market::ActionKind;
use quantx::operations::compare::{CompareReport, CompareVerdict, VoteCounts};
use quantx::report::grouped;

use super::number;

/// Symbols that a line names; the JSON has all.
const NAMED: usize = 10;

/// The verdicts, the one that calls for most last.
const VERDICTS: [CompareVerdict; 7] = [
    CompareVerdict::Agrees,
    CompareVerdict::OthersOutvoted,
    CompareVerdict::Incomplete,
    CompareVerdict::NotReached,
    CompareVerdict::NotCompared,
    CompareVerdict::Undecided,
    CompareVerdict::StoredOutvoted,
];

/// Of what a vendor is outvoted.
#[derive(Debug, Clone, Copy, Default)]
struct Outvoted {
    cells: usize,
    steps: usize,
    events: usize,
    sessions: usize,
}

pub(super) fn lines(report: &CompareReport) -> String {
    let mut text = cells(&report.votes);
    for (vendor, outvoted) in outvoted(report) {
        let parts = [
            (outvoted.cells, "cell"),
            (outvoted.steps, "step"),
            (outvoted.events, "event"),
            (outvoted.sessions, "session"),
        ];
        let parts = parts.into_iter().filter(|(n, _)| *n > 0);
        let parts: Vec<String> = parts.map(|(n, what)| counted(n, what)).collect();
        text.push_str(&format!("outvoted: {vendor} in {}\n", parts.join(", ")));
    }
    for verdict in VERDICTS {
        let listings = report.listings.iter();
        let listings = listings.filter(|listing| listing.verdict == verdict);
        let symbols: Vec<&str> = listings.map(|listing| listing.symbol.as_str()).collect();
        if !symbols.is_empty() {
            let told = told(verdict, report);
            text.push_str(&format!("{} {told}\n", named(&symbols, verdict)));
        }
    }
    text
}

/// `7 listings (A, B, ...):`; of those that agree the number is enough.
fn named(symbols: &[&str], verdict: CompareVerdict) -> String {
    let n = counted(symbols.len(), "listing");
    if verdict == CompareVerdict::Agrees {
        return format!("{n}:");
    }
    let shown = symbols.len().min(NAMED);
    let shown = symbols.get(..shown).unwrap_or(symbols).join(", ");
    match symbols.len().saturating_sub(NAMED) {
        0 => format!("{n} ({shown}):"),
        hidden => format!("{n} ({shown} and {} more):", grouped(hidden)),
    }
}

/// A verdict in words, and what to do about it.
fn told(verdict: CompareVerdict, report: &CompareReport) -> String {
    match verdict {
        CompareVerdict::Agrees => "all agree".to_owned(),
        CompareVerdict::OthersOutvoted => {
            "the stored rows stand: others are outvoted; nothing to do".to_owned()
        }
        CompareVerdict::Incomplete => {
            "nothing is undecided, but not all who were asked gave rows: \
            ask again, or name those you want with --vendors"
                .to_owned()
        }
        CompareVerdict::NotReached => "not reached: run again".to_owned(),
        CompareVerdict::NotCompared => "not compared: no stored session has a second witness; \
            what each lacks is said above"
            .to_owned(),
        CompareVerdict::Undecided => format!("undecided: {}", third(report)),
        CompareVerdict::StoredOutvoted => "the stored rows are outvoted: take their history anew \
            (docs/operations.md, Putting right), then compare again"
            .to_owned(),
    }
}

/// Who could decide between two.
fn third(report: &CompareReport) -> String {
    let off = report
        .off
        .iter()
        .map(|vendor| format!("{} ({})", vendor.needs, vendor.name));
    let off: Vec<String> = off.collect();
    let rule = "a majority of three lineages decides";
    match off.is_empty() {
        true => format!("{rule}; look at both values, or ask more vendors"),
        false => format!(
            "{rule}; set {}, and see docs/vendors.md for who has which market",
            off.join(" or ")
        ),
    }
}

/// What the vote made of the cells; nothing where there was none.
fn cells(votes: &VoteCounts) -> String {
    let confirmed = votes
        .confirmed
        .iter()
        .rev()
        .map(|(lineages, n)| match lineages {
            0 | 1 => (*n, "said by one alone".to_owned()),
            n_lineages => (*n, format!("confirmed by {n_lineages} lineages")),
        });
    let rest = [
        (votes.decided, "decided by a majority"),
        (votes.disputed, "undecided"),
        (votes.in_step, "explained by a step"),
    ];
    let rest = rest.into_iter().map(|(n, what)| (n, what.to_owned()));
    let parts = confirmed.chain(rest).filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts
        .map(|(n, what)| format!("{} {what}", grouped(n)))
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("cells: {}\n", parts.join(", ")),
    }
}

/// `1 cell`, `1,200 cells`.
pub(super) fn counted<N: TryInto<u64>>(n: N, what: &str) -> String {
    match n.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {what}"),
        n => format!("{} {what}s", grouped(n)),
    }
}

fn outvoted(report: &CompareReport) -> BTreeMap<&str, Outvoted> {
    let mut by_vendor: BTreeMap<&str, Outvoted> = BTreeMap::new();
    for listing in &report.listings {
        for vendor in listing.cells.iter().flat_map(|cell| &cell.outvoted) {
            by_vendor.entry(vendor).or_default().cells += 1;
        }
        for vendor in listing.steps.iter().filter_map(|it| it.outvoted.as_ref()) {
            by_vendor.entry(vendor).or_default().steps += 1;
        }
        for event in listing.events.iter().filter(|event| event.confirmed) {
            let dissenting = event.dissenting.iter().map(|(vendor, _)| vendor);
            for vendor in dissenting.chain(&event.silent) {
                by_vendor.entry(vendor).or_default().events += 1;
            }
        }
        for vendor in listing.absent.iter().flat_map(|it| &it.outvoted) {
            by_vendor.entry(vendor).or_default().sessions += 1;
        }
    }
    by_vendor
}

/// An event as people write it.
pub(super) fn event(kind: &ActionKind) -> String {
    match kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => format!("split {numerator}:{denominator}"),
        ActionKind::Dividend { amount } => format!("dividend {}", number(*amount)),
        ActionKind::CapitalGain { amount } => format!("capital gain {}", number(*amount)),
    }
}
