//! What other vendors say of sessions that are stored, cell by cell.
//!
//! The stored as-traded rows are one witness, of Yahoo's lineage; every configured vendor is another one,
//! its answer read by itself: the stored rows are no evidence of how a vendor's rows are to be read, or
//! the vendor would confirm whatever is stored. Nothing is written.

mod listing;
mod report;
mod verdict;
mod witnesses;

use futures::future::{join, join_all};
use futures::stream::{self, StreamExt};
use jiff::Span;
use jiff::Timestamp;

use crate::commit::{self, CommitError};
use crate::context::Context;
use crate::error::OperationError;
use crate::inspection::{self, CONTEXT_DAYS};
use crate::listing::{Task, chain};
use crate::run::tasks;
use listing::{Heard, Testimony};
use quantx_market::{Action, Date, Listing, VendorHistory};
use quantx_provider::yahoo::YAHOO;
use quantx_provider::{HistoryRequest, ProviderError};
use quantx_quality::agreement::{BarSource, Comparison, Lineage};
use quantx_quality::{Inspected, InspectedRow, Known, read_basis};

pub use report::{
    AbsentSession, AskedVendor, CellReport, ColumnReport, CompareReport, EventReport,
    ListingComparison, MissingVendor, PairReport, StepKind, StepReport, VoteCounts, WitnessReport,
    WitnessState,
};
pub use verdict::CompareVerdict;
pub use witnesses::{OffVendor, WitnessError, WitnessVendor, Witnesses};

/// The stored rows in reports.
pub const LAKE: &str = "lake";

/// What is compared.
#[derive(Debug, Clone)]
pub struct CompareRequest {
    /// Which listings.
    pub listings: Vec<Listing>,
    /// First date, in each exchange's own time zone.
    pub from: Date,
    /// Last date, inclusive.
    pub to: Date,
}

/// Asks every vendor of `witnesses` for the listings and compares the answers with each other and with
/// what is stored. One listing's failure, and one vendor's, is data in the report.
///
/// # Errors
/// [`OperationError`] when the range is reversed, nothing is to be compared, or an exchange has no calendar.
pub async fn compare(
    context: &Context,
    witnesses: &Witnesses,
    request: &CompareRequest,
) -> Result<CompareReport, OperationError> {
    let (start, end) = (request.from, request.to);
    if start > end {
        return Err(OperationError::Reversed { start, end });
    }
    let tasks = tasks(context, &request.listings)?;
    context.observer.started(tasks.len());
    let now = context.clock.now();
    let workers = context.settings.fetcher.max_workers.get();
    let questions = tasks.iter().map(|task| async move {
        let question = Question {
            context,
            task,
            now,
            from: start,
            to: end,
        };
        let compared = question.compared(&witnesses.on).await;
        if compared.verdict != CompareVerdict::NotReached {
            let symbol = &compared.symbol;
            let n_findings = compared.n_findings();
            context.observer.listing_proven(symbol, n_findings);
        }
        compared
    });
    let listings = stream::iter(questions).buffered(workers).collect().await;
    context.observer.finished();
    let mut report = CompareReport {
        from: start,
        to: end,
        asked: asked(witnesses),
        off: off(witnesses),
        listings,
        ..CompareReport::default()
    };
    report.sum_up();
    Ok(report)
}

fn asked(witnesses: &Witnesses) -> Vec<AskedVendor> {
    let asked = witnesses.on.iter().map(|vendor| AskedVendor {
        name: vendor.provider.name().to_string(),
        lineage: vendor.lineage.to_string(),
        requests: vendor.provider.usage().requests,
    });
    asked.collect()
}

fn off(witnesses: &Witnesses) -> Vec<MissingVendor> {
    let off = witnesses.off.iter().map(|vendor| MissingVendor {
        name: vendor.name.to_string(),
        needs: vendor.needs.to_owned(),
    });
    off.collect()
}

/// One listing and the range.
#[derive(Debug, Clone, Copy)]
struct Question<'a> {
    context: &'a Context,
    task: &'a Task,
    now: Timestamp,
    from: Date,
    to: Date,
}

