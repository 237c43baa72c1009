//! One listing's question: who is asked, which way, and who is asked to confirm.

use std::sync::Arc;

use super::context::Context;
use super::inspection;
use super::listing::{RunFrame, Stopped, Task};
use super::plan::{FetchPlan, Intent};
use super::rates;
use super::vendors::testimony::{Range, Testimony};
use super::vendors::{self, Answered, Asked, Vendor, Vendors, Way, by_date};
use jiff::Timestamp;
use quantx_lake::record::CommitRecord;
use quantx_lake::sources::Standing;
use quantx_market::VendorHistory;
use quantx_provider::HistoryRequest;
use quantx_settings::AskedVendors;

/// Who can be asked about the answer.
pub(super) fn witnesses(context: &Context, task: &Task, answer: &Answer) -> Vec<Arc<Vendor>> {
    let (asked, exchange) = (&context.settings.asked, task.listing.exchange());
    context
        .vendors
        .witnesses(asked, exchange, &answer.0.vendor.lineage)
}

/// What they say, unless the run is stopped meanwhile.
pub(super) async fn heard(
    context: &Context,
    frame: &RunFrame,
    witnesses: &[Arc<Vendor>],
    range: Range<'_>,
) -> Result<Vec<Testimony>, Stopped> {
    let asked = async {
        let _permit = frame.workers.acquire().await;
        vendors::witnesses::heard(context, frame, witnesses, range).await
    };
    tokio::select! {
        biased;
        () = context.stop.requested() => Err(Stopped::Asked),
        said = asked => Ok(said),
    }
}

/// A vendor's answer after the checks that concern it as a whole.
pub(super) struct Answer(pub(super) Answered);

pub(super) async fn ask(
    context: &Context,
    frame: &RunFrame,
    task: &Task,
    fetch: FetchPlan,
    known: Option<&CommitRecord>,
) -> Result<Answer, Stopped> {
    let request = HistoryRequest {
        listing: task.listing.clone(),
        start: inspection::first_asked(fetch.from, known),
        now: frame.now,
    };
    let (asked, exchange) = (&context.settings.asked, task.listing.exchange());
    let order = context.vendors.in_order(asked, exchange);
    let Some((first, others)) = order.split_first() else {
        return Err(Stopped::NoVendor(no_vendor(&context.vendors, asked, task)));
    };
    let asked = async {
        // Never closed, so a permit always comes.
        let _permit = frame.workers.acquire().await;
        if let Some(answered) = by_date(context, frame, task, first, fetch, known).await {
            return Ok(answered);
        }
        vendors::history(first, others, &request).await
    };
    let mut answered = tokio::select! {
        biased;
        () = context.stop.requested() => return Err(Stopped::Asked),
        answered = asked => answered.map_err(Stopped::Vendor)?,
    };
    let limits = context.settings.limits.answer;
    if let Some(too_much) = inspection::too_much(&answered.history, limits) {
        return Err(Stopped::TooMuch(too_much));
    }
    check_time_zone(task, &answered.history, frame.now)?;
    rates::look_up(context, frame, &mut answered.history, fetch.from, known).await?;
    Ok(Answer(answered))
}

/// The listing's rows out of whole days of its exchange, where that is the way and they are there.
async fn by_date(
    context: &Context,
    frame: &RunFrame,
    task: &Task,
    first: &Asked,
    fetch: FetchPlan,
    known: Option<&CommitRecord>,
) -> Option<Answered> {
    let listings = frame.listings_of.get(task.listing.exchange());
    let is_daily = matches!(frame.intent, Intent::Daily { .. });
    let fewer = by_date::takes_fewer_requests(&first.vendor, listings.copied().unwrap_or(0));
    if !(context.settings.asked.by_date && is_daily && fewer) {
        return None;
    }
    let known = known.filter(|record| record.watch.rewriting.is_empty())?;
    let wanted = by_date::Wanted {
        task,
        window: task
            .ready(fetch, &first.vendor, frame.now, Some(known))
            .window(),
        last: known.last()?,
        now: frame.now,
    };
    let history = by_date::history(&context.vendors, first, wanted).await?;
    Some(Answered {
        vendor: Arc::clone(&first.vendor),
        standing: Standing::Settled,
        way: Way::Date,
        history,
    })
}

/// Why nobody can be asked for the listing.
fn no_vendor(vendors: &Vendors, asked: &AskedVendors, task: &Task) -> String {
    let exchange = task.listing.exchange();
    let order: Vec<&str> = asked
        .of(exchange)
        .order
        .iter()
        .map(|id| id.name())
        .collect();
    let off = vendors.off_in_order(asked, exchange);
    let off: Vec<String> = off.iter().map(|off| format!("; {off}")).collect();
    format!(
        "no vendor of providers.order ({}) has the exchange {exchange} and is on{}",
        order.join(", "),
        off.concat()
    )
}

/// Rows dated in another zone could be a day off.
pub(super) fn check_time_zone(
    task: &Task,
    history: &VendorHistory,
    now: Timestamp,
) -> Result<(), Stopped> {
    let offset = |zone: &jiff::tz::TimeZone| zone.to_offset(now);
    if offset(&history.time_zone) == offset(&task.exchange.time_zone) {
        return Ok(());
    }
    let name = |zone: &jiff::tz::TimeZone| zone.iana_name().unwrap_or("an unnamed zone").to_owned();
    Err(Stopped::WrongTimeZone {
        expected: name(&task.exchange.time_zone),
        answered: name(&history.time_zone),
    })
}

/// A listing whose unit changes is another series.
pub(super) fn check_currency(
    stored: Option<&CommitRecord>,
    answer: &Answer,
) -> Result<(), Stopped> {
    let stored = stored.and_then(|record| record.currency.as_ref());
    let stored = stored.filter(|unit| !unit.is_empty());
    match (stored, &answer.0.history.currency) {
        (Some(stored), Some(answered)) if stored != answered => Err(Stopped::WrongCurrency {
            stored: stored.clone(),
            answered: answered.clone(),
        }),
        _ => Ok(()),
    }
}
