//! One listing for people: its chart, newest sessions, events, and what is missing.

mod chart;

use quantx::lake::record::Pending;
use quantx::lake::sources::Standing as RowStanding;
use quantx::market::{Action, ActionKind, Conversion};
use quantx::operations::show::{ListingView, Standing};
use quantx::report::{HoleRange, grouped};

use super::{json, table};

/// Events and stretches without a row that are shown, the newest.
const SHOWN: usize = 8;

/// The views as a JSON array.
pub(crate) fn listing_views_json(views: &[ListingView]) -> serde_json::Result<String> {
    json(&views)
}

/// All that is known of a listing, for people.
pub(crate) fn listing_view(view: &ListingView) -> String {
    let (first, last) = view.stored;
    let unit = view.currency.as_deref().unwrap_or("an unnamed unit");
    [
        format!(
            "{} on {}: {} sessions from {first} to {last}, in {unit}\n",
            view.symbol,
            view.exchange,
            grouped(view.rows)
        ),
        chart::chart(&view.closes),
        bars(view),
        events(view),
        state(view),
    ]
    .concat()
}

fn bars(view: &ListingView) -> String {
    if view.bars.is_empty() {
        return String::new();
    }
    let header = [
        "session",
        "open",
        "high",
        "low",
        "close",
        "adj close",
        "volume",
    ];
    let mut lines = table::headed(header, &[1, 2, 3, 4, 5, 6]);
    let known = |price: Option<f64>| price.map_or_else(|| "unknown".to_owned(), price_text);
    for bar in &view.bars {
        lines.add_row([
            bar.date.to_string(),
            known(bar.open),
            known(bar.high),
            known(bar.low),
            price_text(bar.close),
            price_text(bar.adjusted_close),
            bar.volume.map_or_else(|| "unknown".to_owned(), grouped),
        ]);
    }
    table::text(&lines)
}

/// At most six decimals, and no zeros at the end beyond the second.
pub(super) fn price_text(price: f64) -> String {
    let text = format!("{price:.6}");
    let least = text.find('.').map_or(text.len(), |point| point + 3);
    let trimmed = text.trim_end_matches('0').len();
    text.get(..trimmed.max(least)).unwrap_or(&text).to_owned()
}

fn events(view: &ListingView) -> String {
    if view.actions.is_empty() {
        return "no split, dividend or capital gain is known\n".to_owned();
    }
    let mut lines = table::headed(["ex-date", "event", "as declared"], &[2]);
    let newest = view.actions.len().saturating_sub(SHOWN);
    for action in view.actions.iter().skip(newest) {
        let [what, mut terms] = event(action);
        if let Some((amount, conversion)) = converted(view, action) {
            let Conversion {
                currency,
                rate,
                date,
                source,
                ..
            } = conversion;
            let amount = price_text(amount);
            terms.push_str(&format!(
                " ({amount} {currency} at {rate} of {date}, {source})"
            ));
        }
        lines.add_row([action.ex_date.to_string(), what, terms]);
    }
    let mut text = table::text(&lines);
    if newest > 0 {
        text.push_str(&format!("and {} older events (--json)\n", grouped(newest)));
    }
    text
}

/// What the vendor sent of a payment that was in another currency than the prices.
fn converted<'a>(view: &'a ListingView, action: &Action) -> Option<(f64, &'a Conversion)> {
    let mut judged = view.standing.iter().flat_map(|standing| &standing.judged);
    let event = judged.find(|event| event.applied().is_some_and(|it| it.is_same_cash(action)))?;
    Some((event.vendor.kind.cash()?, event.conversion.as_ref()?))
}

fn event(action: &Action) -> [String; 2] {
    match action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => ["split".to_owned(), format!("{numerator}:{denominator}")],
        ActionKind::Dividend { amount } => ["dividend".to_owned(), price_text(amount)],
        ActionKind::CapitalGain { amount } => ["capital gain".to_owned(), price_text(amount)],
    }
}