impl Question<'_> {
    async fn compared(&self, vendors: &[WitnessVendor]) -> ListingComparison {
        let listing = &self.task.listing;
        let work = async {
            let answers = join_all(vendors.iter().map(|vendor| self.ask(vendor)));
            join(self.stored(), answers).await
        };
        if self.context.stop.is_requested() {
            return listing::not_reached(listing);
        }
        let (stored, answers) = tokio::select! {
            biased;
            () = self.context.stop.requested() => return listing::not_reached(listing),
            heard = work => heard,
        };
        let heard: Vec<Heard> = [stored].into_iter().chain(answers).collect();
        listing::compared(listing, &heard, &self.comparison())
    }

    /// Volumes of the newest two days are still counted.
    fn comparison(&self) -> Comparison {
        let today = self.task.today(self.now);
        let days = Span::new().days(2);
        Comparison {
            volumes_final_to: today.checked_sub(days).ok(),
            ..Comparison::default()
        }
    }

    /// The stored rows.
    async fn stored(&self) -> Heard {
        match self.read_stored().await {
            Ok(Some(testimony)) => Heard::Rows(testimony),
            Ok(None) => Heard::Nothing {
                vendor: LAKE.to_owned(),
                lineage: Lineage(YAHOO.0.to_owned()),
                state: WitnessState::NoRows,
                detail: "the lake has no row of it in this range".to_owned(),
            },
            Err(error) => Heard::Nothing {
                vendor: LAKE.to_owned(),
                lineage: Lineage(YAHOO.0.to_owned()),
                state: WitnessState::Failed,
                detail: chain(&error),
            },
        }
    }

    async fn read_stored(&self) -> Result<Option<Testimony>, CommitError> {
        let store = self.context.store.as_ref();
        let listing = &self.task.listing;
        let Some((record, _)) = commit::record(store, listing).await? else {
            return Ok(None);
        };
        let years = self.from.year()..=self.to.year();
        let years: Vec<i16> = record.years.range(years).map(|(year, _)| *year).collect();
        let bars = commit::bars(store, listing, &record, &years).await?;
        let rows: Vec<InspectedRow> = bars
            .bars()
            .iter()
            .map(InspectedRow::of_bar)
            .filter(|row| self.is_wanted(row.date))
            .collect();
        let last = record.last().unwrap_or(self.to);
        let covers = (self.from.max(record.asked_from), self.to.min(last));
        Ok((!rows.is_empty()).then(|| Testimony {
            vendor: LAKE.to_owned(),
            lineage: Lineage(YAHOO.0.to_owned()),
            source: BarSource::Official,
            rows,
            actions: Some(self.wanted(record.actions)),
            covers,
        }))
    }

    /// A vendor's rows.
    async fn ask(&self, vendor: &WitnessVendor) -> Heard {
        let name = vendor.provider.name();
        let nothing = |state, detail| Heard::Nothing {
            vendor: name.to_string(),
            lineage: vendor.lineage.clone(),
            state,
            detail,
        };
        // Out of the sessions before it is learnt what is usual for the listing.
        let days = Span::new().try_days(CONTEXT_DAYS);
        let start = days.and_then(|days| self.from.checked_sub(days));
        let request = HistoryRequest {
            listing: self.task.listing.clone(),
            start: start.unwrap_or(self.from),
            now: self.now,
        };
        let mut history = match vendor.provider.daily_history(&request).await {
            Ok(history) => history,
            Err(error) => return nothing(state_of(&error), vendor.why(&self.task.listing, &error)),
        };
        let limits = self.context.settings.limits.answer;
        if let Some(too_much) = inspection::too_much(&history, limits) {
            return nothing(WitnessState::Failed, too_much.to_string());
        }
        match self.as_traded(vendor, &mut history) {
            Ok(testimony) if testimony.rows.is_empty() => {
                let detail = format!("{name} has no final row of it in this range");
                nothing(WitnessState::NoRows, detail)
            }
            Ok(testimony) => Heard::Rows(testimony),
            Err(undecided) => nothing(WitnessState::Failed, undecided),
        }
    }

    /// An answer in as-traded terms, by its own evidence.
    fn as_traded(
        &self,
        vendor: &WitnessVendor,
        history: &mut VendorHistory,
    ) -> Result<Testimony, String> {
        let rules = &self.context.settings.quality.rules;
        let rules = rules.for_kind(self.task.listing.kind());
        let (basis, _) = read_basis(history, Known::default(), &rules);
        if let Some(undecided) = &basis.undecided {
            return Err(undecided.reason.clone());
        }
        let as_traded = basis.undo(history);
        let last = self.last_final(vendor).min(Some(self.to));
        let last = last.unwrap_or(Date::MIN);
        let mut rows = Inspected::of_answer(history, &as_traded).rows;
        rows.retain(|row| self.is_wanted(row.date) && row.date <= last && !row.is_null());
        let actions = as_traded.actions.iter().map(|it| it.action).collect();
        let first = rows.first().map_or(self.from, |row| row.date);
        Ok(Testimony {
            vendor: vendor.provider.name().to_string(),
            lineage: vendor.lineage.clone(),
            source: vendor.source,
            actions: vendor.knows_events.then(|| self.wanted(actions)),
            covers: (first, last),
            rows,
        })
    }

    /// The last session whose row a vendor no longer changes.
    fn last_final(&self, vendor: &WitnessVendor) -> Option<Date> {
        let lag = self.task.exchange.lag.max(vendor.ready_after);
        let session = self.task.calendar.last_closed_session(self.now, lag)?;
        Some(session.date())
    }

    fn is_wanted(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }

    fn wanted(&self, mut actions: Vec<Action>) -> Vec<Action> {
        actions.retain(|action| self.is_wanted(action.ex_date));
        actions
    }
}

fn state_of(error: &ProviderError) -> WitnessState {
    match error {
        ProviderError::NotCovered { .. } => WitnessState::NotCovered,
        ProviderError::UnknownSymbol { .. }
        | ProviderError::NoData { .. }
        | ProviderError::NotListedYet { .. } => WitnessState::NoRows,
        _ => WitnessState::Failed,
    }
}
