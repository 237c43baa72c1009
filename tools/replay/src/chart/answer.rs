use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;

use super::basis::{Basis, six_decimals};
use super::defects::Defects;
use super::meta;
use super::moment::Moment;
use super::points::PointMaker;
use super::request::{BadQuery, ChartRequest, Cut, Window};
use super::wire::{
    AdjustedClose, Body, Cash, Chart, ChartError, ChartResult, Events, Indicators, Number, Quote,
    Split,
};
use crate::truth::SymbolTruth;

/// An HTTP answer before it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Value of the `content-type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bodies are megabytes.
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// Yahoo's answer at `as_of`. Equal arguments give equal bytes.
pub fn answer(
    truth: &SymbolTruth,
    request: &ChartRequest,
    as_of: Timestamp,
    defects: &Defects,
) -> Answer {
    let venue = &truth.venue;
    let moment = Moment::at(venue, as_of);
    if !truth.answers_on(moment.today) || venue.open_stamp(truth.first_trade) > moment.as_of {
        return not_found();
    }
    if let Some(refusal) = refusal(truth, request) {
        return refusal;
    }
    let cut = request.cut(venue, &moment);
    let basis = Basis::known_on(truth, moment.today, defects);
    let maker = PointMaker {
        truth,
        moment,
        basis: &basis,
        defects,
    };
    let points = maker.points(cut.first, cut.end);
    let column = |index: usize| -> Vec<Option<Number>> {
        points
            .iter()
            .map(|point| point.prices.get(index).copied().flatten())
            .map(|price| price.map(|price| Number::of(venue.facts, price)))
            .collect()
    };
    let result = ChartResult {
        meta: meta::meta(&maker, request, cut.first),
        timestamp: points.iter().map(|point| point.stamp).collect(),
        events: list_events(truth, request, &moment, &cut, &basis),
        indicators: Indicators {
            quote: [Quote {
                open: column(0),
                high: column(1),
                low: column(2),
                close: column(3),
                volume: points.iter().map(|point| point.volume).collect(),
            }],
            adjclose: [AdjustedClose {
                adjclose: points
                    .iter()
                    .map(|point| point.adjusted_close.map(Number::Decimal))
                    .collect(),
            }],
        },
    };
    written(200, Some([result]), None)
}

/// The answer for a symbol that Yahoo does not know, or no longer.
pub(crate) fn not_found() -> Answer {
    error(
        404,
        "Not Found",
        "No data found, symbol may be delisted".to_owned(),
    )
}

/// The answer to a query that cannot be read.
pub(crate) fn bad_query(bad: &BadQuery) -> Answer {
    error(
        422,
        "Unprocessable Entity",
        format!("Invalid input - {bad}"),
    )
}

fn refusal(truth: &SymbolTruth, request: &ChartRequest) -> Option<Answer> {
    if request.interval != "1d" {
        let interval = &request.interval;
        let text = format!("Invalid input - interval={interval} is not replayed, only 1d is");
        return Some(error(422, "Unprocessable Entity", text));
    }
    let Window::Period { period1, period2 } = request.window else {
        return None;
    };
    let dates = format!("startDate = {period1}, endDate = {period2}");
    if period1 > period2 {
        let text = format!("Invalid input - start date cannot be after end date. {dates}");
        return Some(error(400, "Bad Request", text));
    }
    (period2 < truth.venue.open_stamp(truth.first_trade)).then(|| {
        error(
            400,
            "Bad Request",
            format!("Data doesn't exist for {dates}"),
        )
    })
}

fn list_events(
    truth: &SymbolTruth,
    request: &ChartRequest,
    moment: &Moment,
    cut: &Cut,
    basis: &Basis,
) -> Events {
    let stamp_inside = |ex_date| {
        let stamp = truth.venue.open_stamp(ex_date);
        // Prices follow a split from midnight on, so it is listed from midnight on.
        let inside = cut.from <= stamp && stamp <= cut.to;
        (inside || (cut.reaches_now && ex_date == moment.today)).then_some(stamp)
    };
    let mut events = Events::default();
    for split in basis.splits.iter().filter(|_| request.events.splits) {
        if let Some(date) = stamp_inside(split.ex_date) {
            events.splits.insert(
                date,
                Split {
                    date,
                    numerator: split.numerator,
                    denominator: split.denominator,
                    split_ratio: format!("{}:{}", split.numerator, split.denominator),
                },
            );
        }
    }
    for cash in &basis.cash {
        let (wanted, list) = if cash.capital_gain {
            (request.events.capital_gains, &mut events.capital_gains)
        } else {
            (request.events.dividends, &mut events.dividends)
        };
        if let Some(date) = stamp_inside(cash.ex_date).filter(|_| wanted) {
            let pays = truth.venue.facts.pays;
            let amount = six_decimals(cash.amount / pays.map_or(1.0, |(_, rate)| rate));
            let currency = pays.map(|(currency, _)| currency);
            list.insert(
                date,
                Cash {
                    amount,
                    date,
                    currency,
                },
            );
        }
    }
    events
}

fn error(status: u16, code: &'static str, description: String) -> Answer {
    written(status, None, Some(ChartError { code, description }))
}

fn written(status: u16, result: Option<[ChartResult<'_>; 1]>, error: Option<ChartError>) -> Answer {
    let body = Body {
        chart: Chart { result, error },
    };
    match serde_json::to_vec(&body) {
        Ok(body) => Answer {
            status,
            content_type: "application/json;charset=utf-8",
            body: body.into(),
        },
        // Only maps with odd keys or failing writers get here; we have neither.
        Err(failure) => Answer {
            status: 500,
            content_type: "text/plain",
            body: failure.to_string().into(),
        },
    }
}
