//! `providers.order`, `providers.witnesses` and what goes with them: which vendors runs ask.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;

use quantx_market::{ExchangeCode, ExchangeTable};

use super::constraint::{Constraint, flag, one_of};
use super::layers::{At, Layers};
use super::problem::SettingsProblem;

/// A vendor, as settings name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VendorId {
    /// Yahoo's chart endpoint.
    Yahoo,
    /// EODHD: histories, and days of an exchange.
    Eodhd,
    /// Tiingo, of the United States.
    Tiingo,
    /// Alpaca, of the United States.
    Alpaca,
    /// The Hong Kong exchange: days only, and only as a witness.
    Hkex,
    /// Tables of the user's own.
    Csv,
}

impl VendorId {
    /// Every vendor.
    pub const ALL: [Self; 6] = [
        Self::Yahoo,
        Self::Eodhd,
        Self::Tiingo,
        Self::Alpaca,
        Self::Hkex,
        Self::Csv,
    ];

    /// As settings, reports and records write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yahoo => "yahoo",
            Self::Eodhd => "eodhd",
            Self::Tiingo => "tiingo",
            Self::Alpaca => "alpaca",
            Self::Hkex => "hkex",
            Self::Csv => "csv",
        }
    }

    fn has_histories(self) -> bool {
        self != Self::Hkex
    }
}

impl fmt::Display for VendorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What witnesses are asked about. Each kind includes the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// Listings of whose answer something is in doubt.
    Flagged,
    /// And so many listings of each exchange and day, in turn.
    Share(NonZeroUsize),
    /// Every listing.
    Always,
}

/// Which vendors are asked for the listings of one exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedVendorsOf {
    /// Who is asked, first to last; at least one.
    pub order: Vec<VendorId>,
    /// Who is asked to confirm.
    pub witnesses: Vec<VendorId>,
    /// What the witnesses are asked about.
    pub confirm: Confirm,
}

/// Which vendors runs ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedVendors {
    /// Of exchanges that are not named.
    pub usual: AskedVendorsOf,
    /// Of those that are.
    pub per_exchange: BTreeMap<ExchangeCode, AskedVendorsOf>,
    /// Whether whole days are asked for where that takes fewer requests.
    pub by_date: bool,
}

impl AskedVendors {
    /// Which vendors are asked for the listings of `exchange`.
    pub fn of(&self, exchange: &ExchangeCode) -> &AskedVendorsOf {
        self.per_exchange.get(exchange).unwrap_or(&self.usual)
    }

    /// Every vendor that some exchange names.
    pub fn all(&self) -> impl Iterator<Item = VendorId> {
        let named = |vendor: &VendorId| {
            let of = [&self.usual].into_iter().chain(self.per_exchange.values());
            let mut names = of.flat_map(|of| of.order.iter().chain(&of.witnesses));
            names.any(|name| name == vendor)
        };
        VendorId::ALL.into_iter().filter(named)
    }
}

pub(super) fn read(
    layers: &mut Layers<'_>,
    exchanges: Option<&ExchangeTable>,
) -> Option<AskedVendors> {
    const SECTION: &str = "providers.per_exchange";
    let order = layers.list("providers.order", &vendors());
    let witnesses = layers.list("providers.witnesses", &vendors());
    let confirm = layers.value("providers.confirm", &confirm());
    let by_date = layers.value("providers.by_date", &flag());
    let order = order.and_then(|order| checked_order(layers, "providers.order", order));
    let witnesses = witnesses.and_then(|it| checked(layers, "providers.witnesses", it));
    let usual = order.zip(witnesses).zip(confirm);
    let usual = usual.map(|((order, witnesses), confirm)| AskedVendorsOf {
        order,
        witnesses,
        confirm,
    });
    layers.allow_empty(SECTION);
    let mut per_exchange = BTreeMap::new();
    let mut whole = true;
    for (code, place) in layers.keys(SECTION) {
        let known = ExchangeCode::parse(&code).ok();
        let known = known.filter(|code| exchanges.is_none_or(|all| all.get(code).is_some()));
        let Some(exchange) = known else {
            layers.ignore(&["providers", "per_exchange", &code]);
            layers.problems.push(SettingsProblem {
                place,
                key: SECTION.to_owned(),
                read: format!("{code:?}"),
                allowed: "the code of an exchange of the settings, as uk".to_owned(),
                hint: None,
            });
            whole = false;
            continue;
        };
        let of = read_one(layers, &format!("{SECTION}.{code}"), usual.as_ref());
        whole &= of.is_some() || usual.is_none();
        per_exchange.extend(of.map(|of| (exchange, of)));
    }
    let asked = AskedVendors {
        usual: usual?,
        per_exchange,
        by_date: by_date?,
    };
    whole.then_some(asked)
}

