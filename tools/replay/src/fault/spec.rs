use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;

use super::kind::{Flaw, WireFault};
use super::plan::FaultPlan;
use crate::vendors::{Cells, VendorFault, VendorFaultKind, VendorProtocol};

/// Why text is not a plan of faults. Names the part that was read and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fault {read:?}: {problem}; allowed is {allowed}")]
pub struct FaultSpecError {
    read: String,
    problem: String,
    allowed: &'static str,
}

const FORMS: &str = "a comma-separated list of 429=P, 429ra=P:SECONDS, 500=P, hang=P, truncate=P, html=P, wrong-symbol=P, null-rows=P (P from 0 to 1), \
     drop-session=DATE:DAYSd:SHARE, no-rows=SYMBOL|.SUFFIX:DATE[:DATE[:DAYSd]], block100x=SYMBOL:DATE[:SESSIONS[:DAYSd]], revised-dividend=SYMBOL[:DATE], late-split=SYMBOL, outage404=SHARE@DATE, \
     VENDOR.away=DATE:DAYSd, VENDOR.lie=SYMBOL:DATE:SESSIONS:FACTOR[:CELLS[:DAYSd]], VENDOR.gap=SYMBOL:DATE, VENDOR.no-split=SYMBOL, \
     VENDOR.phantom=SYMBOL:DATE:AMOUNT (VENDOR yahoo, eodhd, tiingo, alpaca or hkex; SYMBOL * for all; CELLS prices, open, high, low, close or volume), \
     and SYMBOL#N=KIND for the N-th request of a symbol";
const KINDS: &str = "429, 429ra:SECONDS, 500, hang, truncate, html, wrong-symbol or null-rows";
const SHARE: &str = "a number from 0 to 1";
const DATE: &str = "a date as 2024-05-03";
const DAYS: &str = "a number of days as 3d, at least 1d";

/// Sessions of a block, and days until it is corrected, where the text does not say.
const BLOCK_SESSIONS: usize = 5;
const BLOCK_DAYS: i32 = 7;

impl FromStr for FaultPlan {
    type Err = FaultSpecError;

    /// Reads `429=0.05,429ra=0.02:3,S0001#2=500,drop-session=2024-05-03:3d:0.9,...`; empty text
    /// is the plan without faults.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut plan = Self::default();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let reader = Reader { part };
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| reader.error("there is no \"=\" in it", FORMS))?;
            reader.read(name.trim(), value.trim(), &mut plan)?;
        }
        Ok(plan)
    }
}

/// Reads one part of the text; errors name it.
struct Reader<'a> {
    part: &'a str,
}

