//! What other vendors say of sessions that are stored, cell by cell.
//!
//! The stored as-traded rows are one witness, of Yahoo's lineage; every configured vendor is another one,
//! its answer read by itself: the stored rows are no evidence of how a vendor's rows are to be read, or
//! the vendor would confirm whatever is stored. Nothing is written.

mod listing;
mod report;
mod verdict;
mod witnesses;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join, join_all};
use futures::stream::{self, StreamExt};
use jiff::Timestamp;

use crate::commit::{self, CommitError};
use crate::context::Context;
use crate::error::OperationError;
use crate::inspection;
use crate::listing::{Task, chain};
use crate::run::tasks;
use crate::vendors::Testimony;
use crate::vendors::testimony::Range;
use listing::Heard;
use quantx_lake::sources;
use quantx_market::{Date, Listing};
use quantx_provider::ProviderError;
use quantx_provider::yahoo::YAHOO;
use quantx_quality::InspectedRow;
use quantx_quality::agreement::{BarSource, Lineage};
use quantx_settings::VendorId;

pub use crate::vendors::OffVendor;
pub use report::{
    AbsentSession, AskedVendor, CellReport, ColumnReport, CompareReport, EventReport,
    ListingComparison, MissingVendor, PairReport, StepKind, StepReport, VoteCounts, WitnessReport,
    WitnessState,
};
pub use verdict::CompareVerdict;
pub use witnesses::{WitnessError, WitnessVendor, Witnesses};

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
        lineage: vendor.vendor.lineage.to_string(),
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
        let heard: Vec<Heard> = stored.into_iter().chain(answers).collect();
        listing::compared(listing, &heard, &self.range().comparison())
    }

    fn range(&self) -> Range<'_> {
        Range {
            task: self.task,
            from: self.from,
            to: self.to,
            now: self.now,
            rules: &self.context.settings.quality.rules,
        }
    }

    /// The stored rows.
    async fn stored(&self) -> Vec<Heard> {
        let nothing = |state, detail| Heard::Nothing {
            vendor: LAKE.to_owned(),
            lineage: Lineage(YAHOO.0.to_owned()),
            state,
            detail,
        };
        match self.read_stored().await {
            Ok(testimonies) if testimonies.is_empty() => {
                let detail = "the lake has no row of it in this range".to_owned();
                vec![nothing(WitnessState::NoRows, detail)]
            }
            Ok(testimonies) => testimonies.into_iter().map(Heard::Rows).collect(),
            Err(error) => vec![nothing(WitnessState::Failed, chain(&error))],
        }
    }

    /// The stored rows of each lineage by themselves: no vendor confirms its own.
    async fn read_stored(&self) -> Result<Vec<Testimony>, CommitError> {
        let store = self.context.store.as_ref();
        let listing = &self.task.listing;
        let Some((record, _)) = commit::record(store, listing).await? else {
            return Ok(Vec::new());
        };
        let years = self.from.year()..=self.to.year();
        let years: Vec<i16> = record.years.range(years).map(|(year, _)| *year).collect();
        let bars = commit::bars(store, listing, &record, &years).await?;
        let rows = bars.bars().iter().map(InspectedRow::of_bar);
        let mut by_lineage: BTreeMap<Lineage, Vec<InspectedRow>> = BTreeMap::new();
        for row in rows.filter(|row| self.range().is_wanted(row.date)) {
            let run = sources::run_on(&record.sources, row.date);
            let vendor = run.map_or(sources::USUAL_VENDOR, |run| run.vendor.as_str());
            by_lineage
                .entry(self.lineage_of(vendor))
                .or_default()
                .push(row);
        }
        let last = record.last().unwrap_or(self.to);
        let covers = (self.from.max(record.asked_from), self.to.min(last));
        // The events are those of the vendor that most rows are of.
        let most = by_lineage.iter().max_by_key(|(_, rows)| rows.len());
        let most = most.map(|(lineage, _)| lineage.clone());
        let actions = self.range().wanted(record.actions);
        let testimonies = by_lineage.into_iter().map(|(lineage, rows)| Testimony {
            vendor: LAKE.to_owned(),
            source: BarSource::Official,
            rows,
            actions: (Some(&lineage) == most.as_ref()).then(|| actions.clone()),
            lineage,
            covers,
            halted: BTreeSet::new(),
        });
        Ok(testimonies.collect())
    }

    /// Whose numbers a vendor's are.
    fn lineage_of(&self, vendor: &str) -> Lineage {
        let csv = &self.context.settings.vendors.csv;
        let own = csv.as_ref().filter(|_| vendor == VendorId::Csv.name());
        Lineage(own.map_or(vendor, |csv| csv.lineage.as_str()).to_owned())
    }

    /// A vendor's rows.
    async fn ask(&self, vendor: &WitnessVendor) -> Heard {
        let name = vendor.provider.name();
        let nothing = |state, detail| Heard::Nothing {
            vendor: name.to_string(),
            lineage: vendor.vendor.lineage.clone(),
            state,
            detail,
        };
        let request = self.range().request();
        let mut history = match vendor.provider.daily_history(&request).await {
            Ok(history) => history,
            Err(error) => {
                return nothing(
                    state_of(&error),
                    vendor.vendor.why(&self.task.listing, &error),
                );
            }
        };
        let limits = self.context.settings.limits.answer;
        if let Some(too_much) = inspection::too_much(&history, limits) {
            return nothing(WitnessState::Failed, too_much.to_string());
        }
        match self.range().of_history(&vendor.vendor, &mut history) {
            Ok(testimony) if testimony.rows.is_empty() => {
                let detail = format!("{name} has no final row of it in this range");
                nothing(WitnessState::NoRows, detail)
            }
            Ok(testimony) => Heard::Rows(testimony),
            Err(undecided) => nothing(WitnessState::Failed, undecided),
        }
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
