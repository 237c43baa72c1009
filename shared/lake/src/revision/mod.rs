//! Everything one fetch changes in one listing, ready to be written. Pure: the acting half of the
//! commit protocol is in `operations::commit`.

mod events;
mod input;
mod judging;
mod remarks;
mod watching;
mod years;

use std::collections::BTreeMap;

use crate::adjust::{self, Adjustment};
use crate::basis::Fetched;
use crate::codec::CodecError;
use crate::invariants;
use crate::judged::JudgedEvent;
use crate::merge::{self, DecisionIndex, History, MergeContext, Merged, Word};
use crate::record::{CommitRecord, Watch, YearEntry};
use crate::refusal::RefusedRow;
use crate::remarks::{About, Remark};
use crate::schema::SCHEMA_VERSION;
use crate::sources::{self, ConfirmedRun, SourceChange, SourceRun};
use events::Events;
pub use input::{Answered, Base, BaseYear, RevisionContext, Testimony};
use quantx_market::{ActionSet, BarSeries, Date, RefusedAction, TradingDate};
use remarks::Said;
pub use years::RevisedFile;
pub(crate) use years::actions_of_year;

/// Rule of remarks about cells that vendors have otherwise.
pub const VENDORS_DISAGREE: &str = "vendors_disagree";

/// What to write, and what to report.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The merge.
    pub merged: Merged,
    /// Year files with new content, ascending.
    pub files: Vec<RevisedFile>,
    /// The record that makes them part of the lake; `None` when the listing has no row.
    pub record: Option<CommitRecord>,
    /// Rows for quarantine that are not there yet.
    pub quarantine: Vec<RefusedRow>,
    /// Actions that could not be applied.
    pub refused_actions: Vec<RefusedAction>,
    /// What stands of the listing after the fetch, also where there is no record to remember it.
    pub remarks: Vec<Remark>,
    /// Sessions of the window without a row, although the vendor was asked.
    pub absent: Vec<TradingDate>,
    /// Dates of the window without a row on which an approximate calendar expects a session, and may be wrong.
    pub unsure: Vec<TradingDate>,
}

/// Why there is no revision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionError {
    /// The change reaches into years that were not read: read them all and revise again.
    #[error("the change reaches into years that were not read")]
    NeedsAllYears,
    /// The rows break a rule that every history keeps.
    #[error(transparent)]
    Invariant(invariants::BrokenInvariant),
    /// A file cannot be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Merges `fetched` into `base` and encodes what changes. With an empty window nothing was asked:
/// then only decisions change anything.
///
/// # Errors
/// [`RevisionError::NeedsAllYears`] when earlier years than those in `base` change too.
pub fn revise(
    base: &Base,
    fetched: &Fetched,
    context: RevisionContext<'_>,
) -> Result<Revision, RevisionError> {
    let stored = stored_history(base);
    let watch = base.record.as_ref().map(|record| &record.watch);
    let previous = left_out_before(base);
    let events = Events::before(base, &stored, fetched, context);
    let merged = merge::merge_with_decisions(
        &events.stored,
        &events.fetched,
        MergeContext {
            window: context.window,
            pending: watch.map_or(&[], |watch| &watch.pending),
            today: context.today,
            word: word(base, context),
        },
        &DecisionIndex::new(
            context.decisions,
            context.listing.kind(),
            context.calendar,
            previous,
        ),
    );
    let (merged, judged) = events.after(merged, base, &stored, context);
    let promises_rows = base
        .record
        .as_ref()
        .is_some_and(|record| !record.years.is_empty());
    if base.years.is_empty() && promises_rows {
        // Nothing to hold the fetch against: it would pass as the history of a new listing.
        return Err(RevisionError::NeedsAllYears);
    }
    let bars = merged.history.bars.bars();
    let adjustment = adjust::adjust(bars, previous, &merged.history.actions);
    if previous.is_some() && reaches_back(&stored, &merged.history, previous, &adjustment) {
        return Err(RevisionError::NeedsAllYears);
    }
    if let Err(broken) = invariants::check(context.listing.kind(), bars, &adjustment) {
        return Err(RevisionError::Invariant(broken));
    }
    let (files, years) =
        years::encode_years(base, &merged.history, &adjustment, previous, context)?;
    let watching::Absent {
        holes: absent,
        unsure,
    } = watching::absent_sessions(base, fetched, &merged, years.keys().next(), context);
    let mut refused_actions = fetched.refused_actions.clone();
    refused_actions.extend(adjustment.refused);
    let before = watch.map_or(&[][..], |watch| &watch.remarks);
    let mut of_answer = context.remarks.to_vec();
    of_answer.extend(disputes(&merged, context));
    let said = Said {
        remarks: &of_answer,
        refused_actions: &refused_actions,
        merged: &merged,
        decisions: context.decisions,
        window: context.window,
        today: context.today,
    };
    let remarks = remarks::next(before, said);
    let mut watch = watching::next_watch(watch, &merged, &absent, context);
    watch.remarks.clone_from(&remarks);
    let already = base
        .record
        .as_ref()
        .is_some_and(|record| record.watch.quarantined == watch.quarantined);
    let quarantine = if already {
        Vec::new()
    } else {
        merged.quarantine.clone()
    };
    let record = (!years.is_empty()).then(|| {
        let kept = Kept {
            sources: sources_after(base, &stored, &merged, context),
            confirmed: confirmed_after(base, &stored, &merged, context),
            judged,
            years,
            watch,
        };
        next_record(base.record.as_ref(), &merged.history.actions, kept, context)
    });
    Ok(Revision {
        merged,
        files,
        record,
        quarantine,
        refused_actions,
        remarks,
        absent,
        unsure,
    })
}

