//! The exchanges of a replayed market, as Yahoo's `meta` describes them.

use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;

use super::sessions::Sessions;
use quantx_calendar::{Calendar, CustomCalendar, Exceptions, WeekMask};

/// What Yahoo says of an exchange whatever the day.
#[derive(Debug, PartialEq)]
pub struct VenueFacts {
    /// Vendor suffix with its dot, empty for the United States.
    pub suffix: &'static str,
    /// Name of the calendar.
    pub mic: &'static str,
    /// `meta.exchangeName`.
    pub name: &'static str,
    /// `meta.fullExchangeName`.
    pub full_name: &'static str,
    /// `meta.exchangeTimezoneName`.
    pub zone_name: &'static str,
    /// Regular open, local.
    pub open: Time,
    /// Regular close, local; a half day's comes from the calendar.
    pub close: Time,
    /// Trading before the open starts here, local; the open itself if there is none.
    pub pre: Time,
    /// Trading after the close ends here, local; the close itself if there is none.
    pub post: Time,
    /// `meta.currency`, the quoted unit.
    pub currency: &'static str,
    /// Quoted units in one tick of the made-up markets.
    pub ticks_per_unit: u32,
    /// `meta.priceHint`: decimals to show.
    pub price_hint: u8,
    /// `meta.instrumentType`.
    pub instrument: &'static str,
    /// What dividends are paid in, if not in the quoted unit, and how many of that one unit of it is for the vendor.
    pub pays: Option<(&'static str, f64)>,
}

impl VenueFacts {
    /// The library's calendar of it, or one of the vendor's own.
    pub(super) fn calendar(&self) -> Option<Calendar> {
        if self.mic != DUBAI.mic {
            return Calendar::of(self.mic);
        }
        let mut table = DUBAI_HOLIDAYS.to_owned();
        for year in 2000..=2026 {
            table.push_str(&format!("{year}-01-01\n{year}-12-02\n"));
        }
        let own = CustomCalendar {
            name: self.mic.to_owned(),
            time_zone: self.zone_name.to_owned(),
            week: WeekMask::MONDAY_TO_FRIDAY,
            open: self.open,
            close: self.close,
            breaks: Vec::new(),
            exceptions: Some(Exceptions::parse(&table).ok()?),
        };
        own.build().ok()
    }

