//! Prices that no listing can have, among stored rows: a version without the rule let them in.

use std::collections::BTreeSet;

use super::plan::Subject;
use crate::commit;
use crate::context::Context;
use quantx_lake::LakeKey;
use quantx_lake::proof::{Examined, Finding, ProofRule, StoredListing};
use quantx_market::{Bar, Date};
use quantx_quality::{self as quality, RuleSettings};

/// A row with such a price.
#[derive(Debug)]
pub(super) struct Absurd {
    year: i16,
    /// Counted from 0.
    row: usize,
    date: Date,
    detail: String,
}

/// Looks through the rows that were read, oldest first. Pure.
pub(super) fn find(examined: &Examined, rules: &RuleSettings) -> Vec<Absurd> {
    let rows = examined.bars();
    let bars: Vec<Bar> = rows.iter().map(|(_, _, bar)| *bar).collect();
    let actions = examined.record.as_ref().map(|record| record.action_set());
    let found = quality::impossible_bars(&bars, &actions.unwrap_or_default(), rules);
    let placed = found.into_iter().filter_map(|(at, detail)| {
        let (year, row, bar) = rows.get(at)?;
        Some(Absurd {
            year: *year,
            row: *row,
            date: bar.date.date(),
            detail,
        })
    });
    placed.collect()
}

/// Adds what was found to the proof, but for rows that a person released: those stand by his word.
pub(super) async fn note_outcomes(
    context: &Context,
    subject: &Subject,
    stored_listing: &StoredListing,
    absurd: Vec<Absurd>,
    examined: &mut Examined,
) {
    if absurd.is_empty() {
        return;
    }
    // Decisions that cannot be read excuse nothing, and are a finding of their own.
    let released = match commit::decisions(context.store.as_ref(), &subject.listing).await {
        Ok((decisions, _)) => decisions.released(),
        Err(_) => BTreeSet::new(),
    };
    let symbol = stored_listing.listing.symbol();
    for Absurd {
        year,
        row,
        date,
        detail,
    } in absurd
    {
        if released.contains(&date) {
            continue;
        }
        let path = LakeKey::bars(&stored_listing.listing, year).path();
        let found = &mut examined.proof.findings;
        let known = found
            .iter_mut()
            .find(|it| it.rule == ProofRule::ImpossiblePrice && it.path == path);
        if let Some(known) = known {
            known.count += 1;
            continue;
        }
        let detail = format!(
            "{detail}; `quantx verify --deep --repair --symbols {symbol}` asks the vendor for {year} \
             again; if the price is right, raise quality.impossible_price"
        );
        let finding = Finding::new(ProofRule::ImpossiblePrice, path, detail);
        found.push(finding.at(Some(row), Some(date)));
    }
}
