//! `exchanges.*.calendar`: a known calendar, a known one with dates of one's own, or one's own.

mod read;

use std::collections::BTreeMap;
use std::fmt;

use quantx_calendar::{Calendar, CalendarError, CustomCalendar, Exceptions};
use quantx_market::{Exchange, ExchangeCode};

use super::layers::Layers;
use super::problem::{Place, SettingsProblem};
pub(super) use read::read;

/// The calendars of all exchanges of the settings.
#[derive(Debug, Clone, Default)]
pub struct Calendars(BTreeMap<ExchangeCode, Planned>);

/// Holidays that stand in a file of the lake, which the caller reads.
#[derive(Debug, Clone)]
pub struct HolidayFile {
    /// Whose holidays.
    pub exchange: ExchangeCode,
    /// Path in the lake, as `meta/holidays_ae.txt`.
    pub path: String,
    /// Where the settings name it.
    pub place: Place,
}

/// Why the file of an exchange's holidays cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: exchanges.{}.calendar.holidays: {} of the lake: {reason}", file.place, file.exchange, file.path)]
pub struct HolidayFileError {
    /// Which.
    pub file: HolidayFile,
    /// What is wrong with it.
    pub reason: String,
}

/// One exchange's calendar.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    base: Base,
    holidays: Holidays,
    /// `None`: a known calendar as it is, which is made when it is asked for.
    built: Option<Calendar>,
}

#[derive(Debug, Clone)]
enum Base {
    Known(String),
    /// Without its exceptions.
    Own(Box<CustomCalendar>),
}

#[derive(Debug, Clone)]
enum Holidays {
    Unsaid,
    Listed(Exceptions),
    File { path: String, place: Place },
}

/// A calendar as it was read, before the exchange's time zone is known.
#[derive(Debug)]
pub(super) struct Draft {
    planned: Planned,
    key: String,
    place: Place,
    shown: String,
    /// Where each date and each part stands.
    dates: Vec<(quantx_market::Date, Place, String)>,
}

impl Draft {
    /// The zone of a known calendar.
    pub(super) fn time_zone(&self) -> Option<&'static str> {
        match &self.planned.base {
            Base::Known(name) => quantx_calendar::time_zone_of(name),
            Base::Own(_) => None,
        }
    }

    /// Makes the calendar; `None` when it cannot be one, which is then reported.
    pub(super) fn build(mut self, layers: &mut Layers<'_>, exchange: &Exchange) -> Option<Planned> {
        if let Base::Own(own) = &mut self.planned.base {
            own.name = exchange.mic.clone();
            own.time_zone = exchange.time_zone.iana_name()?.to_owned();
        }
        let exceptions = match &self.planned.holidays {
            Holidays::Listed(exceptions) => Some(exceptions.clone()),
            Holidays::Unsaid | Holidays::File { .. } => None,
        };
        match self.planned.base.build(exceptions) {
            Ok(built) => {
                self.planned.built = built;
                Some(self.planned)
            }
            Err(error) => {
                let at = self
                    .dates
                    .iter()
                    .find(|(date, ..)| Some(*date) == error.date());
                let (key, place, read) = match at {
                    Some((_, place, read)) => (
                        format!("{}.holidays", self.key),
                        place.clone(),
                        format!("{read:?}"),
                    ),
                    None => (self.key, self.place, self.shown),
                };
                layers.problems.push(SettingsProblem {
                    place,
                    key,
                    read,
                    allowed: "a week, hours and dates that fit together".to_owned(),
                    hint: Some(error.to_string()),
                });
                None
            }
        }
    }
}

impl Base {
    /// `None` is a known calendar as it is.
    fn build(&self, exceptions: Option<Exceptions>) -> Result<Option<Calendar>, CalendarError> {
        match (self, exceptions) {
            (Self::Known(_), None) => Ok(None),
            (Self::Known(name), Some(exceptions)) => {
                let known = Calendar::of(name);
                known.map(|known| known.amended(&exceptions)).transpose()
            }
            (Self::Own(own), exceptions) => {
                let own = CustomCalendar {
                    exceptions,
                    ..(**own).clone()
                };
                own.build().map(Some)
            }
        }
    }
}

impl Calendars {
    pub(super) fn add(&mut self, code: ExchangeCode, calendar: Planned) {
        self.0.insert(code, calendar);
    }

    /// The calendar of an exchange; `None` for one that the settings do not have. Until the file of its
    /// holidays is read, one that needs it knows none of them and is approximate.
    pub fn of(&self, exchange: &ExchangeCode) -> Option<Calendar> {
        let planned = self.0.get(exchange)?;
        match (&planned.built, &planned.base) {
            (Some(built), _) => Some(built.clone()),
            (None, Base::Known(name)) => Calendar::of(name),
            (None, Base::Own(_)) => None,
        }
    }

    /// Whether an exchange has the calendar of this program, and no date of one's own.
    pub fn is_built_in(&self, exchange: &ExchangeCode) -> bool {
        let planned = self.0.get(exchange);
        planned.is_some_and(|it| it.built.is_none() && matches!(it.holidays, Holidays::Unsaid))
    }

    /// The files of the lake that holidays stand in.
    pub fn holiday_files(&self) -> Vec<HolidayFile> {
        let files = self.0.iter().filter_map(|(exchange, planned)| {
            let Holidays::File { path, place } = &planned.holidays else {
                return None;
            };
            Some(HolidayFile {
                exchange: exchange.clone(),
                path: path.clone(),
                place: place.clone(),
            })
        });
        files.collect()
    }

    /// Takes the holidays of an exchange from the text of its file; `None` is a file that is not there.
    ///
    /// # Errors
    /// [`HolidayFileError`] for a file that is missing or no table of holidays, with file and line.
    pub fn take_holidays(
        &mut self,
        file: &HolidayFile,
        text: Option<&str>,
    ) -> Result<(), HolidayFileError> {
        let error = |reason: String| HolidayFileError {
            file: file.clone(),
            reason,
        };
        let missing = || {
            let rule = "put it there, one date a line, as \"2024-12-25 Christmas\"";
            error(format!("there is no such file; {rule}"))
        };
        let text = text.ok_or_else(missing)?;
        let told = |it: CalendarError| error(it.to_string());
        let exceptions = Exceptions::parse(text).map_err(told)?;
        if let Some(planned) = self.0.get_mut(&file.exchange) {
            planned.built = planned.base.build(Some(exceptions)).map_err(told)?;
        }
        Ok(())
    }
}

impl fmt::Display for HolidayFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}