impl Reader<'_> {
    /// `eodhd.lie=S0001:2024-05-03:2:1.01`: what one vendor gets wrong.
    fn of_vendor(
        &self,
        vendor: &str,
        kind: &str,
        value: &str,
    ) -> Result<VendorFault, FaultSpecError> {
        let mut all = VendorProtocol::ALL.into_iter();
        let protocol = all.find(|it| it.name() == vendor);
        let protocol =
            protocol.ok_or_else(|| self.error(&format!("{vendor:?} is no vendor"), FORMS))?;
        let mut fields = value.split(':');
        let mut field = || fields.next().unwrap_or_default();
        let of = |symbol: Option<String>, kind| VendorFault {
            vendor: protocol,
            symbol,
            kind,
        };
        let listing = |text: &str| match text {
            "*" => Ok(None),
            text => self.symbol(text).map(Some),
        };
        let number = |text: &str| {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.ok_or_else(|| self.not(text, "a number"))
        };
        let fault = match kind {
            "away" => of(
                None,
                VendorFaultKind::Away {
                    from: self.date(field())?,
                    days: self.days(field())?,
                },
            ),
            "lie" => of(
                listing(field())?,
                VendorFaultKind::Lie {
                    from: self.date(field())?,
                    sessions: {
                        let text = field();
                        text.parse()
                            .map_err(|_| self.not(text, "a number of sessions"))?
                    },
                    factor: number(field())?,
                    cells: match field() {
                        "" | "prices" => Cells::Prices,
                        "open" => Cells::Open,
                        "high" => Cells::High,
                        "low" => Cells::Low,
                        "close" => Cells::Close,
                        "volume" => Cells::Volume,
                        other => {
                            return Err(self.not(other, "prices, open, high, low, close or volume"));
                        }
                    },
                    days: match field() {
                        "" => i32::MAX,
                        text => self.days(text)?,
                    },
                },
            ),
            "gap" => of(
                listing(field())?,
                VendorFaultKind::Gap {
                    date: self.date(field())?,
                },
            ),
            "no-split" => of(listing(field())?, VendorFaultKind::NoSplit),
            "phantom" => of(
                listing(field())?,
                VendorFaultKind::Phantom {
                    ex_date: self.date(field())?,
                    amount: number(field())?,
                },
            ),
            _ => return Err(self.error(&format!("{kind:?} is not known of a vendor"), FORMS)),
        };
        match fields.next() {
            None => Ok(fault),
            Some(more) => Err(self.not(more, "nothing")),
        }
    }

    fn read(&self, name: &str, value: &str, plan: &mut FaultPlan) -> Result<(), FaultSpecError> {
        if let Some((symbol, number)) = name.split_once('#') {
            let attempt = number.parse().ok().filter(|attempt| *attempt > 0);
            let attempt =
                attempt.ok_or_else(|| self.not(number, "the number of a request, from 1"))?;
            let fault = self.kind(value)?;
            plan.script.insert((self.symbol(symbol)?, attempt), fault);
            return Ok(());
        }
        if let Some((vendor, kind)) = name.split_once('.') {
            plan.vendors.push(self.of_vendor(vendor, kind, value)?);
            return Ok(());
        }
        let mut fields = value.split(':');
        let mut field = || fields.next().unwrap_or_default();
        match name {
            "429ra" => {
                let chance = self.share(field())?;
                plan.chances.push((self.retry_after(field())?, chance));
            }
            "drop-session" => plan.flaws.push(Flaw::LostSession {
                date: self.date(field())?,
                days: self.days(field())?,
                share: self.share(field())?,
            }),
            "no-rows" => {
                let of = self.symbol(field())?;
                let from = self.date(field())?;
                let to = match field() {
                    "" => from,
                    text => self.date(text)?,
                };
                let days = match field() {
                    "" => None,
                    text => Some(self.days(text)?),
                };
                plan.flaws.push(Flaw::NoRows { of, from, to, days });
            }
            "block100x" => plan.flaws.push(Flaw::Hundredfold {
                symbol: self.symbol(field())?,
                date: self.date(field())?,
                sessions: match field() {
                    "" => BLOCK_SESSIONS,
                    text => text
                        .parse()
                        .map_err(|_| self.not(text, "a number of sessions"))?,
                },
                days: match field() {
                    "" => BLOCK_DAYS,
                    text => self.days(text)?,
                },
            }),
            "revised-dividend" => plan.flaws.push(Flaw::RevisedDividend {
                symbol: self.symbol(field())?,
                ex_date: match field() {
                    "" => None,
                    text => Some(self.date(text)?),
                },
            }),
            "late-split" => plan.flaws.push(Flaw::LateSplit {
                symbol: self.symbol(field())?,
            }),
            "outage404" => {
                let whole = field();
                let (share, date) = whole
                    .split_once('@')
                    .ok_or_else(|| self.not(whole, "SHARE@DATE as 0.5@2024-08-06"))?;
                plan.flaws.push(Flaw::Outage404 {
                    date: self.date(date)?,
                    share: self.share(share)?,
                });
            }
            _ => {
                let fault = plain_kind(name)
                    .ok_or_else(|| self.error(&format!("{name:?} is not known"), FORMS))?;
                plan.chances.push((fault, self.share(field())?));
            }
        }
        match fields.next() {
            None => Ok(()),
            Some(extra) => Err(self.error(&format!("{extra:?} is too much"), FORMS)),
        }
    }

    fn kind(&self, text: &str) -> Result<WireFault, FaultSpecError> {
        if let Some(seconds) = text.strip_prefix("429ra:") {
            return self.retry_after(seconds);
        }
        plain_kind(text).ok_or_else(|| self.not(text, KINDS))
    }

    fn retry_after(&self, text: &str) -> Result<WireFault, FaultSpecError> {
        let seconds = text
            .parse()
            .map_err(|_| self.not(text, "a whole number of seconds"))?;
        Ok(WireFault::TooManyRequests {
            retry_after: Some(Duration::from_secs(seconds)),
        })
    }

    fn share(&self, text: &str) -> Result<f64, FaultSpecError> {
        let share = text
            .parse()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share));
        share.ok_or_else(|| self.not(text, SHARE))
    }

    fn date(&self, text: &str) -> Result<Date, FaultSpecError> {
        text.parse().map_err(|_| self.not(text, DATE))
    }

    fn days(&self, text: &str) -> Result<i32, FaultSpecError> {
        let number = text
            .strip_suffix('d')
            .and_then(|number| number.parse().ok());
        number
            .filter(|days| *days > 0)
            .ok_or_else(|| self.not(text, DAYS))
    }

    fn symbol(&self, text: &str) -> Result<String, FaultSpecError> {
        if text.is_empty() {
            return Err(self.not(text, "a symbol"));
        }
        Ok(text.to_ascii_uppercase())
    }

    fn not(&self, text: &str, allowed: &'static str) -> FaultSpecError {
        self.error(&format!("{text:?} is not possible"), allowed)
    }

    fn error(&self, problem: &str, allowed: &'static str) -> FaultSpecError {
        FaultSpecError {
            read: self.part.to_owned(),
            problem: problem.to_owned(),
            allowed,
        }
    }
}

fn plain_kind(name: &str) -> Option<WireFault> {
    Some(match name {
        "429" => WireFault::TooManyRequests { retry_after: None },
        "500" => WireFault::ServerError,
        "hang" => WireFault::Hang,
        "truncate" => WireFault::Truncated,
        "html" => WireFault::Html,
        "wrong-symbol" => WireFault::WrongSymbol,
        "null-rows" => WireFault::NullRows,
        _ => return None,
    })
}
