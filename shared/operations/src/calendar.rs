//! The calendars of the settings as people and other programs read them. Pure.

use jiff::Timestamp;
use serde::Serialize;

use quantx_calendar::{Calendar, known_calendars};
use quantx_market::{Date, Exchange, ExchangeCode, InstrumentKind, Listing, SessionRange};
use quantx_settings::Settings;

/// One calendar in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarEntry {
    /// The lake's code of the exchange; `None` for a calendar that no exchange of the settings has.
    pub code: Option<String>,
    /// The exchange's MIC, or the calendar's name.
    pub mic: String,
    /// IANA name.
    pub time_zone: String,
    /// Wall-clock open of a usual session today, `09:30`.
    pub open: String,
    /// Wall-clock close; `24:00` ends the day.
    pub close: String,
    /// First confirmed date; `None` where nothing is.
    pub confirmed_from: Option<Date>,
    /// Last confirmed date.
    pub confirmed_to: Option<Date>,
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarSession {
    /// Date at the exchange.
    pub date: Date,
    /// Scheduled open.
    pub open_utc: Timestamp,
    /// Scheduled close.
    pub close_utc: Timestamp,
    /// Whether it closes earlier than usual.
    pub half_day: bool,
    /// Whether there may be no session.
    pub approximate: bool,
}

/// The sessions of a calendar between two dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarReport {
    /// Whose.
    #[serde(flatten)]
    pub calendar: CalendarEntry,
    /// First date asked for.
    pub from: Date,
    /// Last date asked for.
    pub to: Date,
    /// Ascending.
    pub sessions: Vec<CalendarSession>,
}

/// Why sessions cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarQuestionError {
    /// Neither exchange nor calendar.
    #[error(
        "read {read:?}, which is no exchange of the settings and no calendar; known are {known}"
    )]
    Unknown { read: String, known: String },
    /// A MIC that several exchanges have.
    #[error("the MIC {mic} belongs to {exchanges}; name one of these")]
    Ambiguous { mic: String, exchanges: String },
    /// Not an interval.
    #[error("--from {from} is after --to {to}; both are inclusive")]
    Reversed { from: Date, to: Date },
    /// Nobody knows those years.
    #[error(
        "{date} is outside of the dates that the calendar {mic} answers for, {first} to {last}"
    )]
    NotCovered {
        date: Date,
        mic: String,
        first: Date,
        last: Date,
    },
}

/// A calendar that was asked for.
#[derive(Debug, Clone)]
pub struct Chosen {
    exchange: Option<ExchangeCode>,
    calendar: Calendar,
}

impl Chosen {
    /// Whether its holidays are in a file of the lake, which the settings do not hold until the lake is opened.
    pub fn needs_lake(&self, settings: &Settings) -> bool {
        let files = settings.calendars.holiday_files();
        files
            .iter()
            .any(|file| Some(&file.exchange) == self.exchange.as_ref())
    }

    /// The year of `now` at the exchange.
    pub fn year(&self, now: Timestamp) -> i16 {
        let zone = self.calendar.time_zone();
        now.in_tz(zone)
            .map_or(now.to_zoned(jiff::tz::TimeZone::UTC).year(), |at| at.year())
    }
}

/// The calendar of a name: an exchange's code, MIC or suffix with its dot, a calendar's name, or the symbol of what
/// stands beside shares (`^GSPC`), whose calendar it keeps; in any case.
///
/// # Errors
/// [`CalendarQuestionError::Unknown`] with what is known, and `Ambiguous`.
pub fn choose(settings: &Settings, name: &str) -> Result<Chosen, CalendarQuestionError> {
    let read = name.trim();
    let exchanges: Vec<&Exchange> = settings.exchanges.iter().map(AsRef::as_ref).collect();
    let of = |exchange: &Exchange| {
        let calendar = settings.calendars.of(&exchange.code)?;
        let exchange = Some(exchange.code.clone());
        Some(Chosen { exchange, calendar })
    };
    let by_code = exchanges.iter().find(|exchange| {
        let suffix = read.strip_prefix('.');
        read.eq_ignore_ascii_case(exchange.code.as_str())
            || suffix.is_some_and(|it| !it.is_empty() && it.eq_ignore_ascii_case(&exchange.suffix))
    });
    let by_mic: Vec<&&Exchange> = exchanges
        .iter()
        .filter(|exchange| read.eq_ignore_ascii_case(&exchange.mic))
        .collect();
    if by_code.is_none() && by_mic.len() > 1 {
        let codes: Vec<&str> = by_mic.iter().map(|it| it.code.as_str()).collect();
        return Err(CalendarQuestionError::Ambiguous {
            mic: by_mic[0].mic.clone(),
            exchanges: codes.join(", "),
        });
    }
    let known = || {
        let known = known_calendars().find(|known| read.eq_ignore_ascii_case(known))?;
        let calendar = Calendar::of(known)?;
        let exchange = None;
        Some(Chosen { exchange, calendar })
    };
    let found = by_code.or(by_mic.first().copied());
    found
        .and_then(|exchange| of(exchange))
        .or_else(known)
        .or_else(|| of_symbol(settings, read))
        .ok_or_else(|| CalendarQuestionError::Unknown {
            read: name.to_owned(),
            known: names(&exchanges),
        })
}

