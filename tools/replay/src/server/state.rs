use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::log::RequestLog;
use super::options::ReplayOptions;
use crate::bounded::Bounded;
use crate::chart::{Answer, ChartRequest, Defects, EventKinds, Moment, Window, answer, not_found};
use crate::fault::FaultPlan;
use crate::markets::Market;
use crate::venue::Venue;
use quantx_clock::Clock;

/// Bytes of rendered answers kept, so that a benchmark measures the client: 1,000 listings of
/// twenty years are about 600 MB.
const KEPT_BYTES: usize = 1 << 30;

/// Everything that requests share.
#[derive(Debug)]
pub(super) struct State {
    pub(super) market: Arc<dyn Market>,
    pub(super) faults: FaultPlan,
    pub(super) latency: Duration,
    seed: u64,
    clock: Arc<dyn Clock>,
    as_of: Mutex<Option<Timestamp>>,
    log: Mutex<RequestLog>,
    rendered: Mutex<Bounded<RenderedKey, Answer>>,
}

/// Equal keys have equal answers: requests by the sessions they cover, instants by the stage that
/// the market had reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RenderedKey {
    symbol: String,
    stage: i64,
    first: usize,
    end: usize,
    reaches_now: bool,
    /// The name of the range is part of the answer.
    range: Option<&'static str>,
    events: EventKinds,
}

impl State {
    pub(super) fn new(options: ReplayOptions, market: Arc<dyn Market>) -> Self {
        Self {
            market,
            faults: options.faults,
            latency: options.latency,
            seed: options.seed,
            clock: options.clock,
            as_of: Mutex::new(options.as_of),
            log: Mutex::default(),
            rendered: Mutex::new(Bounded::new(KEPT_BYTES)),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        let fixed = *unpoisoned(&self.as_of);
        fixed.unwrap_or_else(|| self.clock.now())
    }

    pub(super) fn set_as_of(&self, as_of: Timestamp) {
        *unpoisoned(&self.as_of) = Some(as_of);
    }

    pub(super) fn log(&self) -> MutexGuard<'_, RequestLog> {
        unpoisoned(&self.log)
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// The answer with the flaws of its day, and those that only this request has.
    pub(super) fn answer(
        &self,
        symbol: &str,
        request: &ChartRequest,
        now: Timestamp,
        of_this_request: &Defects,
    ) -> Answer {
        if let Some(recorded) = self.market.recorded(symbol, now) {
            return recorded;
        }
        let Some(venue) = self.market.venue(symbol) else {
            return not_found();
        };
        let moment = Moment::at(&venue, now);
        if self.faults.denies(self.seed, symbol, moment.today) {
            return not_found();
        }
        if *of_this_request != Defects::default() || request.interval != "1d" {
            return self.render(symbol, request, now, &moment, of_this_request);
        }
        let key = rendered_key(symbol, request, &venue, &moment);
        if let Some(rendered) = unpoisoned(&self.rendered).get(&key) {
            return rendered;
        }
        let rendered = self.render(symbol, request, now, &moment, of_this_request);
        // Refusals quote the request's own numbers, which the key does not hold.
        if rendered.status == 200 {
            let weight = rendered.body.len();
            unpoisoned(&self.rendered).put(key, rendered.clone(), weight);
        }
        rendered
    }

    fn render(
        &self,
        symbol: &str,
        request: &ChartRequest,
        now: Timestamp,
        moment: &Moment,
        of_this_request: &Defects,
    ) -> Answer {
        let Some(truth) = self.market.truth(symbol) else {
            return not_found();
        };
        let mut defects = self.faults.defects(self.seed, &truth, moment.today);
        defects.null_rows = of_this_request.null_rows;
        defects
            .wrong_symbol
            .clone_from(&of_this_request.wrong_symbol);
        answer(&truth, request, now, &defects)
    }
}

fn rendered_key(
    symbol: &str,
    request: &ChartRequest,
    venue: &Venue,
    moment: &Moment,
) -> RenderedKey {
    let cut = request.cut(venue, moment);
    RenderedKey {
        symbol: symbol.to_owned(),
        stage: moment.stage,
        first: cut.first,
        end: cut.end,
        reaches_now: cut.reaches_now,
        range: match request.window {
            Window::Period { .. } => None,
            Window::Range(range) => Some(range.name()),
        },
        events: request.events,
    }
}

/// No lock here guards anything that a panic could leave half done.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
