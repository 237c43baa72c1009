use jiff::civil::Date;

use super::habits::{Habits, SplitTerms};
use crate::random::SplitMix64;
use crate::sessions::Session;
use crate::truth::DailyRow;
use crate::venue::Venue;
use quantx_market::{Action, ActionKind, ActionSet, SessionRange};

/// Bounds of a price in ticks: 1.00 to 2,000.00 where a tick is a cent.
const LOWEST: i64 = 100;
const HIGHEST: i64 = 200_000;

/// Volumes are multiples of it: the splits of the market's listings keep them whole, as real ones
/// (nearly) do, so that a client can undo them exactly.
const LOT: i64 = 400;

/// Sessions between two dividends.
const QUARTER: usize = 63;

/// A made-up history.
#[derive(Debug)]
pub(super) struct History {
    pub(super) rows: Vec<DailyRow>,
    pub(super) actions: ActionSet,
    pub(super) suspensions: Vec<SessionRange>,
    /// When a listing with that habit changes its symbol.
    pub(super) rename_date: Date,
}

/// A random walk in whole ticks. Integers only, so that it is the same on every machine.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    random: SplitMix64,
    venue: &'a Venue,
    habits: Habits,
    /// Sessions of the listing: `start..end` by index.
    start: usize,
    end: usize,
    /// Last close in ticks; after a split of the day in new shares.
    close: i64,
    /// Where the price is drawn to.
    target: i64,
    usual_volume: i64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(mut random: SplitMix64, venue: &'a Venue, habits: Habits) -> Self {
        let n_sessions = venue.sessions.len();
        let mut share = |low: i64, high: i64| n_sessions * random.between(low, high) as usize / 100;
        let start = if habits.late { share(20, 60) } else { 0 };
        let end = if habits.delisted {
            share(65, 90)
        } else {
            n_sessions
        };
        let target = random.between(2_000, 30_000);
        Self {
            venue,
            habits,
            start,
            end,
            close: random.between(target / 2, target * 3 / 2),
            target,
            usual_volume: random.between(200, 40_000) * LOT,
            random,
        }
    }

    /// The whole history.
    pub(super) fn run(mut self) -> History {
        let mut history = History {
            rows: Vec::with_capacity(self.end.saturating_sub(self.start)),
            actions: ActionSet::default(),
            suspensions: Vec::new(),
            rename_date: Date::MAX,
        };
        let at_share = |share: i64| self.venue.sessions.len() * share as usize / 100;
        let rename = at_share(self.random.between(75, 90));
        if let Some(session) = self.venue.sessions.get(rename) {
            history.rename_date = session.date;
        }
        let spells = self.suspensions();
        history.suspensions = spells
            .iter()
            .filter_map(|spell| self.dates(*spell))
            .collect();
        let mut splits = self.split_days().into_iter().peekable();
        let first_dividend = self.start + self.random.between(1, QUARTER as i64) as usize;
        let mut owed = false;
        for index in self.start..self.end {
            let Some(session) = self.venue.sessions.get(index).copied() else {
                break;
            };
            owed |= self.habits.dividends
                && index >= first_dividend
                && (index - first_dividend).is_multiple_of(QUARTER);
            if spells
                .iter()
                .any(|(start, end)| (*start..*end).contains(&index))
            {
                continue;
            }
            let due = splits.peek().copied().filter(|(day, _)| index >= *day);
            if let Some((_, terms)) = due {
                if self.can_split(terms) {
                    history.actions.insert(self.split(session.date, terms));
                    owed |= self.habits.same_day;
                    splits.next();
                } else {
                    self.drift_towards(terms);
                }
            }
            if owed {
                owed = false;
                history.actions.insert(self.dividend(session.date));
            }
            history.rows.push(self.trade(&session));
        }
        history
    }

    /// Two spells without trading, as session indices; the second ends in the later years.
    fn suspensions(&mut self) -> Vec<(usize, usize)> {
        if !self.habits.suspended {
            return Vec::new();
        }
        let length = self.end - self.start;
        let mut spell = |low: i64, high: i64| {
            let start = self.start + length * self.random.between(low, high) as usize / 100;
            (start, start + self.random.between(3, 45) as usize)
        };
        vec![spell(20, 40), spell(70, 90)]
    }

    fn dates(&self, (start, end): (usize, usize)) -> Option<SessionRange> {
        let first = self.venue.sessions.get(start)?.date;
        Some(SessionRange::new(first, self.venue.sessions.get(end)?.date))
    }

    /// When each split is due; it takes effect as soon as the price allows.
    fn split_days(&mut self) -> Vec<(usize, SplitTerms)> {
        let n_splits = self.habits.splits.len();
        let part = (self.end - self.start) / (n_splits + 1);
        let mut days = Vec::with_capacity(n_splits);
        for (number, terms) in self.habits.splits.iter().enumerate() {
            let wait = self.random.between(part as i64 / 3, part as i64) as usize;
            days.push((self.start + part * number + wait, *terms));
        }
        days
    }

    fn can_split(&self, (new, old): SplitTerms) -> bool {
        (5 * LOWEST..HIGHEST / 4).contains(&(self.close * old / new))
    }

    /// Brings the price, by a percent a day at most, where the split is possible.
    fn drift_towards(&mut self, (new, old): SplitTerms) {
        let target = 10 * LOWEST * new / old;
        self.close += (target - self.close).clamp(-self.close / 100, self.close / 100);
        self.target = target;
    }

    fn split(&mut self, ex_date: Date, (new, old): SplitTerms) -> Action {
        self.close = self.close * old / new;
        self.target = self.close;
        Action {
            ex_date,
            kind: ActionKind::Split {
                numerator: new as f64,
                denominator: old as f64,
            },
        }
    }

    fn dividend(&mut self, ex_date: Date) -> Action {
        let ticks = (self.close * self.random.between(30, 120) / 10_000).max(1);
        self.close = (self.close - ticks).max(LOWEST);
        Action {
            ex_date,
            kind: ActionKind::Dividend {
                amount: self.price(ticks),
            },
        }
    }

    fn trade(&mut self, session: &Session) -> DailyRow {
        let drift = 4 * (self.target - self.close) / self.target.max(self.close);
        let change = drift + (0..4).map(|_| self.random.between(-90, 90)).sum::<i64>();
        let mut near = |price: i64, low: i64, high: i64| {
            (price + price * self.random.between(low, high) / 10_000).clamp(LOWEST, HIGHEST)
        };
        let open = near(self.close, -70, 70);
        let close = (self.close + self.close * change / 10_000).clamp(LOWEST, HIGHEST);
        let high = near(open.max(close), 0, 90);
        let low = near(open.min(close), -90, 0);
        let volume = self.usual_volume * self.random.between(50, 220) / 100 / LOT * LOT;
        self.close = close;
        DailyRow {
            date: session.date,
            open: Some(self.price(open)),
            high: Some(self.price(high)),
            low: Some(self.price(low)),
            close: Some(self.price(close)),
            volume: Some(volume.unsigned_abs()),
        }
    }

    fn price(&self, ticks: i64) -> f64 {
        ticks as f64 / f64::from(self.venue.facts.ticks_per_unit)
    }
}
