//! How far the life of each bar has come at an instant.

use jiff::Timestamp;
use jiff::civil::{Date, Time, time};

use crate::venue::Venue;

/// Local time at which a live bar becomes official, and the volume of the day before final.
///
/// Source: measured on New York; taken for every exchange.
const EVENING: Time = time(22, 0, 0, 0);

/// How far the life of a session's bar has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum BarLife {
    /// The exchange is open; `progress` of the session is over, from 0 to 1.
    Open { progress: f64 },
    /// Closed, but the bar is still the live one, stamped with the last trade.
    Evening,
    /// The official bar; its volume is not.
    Restating,
    /// Never changes any more.
    Final,
}

/// An instant as an exchange sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// UTC seconds.
    pub(crate) as_of: i64,
    /// The exchange's date.
    pub(crate) today: Date,
    /// Number of sessions that have opened.
    pub(crate) opened: usize,
    /// The latest instant at which any answer changed; equal moments have equal answers.
    pub(crate) stage: i64,
}

impl Moment {
    pub(crate) fn at(venue: &Venue, as_of: Timestamp) -> Self {
        let today = as_of.to_zoned(venue.zone.clone()).date();
        let as_of = as_of.as_second();
        let opened = venue.sessions.opened_by(as_of);
        let mut stage = venue.stamp(today, Time::midnight());
        for index in opened.saturating_sub(3)..opened {
            let Some(session) = venue.sessions.get(index) else {
                continue;
            };
            if as_of <= session.close {
                stage = as_of;
            }
            for change in [session.close + 1, venue.stamp(session.date, EVENING)] {
                if change <= as_of {
                    stage = stage.max(change);
                }
            }
        }
        // The evening of a date without a session after the last one known.
        let tonight = venue.stamp(today, EVENING);
        if tonight <= as_of {
            stage = stage.max(tonight);
        }
        Self {
            as_of,
            today,
            opened,
            stage,
        }
    }

    /// The life of the bar of the session at `index`, which must have opened.
    pub(super) fn life(&self, venue: &Venue, index: usize) -> BarLife {
        if index + 2 < self.opened {
            return BarLife::Final;
        }
        let Some(session) = venue.sessions.get(index) else {
            return BarLife::Final;
        };
        if self.as_of <= session.close {
            let length = (session.close - session.open).max(1) as f64;
            let progress = (self.as_of - session.open) as f64 / length;
            return BarLife::Open { progress };
        }
        if self.as_of < venue.stamp(session.date, EVENING) {
            return BarLife::Evening;
        }
        // Past the end of the known sessions the next day stands for the next session.
        let next = venue.sessions.get(index + 1).map_or_else(
            || session.date.tomorrow().unwrap_or(Date::MAX),
            |next| next.date,
        );
        if self.as_of < venue.stamp(next, EVENING) {
            BarLife::Restating
        } else {
            BarLife::Final
        }
    }
}