/// A share is asked for by its exchange: whatever is no name of anything looks like a symbol of one.
fn of_symbol(settings: &Settings, read: &str) -> Option<Chosen> {
    let listing = Listing::parse(read, &settings.exchanges).ok()?;
    let is_beside_shares = listing.kind() != InstrumentKind::Share;
    let exchange = settings
        .exchanges
        .sessions_of(&listing)
        .filter(|_| is_beside_shares)?;
    Some(Chosen {
        exchange: Some(exchange.clone()),
        calendar: settings.calendars.of(exchange)?,
    })
}

fn names(exchanges: &[&Exchange]) -> String {
    let of_exchange = exchanges
        .iter()
        .map(|it| format!("{} ({})", it.code, it.mic));
    let others = unused(exchanges).map(str::to_owned);
    of_exchange.chain(others).collect::<Vec<_>>().join(", ")
}

/// Known calendars that no exchange has by its MIC.
fn unused(exchanges: &[&Exchange]) -> impl Iterator<Item = &'static str> {
    let mics: Vec<String> = exchanges.iter().map(|it| it.mic.clone()).collect();
    known_calendars().filter(move |known| !mics.iter().any(|mic| mic == known))
}

/// Every calendar: those of the exchanges by code, then those that no exchange has. Hours are those of `today`.
pub fn list(settings: &Settings, today: Date) -> Vec<CalendarEntry> {
    let exchanges: Vec<&Exchange> = settings.exchanges.iter().map(AsRef::as_ref).collect();
    let of_exchanges = exchanges.iter().filter_map(|exchange| {
        let calendar = settings.calendars.of(&exchange.code)?;
        Some(entry(Some(&exchange.code), &calendar, today))
    });
    let others = unused(&exchanges).filter_map(Calendar::of);
    of_exchanges
        .chain(others.map(|calendar| entry(None, &calendar, today)))
        .collect()
}

/// The sessions of a calendar from `from` to `to`, both inclusive.
///
/// # Errors
/// [`CalendarQuestionError`] for a reversed interval, and for dates that no calendar covers: nothing is guessed.
pub fn sessions(
    chosen: &Chosen,
    from: Date,
    to: Date,
) -> Result<CalendarReport, CalendarQuestionError> {
    let calendar = &chosen.calendar;
    if from > to {
        return Err(CalendarQuestionError::Reversed { from, to });
    }
    let (first, last) = (Calendar::first_date(), Calendar::last_date());
    for date in [from, to] {
        if !(first..=last).contains(&date) {
            let mic = calendar.mic().to_owned();
            return Err(CalendarQuestionError::NotCovered {
                date,
                mic,
                first,
                last,
            });
        }
    }
    let sessions = calendar.sessions(SessionRange::inclusive(from, to));
    let sessions = sessions.map(|session| CalendarSession {
        date: session.date(),
        open_utc: calendar.open(session),
        close_utc: calendar.close(session),
        half_day: calendar.is_half_day(session),
        approximate: calendar.is_approximate_on(session.date()),
    });
    Ok(CalendarReport {
        calendar: entry(chosen.exchange.as_ref(), calendar, to),
        from,
        to,
        sessions: sessions.collect(),
    })
}

fn entry(code: Option<&ExchangeCode>, calendar: &Calendar, on: Date) -> CalendarEntry {
    let (open, close) = calendar.regular_hours(on);
    let clock = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
    let confirmed = calendar.confirmed();
    CalendarEntry {
        code: code.map(ToString::to_string),
        mic: calendar.mic().to_owned(),
        time_zone: calendar.time_zone().to_owned(),
        open: clock(open),
        close: match close == jiff::civil::Time::midnight() {
            true => "24:00".to_owned(),
            false => clock(close),
        },
        confirmed_from: confirmed.map(|range| range.start()),
        confirmed_to: confirmed.map(|range| range.end().yesterday().unwrap_or(range.end())),
    }
}