/// What one exchange has otherwise than the others.
fn read_one(
    layers: &mut Layers<'_>,
    section: &str,
    usual: Option<&AskedVendorsOf>,
) -> Option<AskedVendorsOf> {
    let key = |name: &str| format!("{section}.{name}");
    let order = layers.list_if_given(&key("order"), &vendors());
    let witnesses = layers.list_if_given(&key("witnesses"), &vendors());
    let confirm = layers.read_if_given(&key("confirm"), &confirm());
    let order = match order? {
        Some(order) => Some(checked_order(layers, &key("order"), order)?),
        None => None,
    };
    let witnesses = match witnesses? {
        Some(witnesses) => Some(checked(layers, &key("witnesses"), witnesses)?),
        None => None,
    };
    let confirm = confirm?.map(|confirm| confirm.value);
    let usual = usual?;
    Some(AskedVendorsOf {
        order: order.unwrap_or_else(|| usual.order.clone()),
        witnesses: witnesses.unwrap_or_else(|| usual.witnesses.clone()),
        confirm: confirm.unwrap_or(usual.confirm),
    })
}

/// An order has at least one vendor, and only such as have histories.
fn checked_order(
    layers: &mut Layers<'_>,
    key: &str,
    order: Vec<At<VendorId>>,
) -> Option<Vec<VendorId>> {
    if let Some(without) = order.iter().find(|at| !at.value.has_histories()) {
        let allowed = "vendors that answer by listing; hkex has days only and is a witness";
        layers.report_problem(key, without, allowed.to_owned());
        return None;
    }
    if order.is_empty() {
        let place = layers
            .node(key)
            .map(|(document, node)| document.place(node.at));
        layers.problems.extend(place.map(|place| SettingsProblem {
            place,
            key: key.to_owned(),
            read: "[]".to_owned(),
            allowed: "at least one vendor, as [yahoo]".to_owned(),
            hint: None,
        }));
        return None;
    }
    checked(layers, key, order)
}

/// No vendor twice.
fn checked(layers: &mut Layers<'_>, key: &str, named: Vec<At<VendorId>>) -> Option<Vec<VendorId>> {
    let mut vendors: Vec<VendorId> = Vec::with_capacity(named.len());
    for at in &named {
        if vendors.contains(&at.value) {
            layers.report_problem(key, at, "each vendor once".to_owned());
            return None;
        }
        vendors.push(at.value);
    }
    Some(vendors)
}

fn vendors() -> Constraint<VendorId> {
    const NAMED: [(&str, VendorId); 6] = [
        (VendorId::Yahoo.name(), VendorId::Yahoo),
        (VendorId::Eodhd.name(), VendorId::Eodhd),
        (VendorId::Tiingo.name(), VendorId::Tiingo),
        (VendorId::Alpaca.name(), VendorId::Alpaca),
        (VendorId::Hkex.name(), VendorId::Hkex),
        (VendorId::Csv.name(), VendorId::Csv),
    ];
    one_of(&NAMED)
}

fn confirm() -> Constraint<Confirm> {
    const MOST: usize = 100_000;
    Constraint::matching(
        "flagged, always, or a number of listings for each exchange and day (1 to 100000)",
        |text| match text {
            "flagged" => Some(Confirm::Flagged),
            "always" => Some(Confirm::Always),
            number => {
                let number: NonZeroUsize = number.parse().ok()?;
                (number.get() <= MOST).then_some(Confirm::Share(number))
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{problems, resolve};

    fn asked(text: &str) -> AskedVendors {
        resolve(text, &[]).unwrap().asked
    }

    fn code(code: &str) -> ExchangeCode {
        ExchangeCode::parse(code).unwrap()
    }

    #[test]
    fn without_a_word_yahoo_alone_is_asked() {
        let asked = asked("");
        assert_eq!(asked.usual.order, [VendorId::Yahoo]);
        assert!(asked.usual.witnesses.is_empty());
        assert_eq!(asked.usual.confirm, Confirm::Flagged);
        assert_eq!(asked.all().collect::<Vec<_>>(), [VendorId::Yahoo]);
    }

    #[test]
    fn an_exchange_has_its_own_order_and_the_rest_as_the_others() {
        let asked = asked(
            "providers:\n  order: [yahoo, eodhd]\n  witnesses: [alpaca]\n  confirm: 20\n  per_exchange:\n    uk: { order: [eodhd, yahoo] }\n    hk: { witnesses: [hkex], confirm: always }\n",
        );
        let uk = asked.of(&code("uk"));
        assert_eq!(uk.order, [VendorId::Eodhd, VendorId::Yahoo]);
        assert_eq!(uk.witnesses, [VendorId::Alpaca]);
        assert_eq!(uk.confirm, Confirm::Share(NonZeroUsize::new(20).unwrap()));
        let hk = asked.of(&code("hk"));
        assert_eq!(hk.order, [VendorId::Yahoo, VendorId::Eodhd]);
        assert_eq!(
            (hk.witnesses.as_slice(), hk.confirm),
            (&[VendorId::Hkex][..], Confirm::Always)
        );
        assert_eq!(asked.of(&code("us")), &asked.usual);
        assert_eq!(asked.all().count(), 4);
    }

    #[test]
    fn every_mistake_is_told_with_what_is_allowed() {
        let said = problems(
            "providers:\n  order: [yahu]\n  witnesses: alpaca\n  confirm: never\n  per_exchange:\n    mars: { order: [yahoo] }\n    uk: { order: [] }\n    hk: { order: [hkex] }\n    us: { order: [yahoo, yahoo] }\n    de: { orders: [yahoo] }\n",
            &[],
        );
        for part in [
            "yahu",
            "a list in brackets",
            "never",
            "mars",
            "at least one vendor",
            "has days only",
            "each vendor once",
            "orders",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