    /// UTC seconds of a local time; `None` only outside the range of time stamps.
    pub(super) fn stamp(&self, zone: &TimeZone, date: Date, at: Time) -> Option<i64> {
        let zoned = date.to_datetime(at).to_zoned(zone.clone()).ok()?;
        Some(zoned.timestamp().as_second())
    }
}

/// New York.
pub(super) static UNITED_STATES: VenueFacts = VenueFacts {
    suffix: "",
    mic: "XNYS",
    name: "NYQ",
    full_name: "NYSE",
    zone_name: "America/New_York",
    open: time(9, 30, 0, 0),
    close: time(16, 0, 0, 0),
    pre: time(4, 0, 0, 0),
    post: time(20, 0, 0, 0),
    currency: "USD",
    ticks_per_unit: 100,
    price_hint: 2,
    instrument: "EQUITY",
    pays: None,
};

/// Hong Kong.
pub(super) static HONG_KONG: VenueFacts = VenueFacts {
    suffix: ".HK",
    mic: "XHKG",
    name: "HKG",
    full_name: "HKSE",
    zone_name: "Asia/Hong_Kong",
    open: time(9, 30, 0, 0),
    close: time(16, 0, 0, 0),
    pre: time(9, 30, 0, 0),
    post: time(16, 0, 0, 0),
    currency: "HKD",
    ticks_per_unit: 100,
    price_hint: 3,
    instrument: "EQUITY",
    pays: None,
};

/// Tokyo, whose prices are whole yen.
pub(super) static TOKYO: VenueFacts = VenueFacts {
    suffix: ".T",
    mic: "XTKS",
    name: "JPX",
    full_name: "Tokyo",
    zone_name: "Asia/Tokyo",
    open: time(9, 0, 0, 0),
    close: time(15, 0, 0, 0),
    pre: time(9, 0, 0, 0),
    post: time(15, 0, 0, 0),
    currency: "JPY",
    ticks_per_unit: 1,
    price_hint: 2,
    instrument: "EQUITY",
    pays: None,
};

/// London, whose prices are pence.
pub(super) static LONDON: VenueFacts = VenueFacts {
    suffix: ".L",
    mic: "XLON",
    name: "LSE",
    full_name: "LSE",
    zone_name: "Europe/London",
    open: time(8, 0, 0, 0),
    close: time(16, 30, 0, 0),
    pre: time(5, 15, 0, 0),
    post: time(17, 15, 0, 0),
    currency: "GBp",
    ticks_per_unit: 100,
    price_hint: 2,
    instrument: "EQUITY",
    pays: None,
};

/// Dubai, which has no calendar in the library: whoever asks for it brings one.
pub(super) static DUBAI: VenueFacts = VenueFacts {
    suffix: ".AE",
    mic: "XDFM",
    name: "DFM",
    full_name: "Dubai",
    zone_name: "Asia/Dubai",
    open: time(10, 0, 0, 0),
    close: time(15, 0, 0, 0),
    pre: time(10, 0, 0, 0),
    post: time(15, 0, 0, 0),
    currency: "AED",
    ticks_per_unit: 100,
    price_hint: 2,
    instrument: "EQUITY",
    pays: None,
};

/// Indices of New York.
pub(super) static NEW_YORK_INDICES: VenueFacts = VenueFacts {
    name: "SNP",
    full_name: "SNP",
    instrument: "INDEX",
    ..UNITED_STATES
};

/// Indices of Hong Kong.
pub(super) static HONG_KONG_INDICES: VenueFacts = VenueFacts {
    suffix: "",
    instrument: "INDEX",
    ..HONG_KONG
};

/// Currencies, dated in London.
pub(super) static CURRENCIES: VenueFacts = VenueFacts {
    suffix: "",
    mic: "24x5",
    name: "CCY",
    full_name: "CCY",
    zone_name: "Europe/London",
    open: time(0, 0, 0, 0),
    close: time(23, 59, 0, 0),
    pre: time(0, 0, 0, 0),
    post: time(23, 59, 0, 0),
    currency: "USD",
    ticks_per_unit: 10_000,
    price_hint: 4,
    instrument: "CURRENCY",
    pays: None,
};

/// Currencies quoted in Hong Kong dollars.
pub(super) static HONG_KONG_CURRENCIES: VenueFacts = VenueFacts {
    currency: "HKD",
    ..CURRENCIES
};

/// Crypto.
pub(super) static CRYPTO: VenueFacts = VenueFacts {
    mic: "24x7",
    name: "CCC",
    full_name: "CCC",
    zone_name: "UTC",
    ticks_per_unit: 100,
    price_hint: 2,
    instrument: "CRYPTOCURRENCY",
    ..CURRENCIES
};

/// Futures, which Yahoo stamps with midnight in New York.
pub(super) static FUTURES: VenueFacts = VenueFacts {
    mic: "GLBX",
    name: "NYM",
    full_name: "NY Mercantile",
    zone_name: "America/New_York",
    close: time(17, 0, 0, 0),
    post: time(17, 0, 0, 0),
    ticks_per_unit: 100,
    price_hint: 2,
    instrument: "FUTURE",
    ..CURRENCIES
};

/// Funds of the United States, stamped like its shares.
pub(super) static FUNDS: VenueFacts = VenueFacts {
    name: "NAS",
    full_name: "Nasdaq",
    instrument: "MUTUALFUND",
    ..UNITED_STATES
};

/// Hong Kong's shares of companies that pay in dollars; for the vendor the peg is their rate.
pub(super) static HONG_KONG_PAYING_DOLLARS: VenueFacts = VenueFacts {
    pays: Some(("USD", 7.8)),
    ..HONG_KONG
};

/// Holidays of the made-up Dubai: each year's first day and the National Day; a long feast in 2024.
const DUBAI_HOLIDAYS: &str =
    "2024-04-08 Eid\n2024-04-09 Eid\n2024-04-10 Eid\n2024-04-11 Eid\n2024-04-12 Eid\n";

/// An exchange of a replayed market with its sessions.
#[derive(Debug)]
pub struct Venue {
    /// What never changes.
    pub facts: &'static VenueFacts,
    /// Its dates are in this zone.
    pub zone: TimeZone,
    /// When it was open: decides whether "today" is a session.
    pub sessions: Sessions,
}

impl Venue {
    /// The time zone of `facts`, out of the bundled database.
    pub(super) fn zone_of(facts: &VenueFacts) -> TimeZone {
        // The four names are in every tz database; UTC would show at once as wrong stamps.
        TimeZone::get(facts.zone_name).unwrap_or(TimeZone::UTC)
    }

    /// UTC seconds of the regular open on `date`, session or not.
    pub(super) fn open_stamp(&self, date: Date) -> i64 {
        let session = self
            .sessions
            .index_of(date)
            .and_then(|index| self.sessions.get(index));
        match session {
            Some(session) => session.open,
            None => self.stamp(date, self.facts.open),
        }
    }

    /// UTC seconds of a local time.
    pub fn stamp(&self, date: Date, at: Time) -> i64 {
        self.facts.stamp(&self.zone, date, at).unwrap_or(i64::MAX)
    }
}
