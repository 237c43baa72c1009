//! What cash in another currency than the prices is worth in theirs: closes of the session before the ex-date, from the
//! lake, and where it has none from the vendor. Why so: ADR-0031.

mod pairs;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::commit;
use super::context::Context;
use super::listing::{RunFrame, Stopped, Task};
use super::question::check_time_zone;
use super::vendors::{self, Answered};
use quantx_lake::basis::{self, Finality};
use quantx_lake::record::CommitRecord;
use quantx_market::{
    BarSeries, BasisReading, Conversion, Date, InstrumentKind, Listing, VendorHistory, currency_of,
    in_units,
};
use quantx_provider::HistoryRequest;

/// First date that is asked of a pair: before it hardly a vendor has one.
const FIRST_ASKED: Date = jiff::civil::date(1990, 1, 1);

/// Sessions before an ex-date that a rate may be of: a vendor's hole is no reason to hold a payment, and older closes
/// are no rate of that day.
const SESSIONS_BACK: usize = 3;

/// Closes of pairs, asked at most once by a run each.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<BTreeMap<(Source, String), Asked>>);

/// Where closes are from, in the order in which they are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Lake,
    Vendor,
}

/// What somebody has of a pair.
#[derive(Debug, Default)]
struct Series {
    /// Whose: `lake`, or a vendor's name.
    of: &'static str,
    bars: BarSeries,
}

type Closes = Arc<Series>;

/// Closes that somebody may be looking up.
type Asked = Arc<OnceCell<Closes>>;

/// Looks up what payments of an answer are worth in the quoted unit that go ex from `from` on and about which nothing
/// stands in the record. What no rate is found for stays as it is.
pub(super) async fn look_up(
    context: &Context,
    frame: &RunFrame,
    history: &mut VendorHistory,
    from: Date,
    known: Option<&CommitRecord>,
) -> Result<(), Stopped> {
    recall(history, known);
    let Some(unit) = history.currency.clone() else {
        return Ok(());
    };
    for at in 0..history.foreign.len() {
        let Some(cash) = history.foreign.get(at) else {
            break;
        };
        let (ex_date, currency) = (cash.action.ex_date, cash.currency.clone());
        if cash.conversion.is_some() || ex_date < from {
            continue;
        }
        let found = find(context, frame, &currency, &unit, ex_date).await?;
        if let Some(cash) = history.foreign.get_mut(at) {
            cash.conversion = found;
        }
    }
    Ok(())
}

/// Takes the rates of the record: one that was used is never looked up again. Pure.
pub(super) fn recall(history: &mut VendorHistory, known: Option<&CommitRecord>) {
    let judged = || known.into_iter().flat_map(|record| &record.judged);
    for cash in &mut history.foreign {
        let mut of_date = judged().filter(|event| event.vendor.ex_date == cash.action.ex_date);
        let used = of_date.find_map(|event| {
            let conversion = event.conversion.as_ref()?;
            (conversion.currency == cash.currency).then(|| conversion.clone())
        });
        cash.conversion = used.or_else(|| cash.conversion.take());
    }
}

async fn find(
    context: &Context,
    frame: &RunFrame,
    currency: &str,
    unit: &str,
    ex_date: Date,
) -> Result<Option<Conversion>, Stopped> {
    let ways = pairs::ways(currency_of(currency), currency_of(unit));
    let Some(market) = market(context, &ways) else {
        return Ok(None);
    };
    let Ok(before) = ex_date.yesterday() else {
        return Ok(None);
    };
    let (Some(newest), Some(last_final)) = (
        market.calendar.on_or_before(before),
        market.last_final(frame.now),
    ) else {
        return Ok(None);
    };
    // The evening before an ex-date its rate is not known yet; the bar of the ex-date is not either.
    if newest > last_final {
        return Ok(None);
    }
    let sessions = (0..SESSIONS_BACK).filter_map(|back| market.calendar.back(newest, back));
    for session in sessions {
        for source in [Source::Lake, Source::Vendor] {
            for way in &ways {
                let mut closes = BTreeMap::new();
                let mut whose = "";
                for leg in way {
                    let series = frame
                        .rates
                        .closes(context, frame, source, &leg.symbol)
                        .await?;
                    if let Some(bar) = series.bars.get(session.date()) {
                        whose = series.of;
                        closes.insert(leg.symbol.clone(), bar.close.get());
                    }
                }
                if let Some((rate, of)) = pairs::rate(way, |symbol| closes.get(symbol).copied()) {
                    return Ok(Some(Conversion {
                        currency: currency.to_owned(),
                        into: unit.to_owned(),
                        rate: in_units(currency, unit, rate),
                        date: session.date(),
                        source: format!("{whose} {of}"),
                    }));
                }
            }
        }
    }
    Ok(None)
}

