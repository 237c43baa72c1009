use jiff::civil::{Time, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::rules::Market;
use super::rules::days::is_weekend;
use quantx_market::{Date, TradingDate};

/// First date of every calendar; older histories are rarer than wrong dates.
pub(super) const FIRST_DATE: Date = date(1960, 1, 1);
/// Last date of every calendar: nobody can say when holidays of later years will be.
pub(super) const LAST_DATE: Date = date(2030, 12, 31);
/// First year of the rules; before it every weekday counts as a session.
pub(super) const FIRST_RULED_YEAR: i16 = 1990;

const SECONDS_PER_DAY: i64 = 86_400;

/// One exchange's rules, worked out for every date: every question is a look-up.
pub(super) struct Table {
    market: &'static Market,
    time_zone: TimeZone,
    sessions: Vec<TradingDate>,
    /// By days since [`FIRST_DATE`]: how many sessions are before that day. One more entry than days.
    ranks: Vec<u16>,
    /// Ascending by date.
    early_closes: Vec<(Date, Time)>,
}

impl Table {
    /// Works out all years; `None` only if the bundled database lacks the market's time zone.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where sessions come from"
    )]
    pub(super) fn build(market: &'static Market) -> Option<Self> {
        // The bundled database and never the system's: the same build gives the same answers.
        let time_zone = TimeZoneDatabase::bundled().get(market.time_zone).ok()?;
        let mut sessions = Vec::with_capacity(19_000);
        let mut ranks = Vec::with_capacity(26_000);
        let mut early_closes = Vec::new();
        for year in FIRST_DATE.year()..=LAST_DATE.year() {
            let rules = match year >= FIRST_RULED_YEAR {
                true => market.year(year),
                false => Default::default(),
            };
            let first = date(year, 1, 1);
            for day in first.series(jiff::Span::new().days(1)) {
                if day.year() != year {
                    break;
                }
                ranks.push(u16::try_from(sessions.len()).ok()?);
                if is_weekend(day) || rules.is_closed(day) {
                    continue;
                }
                sessions.push(TradingDate::approved(day));
                if let Some(close) = rules.early_close(day) {
                    early_closes.push((day, close));
                }
            }
        }
        ranks.push(u16::try_from(sessions.len()).ok()?);
        Some(Self {
            market,
            time_zone,
            sessions,
            ranks,
            early_closes,
        })
    }

    pub(super) fn market(&self) -> &'static Market {
        self.market
    }

    pub(super) fn sessions(&self) -> &[TradingDate] {
        &self.sessions
    }

    /// How many sessions are before `date`: also the index of the first session on or after it.
    pub(super) fn rank(&self, date: Date) -> usize {
        self.rank_at(days_between(FIRST_DATE, date))
    }

    /// How many sessions are on or before `date`.
    pub(super) fn rank_after(&self, date: Date) -> usize {
        self.rank_at(days_between(FIRST_DATE, date) + 1)
    }

    fn rank_at(&self, day: i64) -> usize {
        let last = self.ranks.len() - 1;
        let day = usize::try_from(day.max(0)).map_or(last, |day| day.min(last));
        usize::from(self.ranks[day])
    }

    pub(super) fn early_close(&self, date: Date) -> Option<Time> {
        let found = self
            .early_closes
            .binary_search_by_key(&date, |(day, _)| *day);
        found.ok().map(|index| self.early_closes[index].1)
    }

    /// The instant of a wall-clock time at the exchange; dates no timestamp can hold saturate.
    pub(super) fn instant(&self, date: Date, time: Time) -> Timestamp {
        let wall = days_between(jiff::civil::Date::constant(1970, 1, 1), date) * SECONDS_PER_DAY
            + i64::from(time.hour()) * 3600
            + i64::from(time.minute()) * 60;
        let at = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        // The offset of the wall time read as UTC is right but for the hours around a change of
        // clocks; the second look settles those. No market opens or closes inside a change.
        let guess = self.time_zone.to_offset(at(wall)).seconds();
        let offset = self
            .time_zone
            .to_offset(at(wall - i64::from(guess)))
            .seconds();
        at(wall - i64::from(offset))
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    let elapsed: SignedDuration = to.duration_since(from);
    elapsed.as_secs() / SECONDS_PER_DAY
}
