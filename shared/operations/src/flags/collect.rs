//! One entry per listing, date and rule, whoever reports it. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::past::{PastListing, PastReport};
use super::{FlagReport, FlagStatus};
use crate::quarantine::WatchedListing;
use quantx_lake::remarks::{About, Remark};
use quantx_market::{Date, ExchangeTable, Listing};
use quantx_quality::Severity;

/// Exchange, symbol, date and rule.
type Key = (String, String, Date, String);

/// What is known so far. First come the records and the quarantine, which know how things stand; what
/// only a report has was settled since, or was said by a program that remembered nothing.
#[derive(Debug, Default)]
pub(super) struct Collected {
    flags: BTreeMap<Key, FlagReport>,
}

impl Collected {
    /// What the lake knows of a listing.
    pub(super) fn add_listing(&mut self, listing: &WatchedListing) {
        let date_of = |at: Timestamp| at.to_zoned(listing.time_zone.clone()).date();
        for entry in &listing.entries {
            let first = entry.runs.first().map_or(entry.date, |run| date_of(*run));
            let id = entry.status.is_open().then_some(&entry.id);
            let next = id.map(|id| format!("quantx quarantine release {id}, or reject {id}"));
            self.add(
                listing,
                (entry.date, &entry.rule),
                first,
                &entry.reason,
                next,
            );
        }
        for event in &listing.events {
            let id = event.status.is_open().then_some(&event.id);
            let next =
                id.map(|id| format!("quantx quarantine release {id} --amount A, or reject {id}"));
            let key = (event.event.vendor.ex_date, event.event.rule.name());
            self.add(listing, key, event.event.since, &event.event.reason, next);
        }
        for remark in &listing.remarks {
            self.add_remark(listing, remark);
        }
    }

    /// What a person can decide is open as long as there is something to type.
    fn add(
        &mut self,
        listing: &WatchedListing,
        (date, rule): (Date, &str),
        since: Date,
        detail: &str,
        next: Option<String>,
    ) {
        let status = match next {
            Some(_) => FlagStatus::ReviewStatus,
            None => FlagStatus::Decided,
        };
        let flag = FlagReport {
            symbol: listing.symbol.clone(),
            exchange: listing.exchange.clone(),
            date,
            rule: rule.to_owned(),
            status,
            since,
            detail: detail.to_owned(),
            next,
        };
        self.insert(flag);
    }

    fn add_remark(&mut self, listing: &WatchedListing, remark: &Remark) {
        self.insert(FlagReport {
            symbol: listing.symbol.clone(),
            exchange: listing.exchange.clone(),
            date: remark.date,
            rule: remark.rule.clone(),
            status: FlagStatus::ReviewStatus,
            since: remark.since,
            detail: remark.detail.clone(),
            next: match remark.about {
                About::ClosedDay => {
                    let (exchange, date) = (&listing.exchange, remark.date);
                    Some(format!(
                        "if it was a session: exchanges: {{ {exchange}: {{ calendar: {{ holidays: [{date} open] }} }} }}"
                    ))
                },
                _ => None,
            },
        });
    }

    /// Of one date and rule the one that is open counts, since the first day anybody names.
    fn insert(&mut self, flag: FlagReport) {
        let key = (
            flag.exchange.clone(),
            flag.symbol.clone(),
            flag.date,
            flag.rule.clone(),
        );
        match self.flags.get_mut(&key) {
            None => {
                self.flags.insert(key, flag);
            }
            Some(known) => {
                let since = known.since.min(flag.since);
                if known.next.is_none() && flag.next.is_some() {
                    *known = flag;
                }
                known.since = since;
            }
        }
    }

    /// What a run said in its time.
    pub(super) fn add_report(
        &mut self,
        report: &PastReport,
        exchanges: &ExchangeTable,
        listings: Option<&[Listing]>,
    ) {
        for listing in &report.listings {
            let is_chosen = |chosen: &Listing| chosen.symbol().as_str() == listing.symbol;
            if listings.is_some_and(|listings| !listings.iter().any(is_chosen)) {
                continue;
            }
            let Some(since) = date_at(report.timestamp, &listing.symbol, exchanges) else {
                continue;
            };
            self.add_past(listing, since);
        }
    }

    fn add_past(&mut self, listing: &PastListing, since: Date) {
        let flags = listing.flags.iter().map(|flag| {
            let status = match flag.severity {
                // Later runs do not look at a stored row again.
                Severity::Suspect => FlagStatus::ReviewStatus,
                Severity::Refuse => FlagStatus::Decided,
            };
            (
                flag.date,
                flag.rule.name().to_owned(),
                status,
                flag.detail.clone(),
            )
        });
        let checksum = listing.checksum.iter().map(|sum| {
            let detail = format!(
                "the vendor's adjusted close of {} was {} and ours {}",
                sum.date, sum.vendor, sum.ours
            );
            let date = sum.until.unwrap_or(sum.date);
            (
                date,
                "adjusted_close".to_owned(),
                FlagStatus::Decided,
                detail,
            )
        });
        let events = listing.refused_actions.iter().map(|refused| {
            let rule = "refused_event".to_owned();
            let detail = refused.reason.clone();
            (refused.action.ex_date, rule, FlagStatus::Decided, detail)
        });
        for (date, rule, status, detail) in flags.chain(checksum).chain(events) {
            self.insert(FlagReport {
                symbol: listing.symbol.clone(),
                exchange: listing.exchange.clone(),
                date,
                rule,
                status,
                since,
                detail,
                next: None,
            });
        }
    }

    /// The flags; new are those of the day of the newest run.
    pub(super) fn into_flags(
        self,
        newest: Option<Timestamp>,
        exchanges: &ExchangeTable,
    ) -> Vec<FlagReport> {
        let flags = self.flags.into_values().map(|mut flag| {
            let day = newest.and_then(|at| date_at(at, &flag.symbol, exchanges));
            let is_new = day.is_some_and(|day| flag.since >= day);
            if is_new && flag.status == FlagStatus::ReviewStatus {
                flag.status = FlagStatus::New;
            }
            flag
        });
        flags.collect()
    }
}

/// The date of `at` where the listing trades.
fn date_at(at: Timestamp, symbol: &str, exchanges: &ExchangeTable) -> Option<Date> {
    let exchange = exchanges.of(&Listing::parse(symbol, exchanges).ok()?)?;
    Some(at.to_zoned(exchange.time_zone.clone()).date())
}

#[cfg(test)]
#[path = "collect_tests.rs"]
mod tests;
