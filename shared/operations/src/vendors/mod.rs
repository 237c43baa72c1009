//! The vendors of a run: who is asked for a listing, in which order, and who is asked when one is away.

mod asking;
pub(crate) mod by_date;
mod shelf;
pub(crate) mod testimony;
pub(crate) mod witnesses;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use crate::listing::chain;
use quantx_lake::sources::{Source, Standing};
use quantx_market::{ExchangeCode, Listing};
use quantx_provider::csv::Template;
use quantx_provider::{BarProvider, DayProvider, ProviderError, ProviderName};
use quantx_quality::agreement::{BarSource, Lineage};
use quantx_settings::{AskedVendors, VendorId};
use quantx_usage::VendorUsage;

pub(crate) use asking::{Answered, Asked, Way, history};
use shelf::DayShelf;
pub(crate) use testimony::{Testimony, comparison};

/// What one question costs at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionCost {
    /// Requests sent.
    pub requests: u32,
    /// Units of the account's quota.
    pub units: u32,
}

impl QuestionCost {
    /// One request that counts once.
    pub const ONE: Self = Self {
        requests: 1,
        units: 1,
    };
}

/// One vendor, set up.
#[derive(Debug, Clone)]
pub struct Vendor {
    /// Its name.
    pub name: ProviderName,
    /// The way to a listing's history; brings its own rate limit and retries.
    pub histories: Option<Arc<dyn BarProvider>>,
    /// The way to an exchange's day, by the same limit.
    pub days: Option<Arc<dyn DayProvider>>,
    /// Whose numbers these are.
    pub lineage: Lineage,
    /// How its bars are made.
    pub source: BarSource,
    /// How long after the close its rows are not believed to be final.
    pub ready_after: Duration,
    /// Whether it says when splits and dividends were.
    pub knows_events: bool,
    /// What a history costs.
    pub cost_of_history: QuestionCost,
    /// What a day costs.
    pub cost_of_day: QuestionCost,
    /// Whether it has anything of an exchange.
    pub covers: fn(&ExchangeCode) -> bool,
    /// What switched it on; for people, without its key.
    pub set_up: String,
    /// Where the user's own tables are; `None` for a vendor.
    pub(crate) tables: Option<Template>,
    /// Questions in a row that nobody answered.
    pub(crate) missed: Arc<AtomicU32>,
}

impl Vendor {
    /// A vendor of its own lineage with official bars and events, of every exchange, that is asked by listing.
    pub fn of_histories(provider: Arc<dyn BarProvider>, set_up: String) -> Self {
        Self {
            name: provider.name(),
            lineage: Lineage(provider.name().0.to_owned()),
            histories: Some(provider),
            days: None,
            source: BarSource::Official,
            ready_after: Duration::ZERO,
            knows_events: true,
            cost_of_history: QuestionCost::ONE,
            cost_of_day: QuestionCost::ONE,
            covers: |_| true,
            set_up,
            tables: None,
            missed: Arc::default(),
        }
    }

    /// What asking it cost so far. Both ways of a vendor count the same requests.
    pub fn usage(&self) -> VendorUsage {
        match (&self.histories, &self.days) {
            (Some(histories), _) => histories.usage(),
            (None, Some(days)) => days.usage(),
            (None, None) => VendorUsage::default(),
        }
    }

    /// Why there are no rows of `listing`, with the place of a table that is not there.
    pub(crate) fn why(&self, listing: &Listing, error: &ProviderError) -> String {
        match (&self.tables, error) {
            (Some(tables), ProviderError::UnknownSymbol { .. }) => {
                format!("there is no {}", tables.place_of(listing))
            }
            _ => chain(error),
        }
    }

    /// Its rows in a commit record.
    pub(crate) fn source_of(&self, standing: Standing) -> Source {
        Source {
            vendor: self.name.0.to_owned(),
            standing,
        }
    }
}

/// A vendor that is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffVendor {
    /// Its name.
    pub name: ProviderName,
    /// What switches it on.
    pub needs: &'static str,
}

impl fmt::Display for OffVendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is off: set {}", self.name, self.needs)
    }
}

/// The vendors that the settings name for runs.
#[derive(Debug, Clone, Default)]
pub struct Vendors {
    /// Those that can be asked.
    pub on: Vec<Arc<Vendor>>,
    /// Those whose key is missing.
    pub off: Vec<OffVendor>,
    /// Days that were asked for.
    pub(crate) shelf: Arc<DayShelf>,
}

impl Vendors {
    /// One vendor alone.
    pub fn only(vendor: Vendor) -> Self {
        Self {
            on: vec![Arc::new(vendor)],
            ..Self::default()
        }
    }

    /// Whether rows can be of more than one vendor: reports then say of which.
    pub(crate) fn are_several(&self) -> bool {
        self.on.len() + self.off.len() > 1
    }

    fn named(&self, id: VendorId) -> Option<&Arc<Vendor>> {
        self.on.iter().find(|vendor| vendor.name.0 == id.name())
    }

    /// Who is asked for a listing of `exchange`, first to last: those in the order that are on and have
    /// anything of it.
    pub(crate) fn in_order(&self, asked: &AskedVendors, exchange: &ExchangeCode) -> Vec<Asked> {
        let named = asked.of(exchange).order.iter();
        let on = named.filter_map(|id| self.named(*id));
        let on = on.filter(|vendor| (vendor.covers)(exchange));
        on.filter_map(Asked::of).collect()
    }

    /// The vendors of `exchange`'s order that are off.
    pub(crate) fn off_in_order(
        &self,
        asked: &AskedVendors,
        exchange: &ExchangeCode,
    ) -> Vec<OffVendor> {
        let named = asked.of(exchange).order.iter();
        let off = named.filter_map(|id| self.off.iter().find(|off| off.name.0 == id.name()));
        off.copied().collect()
    }

    /// What was used of all of them.
    pub fn usage(&self) -> VendorUsage {
        self.on.iter().map(|vendor| vendor.usage()).sum()
    }

    /// What was used of each, by name; empty where there is one only.
    pub(crate) fn usage_by_name(&self) -> BTreeMap<String, VendorUsage> {
        if !self.are_several() {
            return BTreeMap::new();
        }
        let on = self.on.iter();
        on.map(|vendor| (vendor.name.0.to_owned(), vendor.usage()))
            .collect()
    }
}