/// A pair with its calendar: all of them keep the same sessions.
fn market(context: &Context, ways: &[Vec<pairs::Leg>]) -> Option<Task> {
    task(context, &ways.first()?.first()?.symbol)
}

/// `None` where the settings have no currencies.
fn task(context: &Context, symbol: &str) -> Option<Task> {
    let listing = Listing::parse(symbol, &context.settings.exchanges).ok()?;
    let (exchange, calendar) = context.settings.venue(&listing)?;
    let exchange = Arc::clone(exchange);
    (listing.kind() == InstrumentKind::Currency).then_some(Task {
        listing,
        exchange,
        calendar,
    })
}

impl Rates {
    async fn closes(
        &self,
        context: &Context,
        frame: &RunFrame,
        source: Source,
        symbol: &str,
    ) -> Result<Closes, Stopped> {
        let cell = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry((source, symbol.to_owned())).or_default())
        };
        let found = cell.get_or_try_init(async || {
            let closes = match (task(context, symbol), source) {
                (None, _) => Series::default(),
                (Some(task), Source::Lake) => Series {
                    of: "lake",
                    bars: stored(context, &task).await,
                },
                (Some(task), Source::Vendor) => asked(context, frame, &task).await?,
            };
            Ok(Arc::new(closes))
        });
        found.await.cloned()
    }
}

/// What the lake has of a pair; a record or file that cannot be used is named by who works on the pair itself.
async fn stored(context: &Context, task: &Task) -> BarSeries {
    let store = context.store.as_ref();
    let read = async {
        let Some((record, _)) = commit::record(store, &task.listing).await? else {
            return Ok(BarSeries::default());
        };
        let years: Vec<i16> = record.years.keys().copied().collect();
        commit::bars(store, &task.listing, &record, &years).await
    };
    read.await.unwrap_or_else(|error| {
        tracing::warn!(symbol = %task.listing, %error, "{} of the lake is no source of rates: {error}", task.listing);
        BarSeries::default()
    })
}

/// What the vendor has of a pair, as the lake would store it; an answer that cannot be used is none.
async fn asked(context: &Context, frame: &RunFrame, task: &Task) -> Result<Series, Stopped> {
    let request = HistoryRequest {
        listing: task.listing.clone(),
        start: FIRST_ASKED,
        now: frame.now,
    };
    let vendors = &context.vendors;
    let order = vendors.in_order(&context.settings.asked, task.listing.exchange());
    let Some((first, others)) = order.split_first() else {
        return Ok(Series::default());
    };
    let answer = async {
        // Never closed, so a permit always comes.
        let _permit = frame.workers.acquire().await;
        vendors::history(first, others, &request).await
    };
    let answer = tokio::select! {
        biased;
        () = context.stop.requested() => return Err(Stopped::Asked),
        answer = answer => answer,
    };
    let symbol = &task.listing;
    let Answered {
        vendor, history, ..
    } = match answer {
        Ok(answer) if check_time_zone(task, &answer.history, frame.now).is_ok() => answer,
        Ok(_) => {
            tracing::warn!(%symbol, "the vendor dates {symbol} in another time zone; it is no source of rates");
            return Ok(Series::default());
        }
        Err(error) => {
            tracing::debug!(%symbol, %error, "the vendor has no rates of {symbol}: {error}");
            return Ok(Series::default());
        }
    };
    let as_traded = BasisReading::all_applied(&history).undo(&history);
    let finality = Finality {
        kind: InstrumentKind::Currency,
        calendar: &task.calendar,
        lag: task.exchange.lag,
        now: frame.now,
        range_tolerance: context.settings.quality.rules.range_tolerance(),
    };
    Ok(Series {
        of: vendor.name.0,
        bars: basis::final_rows(&history, &as_traded, finality).bars,
    })
}