/// The stored bars of the years that were read.
pub fn stored_bars(base: &Base) -> BarSeries {
    let years = base.years.values();
    BarSeries::new(
        years
            .flat_map(|year| year.rows.bars.iter().copied())
            .collect(),
    )
}

fn stored_history(base: &Base) -> History {
    History {
        bars: stored_bars(base),
        actions: base
            .record
            .as_ref()
            .map(CommitRecord::action_set)
            .unwrap_or_default(),
    }
}

/// Last committed date before the first year that was read.
fn left_out_before(base: &Base) -> Option<Date> {
    let first = *base.years.keys().next()?;
    base.record.as_ref()?.last_before(first)
}

/// Whether rows before the first one read change with this merge.
fn reaches_back(
    stored: &History,
    merged: &History,
    previous: Option<Date>,
    adjustment: &Adjustment,
) -> bool {
    if stored.actions != merged.actions {
        return true;
    }
    // Same actions, but a close before an ex-date may have changed or come in between.
    let before = adjust::adjust(stored.bars.bars(), previous, &stored.actions);
    before.cash_left.to_bits() != adjustment.cash_left.to_bits()
        || first_moved_over_cash(stored, merged)
}

/// Whether a bar came in between the last one left out and a cash action: the action then refers
/// to that bar's close and no longer to the close left out.
fn first_moved_over_cash(stored: &History, merged: &History) -> bool {
    let first = |history: &History| history.bars.first().map(|bar| bar.date.date());
    match (first(stored), first(merged)) {
        (Some(before), Some(after)) => merged.actions.iter().any(|action| {
            action.kind.cash().is_some() && after < action.ex_date && action.ex_date <= before
        }),
        (before, after) => before != after,
    }
}

/// Who says what the fetch says, beside the rows that the record names.
fn word<'a>(base: &'a Base, context: RevisionContext<'a>) -> Word<'a> {
    let sources = base
        .record
        .as_ref()
        .map_or(&[][..], |record| &record.sources);
    match context.answered {
        Some(answered) => Word {
            vendor: &answered.source.vendor,
            standing: answered.source.standing,
            sources,
            comparison: answered.comparison,
            bars: answered.bars,
            vote: answered.testimony.map(|testimony| &testimony.vote),
        },
        // Nobody was asked: nothing is said of rows that stand in.
        None => Word::default(),
    }
}

/// Stored rows that a vendor which only stands in has otherwise: said, and left as they are.
fn disputes(merged: &Merged, context: RevisionContext<'_>) -> Vec<Remark> {
    let Some(answered) = context.answered else {
        return Vec::new();
    };
    let disputes = merged.disputes.iter().map(|dispute| {
        let detail = dispute.words(&answered.source.vendor);
        let date = dispute.stored.date.date();
        Remark::new(
            About::Suspect,
            VENDORS_DISAGREE,
            date,
            context.today,
            detail,
        )
    });
    disputes.collect()
}

fn sources_after(
    base: &Base,
    stored: &History,
    merged: &Merged,
    context: RevisionContext<'_>,
) -> Vec<SourceRun> {
    let before = base
        .record
        .as_ref()
        .map_or(&[][..], |record| &record.sources);
    let testimony = context.answered.and_then(|answered| answered.testimony);
    let none = BTreeMap::new();
    let change = SourceChange {
        stored: &stored.bars,
        merged: &merged.history.bars,
        source: context.answered.map(|answered| answered.source),
        settled: &merged.settled,
        voted: match (testimony, &merged.held) {
            (Some(testimony), None) => &testimony.voted,
            _ => &none,
        },
    };
    sources::after(before, change)
}

fn confirmed_after(
    base: &Base,
    stored: &History,
    merged: &Merged,
    context: RevisionContext<'_>,
) -> Vec<ConfirmedRun> {
    let before = base
        .record
        .as_ref()
        .map_or(&[][..], |record| &record.confirmed);
    let testimony = context.answered.and_then(|answered| answered.testimony);
    let none = BTreeMap::new();
    let news = match (testimony, &merged.held) {
        (Some(testimony), None) => &testimony.confirmed,
        _ => &none,
    };
    sources::confirmed_after(before, &stored.bars, &merged.history.bars, news)
}

/// What a record says beside the events.
struct Kept {
    sources: Vec<SourceRun>,
    confirmed: Vec<ConfirmedRun>,
    judged: Vec<JudgedEvent>,
    years: BTreeMap<i16, YearEntry>,
    watch: Watch,
}

fn next_record(
    before: Option<&CommitRecord>,
    actions: &ActionSet,
    kept: Kept,
    context: RevisionContext<'_>,
) -> CommitRecord {
    let Kept {
        sources,
        confirmed,
        judged,
        years,
        watch,
    } = kept;
    // A record without rows only announces a write: it promises nothing.
    let asked_from = before
        .filter(|record| !record.years.is_empty())
        .map_or(context.window.start(), |record| {
            record.asked_from.min(context.window.start())
        });
    CommitRecord {
        schema: SCHEMA_VERSION,
        symbol: context.listing.symbol().to_string(),
        exchange: context.listing.exchange().to_string(),
        currency: Some(context.currency.to_owned()),
        unit_scale: context.unit_scale,
        first_trade: context
            .first_trade
            .or_else(|| before.and_then(|record| record.first_trade)),
        asked_from,
        actions: actions.iter().copied().collect(),
        judged,
        years,
        sources,
        confirmed,
        watch,
        revision: before.map_or(0, |record| record.revision) + 1,
        // It never goes back: of two runs under way at once the one that began first may commit last.
        updated: before.map_or(context.now, |record| record.updated.max(context.now)),
    }
}

#[cfg(test)]
mod tests;
