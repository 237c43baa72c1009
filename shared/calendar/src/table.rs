use jiff::civil::{Date as CivilDate, Time, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::closure::{Closures, LONGEST_OF_ALL};
use super::rules::{Hours, Market, Special, Year, hours_on};
use crate::{DayException, Exceptions};
use quantx_market::{Date, TradingDate};

/// First date of every calendar; older histories are rarer than wrong dates.
pub(super) const FIRST_DATE: Date = date(1960, 1, 1);
/// Last date of every calendar: nobody can say when holidays of later years will be.
pub(super) const LAST_DATE: Date = date(2030, 12, 31);
/// First year of the rules; before it every weekday counts as a session.
const FIRST_RULED_YEAR: i16 = 1990;

const SECONDS_PER_DAY: i64 = 86_400;

/// One exchange's rules, worked out for every date: every question is a look-up.
pub(super) struct Table {
    name: Box<str>,
    time_zone: TimeZone,
    hours: Box<[Hours]>,
    /// First and last date that are confirmed.
    exact: Option<(Date, Date)>,
    /// Ascending dates within these that are not confirmed all the same.
    unknown: Vec<Date>,
    /// Ascending dates that somebody has named, wherever they are.
    named: Vec<Date>,
    /// The most days of the week in a row that it is regularly closed for.
    longest_closure: usize,
    sessions: Vec<TradingDate>,
    /// By days since [`FIRST_DATE`]: how many sessions are before that day. One more entry than days.
    ranks: Vec<u16>,
    /// Ascending by date.
    special: Vec<(Date, Special)>,
}

/// What a table is made from, beside its sessions.
pub(super) struct Frame {
    pub(super) name: Box<str>,
    pub(super) time_zone: TimeZone,
    pub(super) hours: Box<[Hours]>,
    pub(super) exact: Option<(Date, Date)>,
    pub(super) unknown: Vec<Date>,
}

impl Table {
    /// Works out all years of an exchange; `None` only if the bundled database lacks its time zone.
    pub(super) fn of(market: &Market) -> Option<Self> {
        let frame = Frame {
            name: market.mic.into(),
            time_zone: time_zone(market.time_zone)?,
            hours: market.hours.into(),
            exact: market.exact(),
            unknown: market.unknown(),
        };
        let rules = |year| match year >= FIRST_RULED_YEAR {
            true => market.year(year),
            false => Year::default(),
        };
        let trades = |day: Date| {
            market.first.is_none_or(|first| first <= day) && market.trades_on_weekday_of(day)
        };
        Self::build(frame, rules, trades)
    }

    /// Works out all years: those of `trades` are sessions, but for the holidays of `rules`.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where sessions come from"
    )]
    pub(super) fn build(
        frame: Frame,
        rules: impl Fn(i16) -> Year,
        trades: impl Fn(Date) -> bool,
    ) -> Option<Self> {
        let mut sessions = Vec::with_capacity(19_000);
        let mut ranks = Vec::with_capacity(26_000);
        let mut special = Vec::new();
        let mut closures = Closures::default();
        for year in FIRST_DATE.year()..=LAST_DATE.year() {
            let rules = rules(year);
            let mut next = Some(date(year, 1, 1));
            while let Some(day) = next.filter(|day| day.year() == year) {
                next = day.tomorrow().ok();
                ranks.push(u16::try_from(sessions.len()).ok()?);
                let regular = trades(day);
                let open = regular && !rules.is_closed(day) || rules.is_opened(day);
                let known = frame
                    .exact
                    .is_some_and(|(from, to)| from <= day && day <= to);
                if open || regular && !known {
                    closures.end();
                } else if regular {
                    closures.closed(year);
                }
                if !open {
                    continue;
                }
                sessions.push(TradingDate::approved(day));
                if let Some(hours) = rules.special(day) {
                    special.push((day, hours));
                }
            }
        }
        ranks.push(u16::try_from(sessions.len()).ok()?);
        let Frame {
            name,
            time_zone,
            hours,
            exact,
            unknown,
        } = frame;
        Some(Self {
            name,
            time_zone,
            hours,
            exact,
            unknown,
            named: Vec::new(),
            longest_closure: match exact {
                Some(_) => closures.longest(),
                None => LONGEST_OF_ALL,
            },
            sessions,
            ranks,
            special,
        })
    }

    /// The same, but that the dates of `exceptions` are as they say, and confirmed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a session that the settings name is one"
    )]
    pub(super) fn amended(&self, exceptions: &Exceptions) -> Option<Self> {
        let mut sessions: Vec<TradingDate> = self.sessions.clone();
        let mut special = self.special.clone();
        for (day, exception) in exceptions.iter() {
            let found = sessions.binary_search_by_key(&day, |session| session.date());
            match (exception, found) {
                (DayException::Closed, Ok(index)) => {
                    sessions.remove(index);
                }
                (DayException::Open, Err(index)) => {
                    sessions.insert(index, TradingDate::approved(day));
                }
                _ => {}
            }
            if let DayException::EarlyClose(close) = exception {
                let hours = Special {
                    open: None,
                    close: Some(close),
                };
                match special.binary_search_by_key(&day, |(day, _)| *day) {
                    Ok(index) => special[index] = (day, hours),
                    Err(index) => special.insert(index, (day, hours)),
                }
            }
        }
        let mut ranks = Vec::with_capacity(self.ranks.len());
        let mut at = 0;
        let mut next = Some(FIRST_DATE);
        while let Some(day) = next.filter(|day| *day <= LAST_DATE) {
            next = day.tomorrow().ok();
            ranks.push(u16::try_from(at).ok()?);
            at += usize::from(
                sessions
                    .get(at)
                    .is_some_and(|session| session.date() == day),
            );
        }
        ranks.push(u16::try_from(at).ok()?);
        let named: Vec<Date> = exceptions.iter().map(|(day, _)| day).collect();
        let unknown = self.unknown.iter().copied();
        Some(Self {
            name: self.name.clone(),
            time_zone: self.time_zone.clone(),
            hours: self.hours.clone(),
            exact: self.exact,
            unknown: unknown.filter(|day| !named.contains(day)).collect(),
            named,
            longest_closure: self.longest_closure,
            sessions,
            ranks,
            special,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn exact(&self) -> Option<(Date, Date)> {
        self.exact
    }

    /// Ascending dates within the confirmed ones on which sources disagree.
    pub(super) fn unknown(&self) -> &[Date] {
        &self.unknown
    }

    /// Whether the answer for `date` is confirmed.
    pub(super) fn is_exact_on(&self, date: Date) -> bool {
        let exact = self
            .exact
            .is_some_and(|(from, to)| (from..=to).contains(&date));
        let exact = exact && self.unknown.binary_search(&date).is_err();
        exact || self.named.binary_search(&date).is_ok()
    }

    /// Ascending dates that somebody has named.
    pub(super) fn named(&self) -> &[Date] {
        &self.named
    }

    /// The most days of the week in a row that it is regularly closed for.
    pub(super) fn longest_closure(&self) -> usize {
        self.longest_closure
    }

    pub(super) fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// Wall-clock open and close of a usual session on `date`.
    pub(super) fn regular_hours(&self, date: Date) -> (Time, Time) {
        let open = hours_on(&self.hours, date).map_or(Time::midnight(), |hours| hours.open);
        (open, self.regular_close(date))
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

    /// Scheduled open of a session.
    pub(super) fn open(&self, date: Date) -> Timestamp {
        let own = self.special(date).and_then(|special| special.open);
        let open = own.unwrap_or_else(|| {
            hours_on(&self.hours, date).map_or(Time::midnight(), |hours| hours.open)
        });
        self.instant(date, open)
    }

    /// Scheduled close of a session: a close at midnight ends the day.
    pub(super) fn close(&self, date: Date) -> Timestamp {
        let own = self.special(date).and_then(|special| special.close);
        let close = own.unwrap_or_else(|| self.regular_close(date));
        match close == Time::midnight() {
            true => self.instant(date.tomorrow().unwrap_or(date), close),
            false => self.instant(date, close),
        }
    }

    /// Whether a session ends before the regular time.
    pub(super) fn closes_early(&self, date: Date) -> bool {
        let regular = self.regular_close(date);
        let own = self.special(date).and_then(|special| special.close);
        own.is_some_and(|close| close < regular || regular == Time::midnight())
    }

    fn regular_close(&self, date: Date) -> Time {
        hours_on(&self.hours, date).map_or(Time::midnight(), |hours| hours.close_on(date))
    }

    fn special(&self, date: Date) -> Option<Special> {
        let found = self.special.binary_search_by_key(&date, |(day, _)| *day);
        found.ok().map(|index| self.special[index].1)
    }

    /// The instant of a wall-clock time at the exchange; dates no timestamp can hold saturate.
    fn instant(&self, date: Date, time: Time) -> Timestamp {
        let wall = days_between(CivilDate::constant(1970, 1, 1), date) * SECONDS_PER_DAY
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

/// From the bundled database and never the system's: the same build gives the same answers.
pub(super) fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    let elapsed: SignedDuration = to.duration_since(from);
    elapsed.as_secs() / SECONDS_PER_DAY
}
