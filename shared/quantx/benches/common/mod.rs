//! One listing of the synthetic market with twenty years of history, at every stage of its way into
//! the lake.

use jiff::Timestamp;
use quantx::calendar::Calendar;
use quantx::lake::adjust::{Adjustment, adjust};
use quantx::lake::basis::{Fetched, Finality, final_rows};
use quantx::lake::codec::{self, DerivedColumns, FileContext};
use quantx::lake::merge::{History, MergeContext};
use quantx::market::{
    Bar, BasisReading, Date, Exchange, ExchangeCode, ExchangeTable, Listing, SessionRange,
    VendorHistory,
};
use quantx::provider::yahoo::{Parsed, parse_chart};
use quantx_replay::chart::{ChartRequest, Defects, answer};
use quantx_replay::open_market;

/// Its symbol.
pub(crate) const SYMBOL: &str = "S0000";
/// The year whose file is encoded and decoded.
const YEAR: i16 = 2025;

/// The listing and what is known of it.
#[derive(Debug)]
pub(crate) struct Example {
    /// What the vendor answers.
    pub(crate) body: Vec<u8>,
    /// The answer, parsed.
    pub(crate) history: VendorHistory,
    /// The answer in the lake's terms.
    pub(crate) fetched: Fetched,
    /// Sessions of its exchange.
    pub(crate) calendar: Calendar,
    /// Whose.
    pub(crate) listing: Listing,
    /// When the vendor was asked.
    pub(crate) now: Timestamp,
    /// The dates asked for.
    pub(crate) window: SessionRange,
}

impl Example {
    /// Makes it; equal every time.
    pub(crate) fn new() -> Self {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let first: Timestamp = "2006-11-20T00:00:00Z".parse().unwrap();
        let market = open_market(&"synthetic:1:us".parse().unwrap(), 0).unwrap();
        let truth = market.truth(SYMBOL).unwrap();
        let request = ChartRequest::period(first.as_second(), now.as_second());
        let body = answer(&truth, &request, now, &Defects::default())
            .body
            .to_vec();
        let Parsed::History(history) = parse_chart(&body, SYMBOL).unwrap() else {
            panic!("the synthetic market has {SYMBOL}");
        };
        let calendar = Calendar::of("XNYS").unwrap();
        let finality = Finality {
            kind: quantx_market::InstrumentKind::Share,
            calendar: &calendar,
            lag: std::time::Duration::ZERO,
            now,
            range_tolerance: 0.03,
        };
        let fetched = final_rows(
            &history,
            &BasisReading::all_applied(&history).undo(&history),
            finality,
        );
        let window = SessionRange::new(Date::constant(2006, 11, 20), Date::constant(2026, 11, 21));
        Self {
            listing: listing(&history),
            body,
            history: *history,
            fetched,
            calendar,
            now,
            window,
        }
    }

    /// When a row of the answer is final.
    pub(crate) fn finality(&self) -> Finality<'_> {
        Finality {
            kind: quantx_market::InstrumentKind::Share,
            calendar: &self.calendar,
            lag: std::time::Duration::ZERO,
            now: self.now,
            range_tolerance: 0.03,
        }
    }

    /// All its years as stored.
    pub(crate) fn stored(&self) -> History {
        History {
            bars: self.fetched.bars.clone(),
            actions: self.fetched.actions.clone(),
        }
    }

    /// A merge into its history on the day of the answer.
    pub(crate) fn merge_context(&self) -> MergeContext<'static> {
        MergeContext {
            window: self.window,
            pending: &[],
            today: Date::constant(2026, 11, 21),
            word: Default::default(),
        }
    }

    /// The derived columns of its whole history.
    pub(crate) fn adjustment(&self) -> Adjustment {
        adjust(self.fetched.bars.bars(), None, &self.fetched.actions)
    }

    /// One whole year with its derived columns.
    pub(crate) fn year(&self) -> (Vec<Bar>, DerivedColumns) {
        let bars = self.fetched.bars.bars();
        let from = bars.partition_point(|bar| bar.date.year() < YEAR);
        let to = bars.partition_point(|bar| bar.date.year() <= YEAR);
        let derived = DerivedColumns::slice(&self.adjustment(), from..to);
        (bars[from..to].to_vec(), derived)
    }

    /// What the year's file says beside its bars.
    pub(crate) fn file<'a>(&'a self, actions_hash: &'a str) -> FileContext<'a> {
        FileContext {
            listing: &self.listing,
            currency: "USD",
            unit_scale: 1.0,
            actions_hash,
            compression_level: 3,
        }
    }

    /// The hash of its actions.
    pub(crate) fn actions_hash(&self) -> String {
        codec::actions_hash(&self.fetched.actions)
    }
}

fn listing(history: &VendorHistory) -> Listing {
    let us = Exchange {
        code: ExchangeCode::parse("us").unwrap(),
        suffix: String::new(),
        mic: "XNYS".to_owned(),
        time_zone: history.time_zone.clone(),
        currency: "USD".to_owned(),
        unit_scale: 1.0,
        lag: std::time::Duration::ZERO,
    };
    Listing::parse(SYMBOL, &ExchangeTable::new([us]).unwrap()).unwrap()
}