/// What is there of what should be, and what waits; or which run is the last one that counts.
fn state(view: &ListingView) -> String {
    match (&view.standing, &view.known) {
        (Some(standing), _) => standing_now(&view.symbol, standing),
        (None, Some(known)) => format!(
            "as known after the run {}, which began at {} (version {} of delta/bars)\n",
            known.run.as_deref().unwrap_or("of another program"),
            known.at,
            known.version
        ),
        (None, None) => String::new(),
    }
}

fn standing_now(symbol: &str, standing: &Standing) -> String {
    let coverage = &standing.coverage;
    let mut lines = table::table();
    let mut line = |name: &str, text: String| {
        lines.add_row([name.to_owned(), text]);
    };
    line(
        "coverage",
        format!(
            "{} sessions expected: {} present, {} excused, {} missing; {} behind",
            grouped(coverage.cells.expected),
            grouped(coverage.cells.present),
            grouped(coverage.cells.excused),
            grouped(coverage.cells.missing),
            grouped(coverage.behind),
        ),
    );
    let mut holes: Vec<&HoleRange> = coverage.holes.iter().collect();
    holes.sort_by_key(|hole| (hole.absence, std::cmp::Reverse(hole.first)));
    let mut texts: Vec<String> = holes.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = holes.len().saturating_sub(SHOWN);
    if more > 0 {
        texts.push(format!(
            "and {} more (quantx coverage --json)",
            grouped(more)
        ));
    }
    if !texts.is_empty() {
        line("without a row", texts.join("\n"));
    }
    for run in &standing.sources {
        let why = match run.standing {
            RowStanding::Settled => "",
            RowStanding::Provisional => ", until a vendor before it in the order answers again",
            RowStanding::Voted => ", by the vote of several vendors",
        };
        line(
            "rows of",
            format!("{}: {} to {}{why}", run.vendor, run.from, run.to),
        );
    }
    for run in &standing.confirmed {
        let (from, to) = (run.from, run.to);
        line(
            "confirmed by",
            format!("{}: {from} to {to}", run.by.join(", ")),
        );
    }
    for claim in &standing.claims {
        line("open claim", claimed(claim));
    }
    // A converted payment stands among the events.
    let judged = standing.judged.iter();
    for event in judged.filter(|event| event.conversion.is_none() || event.applied().is_none()) {
        let vendor = &event.vendor;
        let amount = vendor.kind.cash().map(price_text).unwrap_or_default();
        let applied = match event.ours {
            Some(ours) => format!("applied as {}", price_text(ours)),
            None if event.is_held() => format!(
                "held: quantx quarantine release {0}, or reject {0}",
                event.id(symbol)
            ),
            None => "not applied".to_owned(),
        };
        line(
            "judged event",
            format!(
                "{} of {amount}, {applied}: {}",
                vendor.ex_date, event.reason
            ),
        );
    }
    if let Some(reason) = &coverage.unreadable {
        line("unreadable", reason.clone());
    }
    table::text(&lines)
}

fn claimed(claim: &Pending) -> String {
    match claim {
        Pending::Prices {
            date,
            prices,
            seen_on,
        } => {
            let prices = prices.map(|price| price.map_or_else(|| "unknown".to_owned(), price_text));
            format!(
                "{date}: the vendor said {} on {seen_on}; the same on another day is taken",
                prices.join(" / ")
            )
        }
        Pending::Vanished { action, seen_on } => {
            let [what, terms] = event(action);
            format!(
                "{}: the vendor no longer had the {what} of {terms} on {seen_on}; on another day it is removed",
                action.ex_date
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::price_text;

    #[test]
    fn a_price_has_two_decimals_at_least_and_six_at_most() {
        let shown = [214.01, 25.0, 0.123_456_789, 210.897_1, 0.5].map(price_text);
        assert_eq!(shown, ["214.01", "25.00", "0.123457", "210.8971", "0.50"]);
    }
}
