use std::collections::{BTreeMap, BTreeSet};

use quantx_market::{Date, Listing, UniverseName};

use super::CompanyId;

/// Where the knowledge of an alias is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AliasSource {
    /// Seen in a list of members.
    Refresh,
    /// Written by a person.
    Manual,
}

impl AliasSource {
    pub(super) const ALL: [Self; 2] = [Self::Refresh, Self::Manual];

    /// As the lake writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Manual => "manual",
        }
    }
}

/// A company (or share class) traded under a symbol for a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alias {
    /// The universe whose lists showed it; `None` for what holds everywhere.
    pub universe: Option<UniverseName>,
    /// Who.
    pub id: CompanyId,
    /// Under which symbol.
    pub listing: Listing,
    /// First date on which the id was seen under this symbol.
    pub from: Date,
    /// First date on which the id was seen under another symbol and no longer under this one, or
    /// the symbol under another id. `None` while neither was seen, which does not mean that the
    /// symbol still trades.
    pub to: Option<Date>,
    /// How it is known.
    pub source: AliasSource,
}

impl Alias {
    /// Whether `date` is in its span.
    pub fn holds_on(&self, date: Date) -> bool {
        self.from <= date && self.to.is_none_or(|to| date < to)
    }

    fn key(&self) -> (Option<&UniverseName>, &CompanyId, &Listing) {
        (self.universe.as_ref(), &self.id, &self.listing)
    }
}

/// A listing that got another symbol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rename {
    /// First date known under the new symbol: the exchange's where a source gives it, else the date
    /// of the first list that showed it.
    pub date: Date,
    /// Until then.
    pub old: Listing,
    /// From then on.
    pub new: Listing,
}

/// All that is known about who traded under which symbol: `meta/identity.csv`.
///
/// Sorted; spans of one id under one symbol in one universe do not overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity(Vec<Alias>);

impl Identity {
    /// Puts aliases in order; overlapping spans of one id under one symbol become one.
    pub fn new(aliases: impl IntoIterator<Item = Alias>) -> Self {
        let sorted: BTreeSet<Alias> = aliases.into_iter().collect();
        let mut whole: Vec<Alias> = Vec::with_capacity(sorted.len());
        for alias in sorted {
            match whole.last_mut() {
                Some(last) if last.key() == alias.key() && overlap(last, &alias) => {
                    // An open end says only that no end was seen; who saw one knows more.
                    last.to = last.to.max(alias.to);
                    last.source = last.source.max(alias.source);
                }
                _ => whole.push(alias),
            }
        }
        Self(whole)
    }

    /// Both, each alias once. Merging the same twice changes nothing.
    pub fn merge(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&other.0).cloned())
    }

    /// Ascending by universe, id, listing and date.
    pub fn aliases(&self) -> &[Alias] {
        &self.0
    }

    /// The renames that the aliases prove in `universe`, ascending.
    ///
    /// On the day of a rename exactly one symbol of the id ends, exactly one begins and no third
    /// one goes on: with share classes a CIK alone does not say which became which.
    pub fn renames(&self, universe: &UniverseName) -> Vec<Rename> {
        let renames: BTreeSet<Rename> = self
            .by_id(universe)
            .values()
            .flat_map(|aliases| aliases.iter().filter_map(|alias| successor(alias, aliases)))
            .collect();
        renames.into_iter().collect()
    }

    /// The aliases seen in `universe` and those that hold everywhere, by id.
    pub(super) fn by_id(&self, universe: &UniverseName) -> BTreeMap<&CompanyId, Vec<&Alias>> {
        let mut by_id: BTreeMap<&CompanyId, Vec<&Alias>> = BTreeMap::new();
        for alias in &self.0 {
            if alias.universe.as_ref().is_none_or(|name| name == universe) {
                by_id.entry(&alias.id).or_default().push(alias);
            }
        }
        by_id
    }
}

/// Of two aliases of one key, the later second.
fn overlap(first: &Alias, second: &Alias) -> bool {
    first.to.is_none_or(|to| second.from < to)
}

/// What `alias` became, where the aliases of its id leave no doubt.
pub(super) fn successor(alias: &Alias, of_the_id: &[&Alias]) -> Option<Rename> {
    let date = alias.to?;
    let ended: BTreeSet<&Listing> = listings(of_the_id, |other| other.to == Some(date));
    let begun: BTreeSet<&Listing> = listings(of_the_id, |other| other.from == date);
    let going_on = of_the_id
        .iter()
        .any(|other| other.from < date && other.holds_on(date));
    let new = begun.first().filter(|_| begun.len() == 1)?;
    let single = ended.len() == 1 && !going_on && **new != alias.listing;
    single.then(|| Rename {
        date,
        old: alias.listing.clone(),
        new: (*new).clone(),
    })
}

fn listings<'a>(aliases: &[&'a Alias], keep: impl Fn(&Alias) -> bool) -> BTreeSet<&'a Listing> {
    aliases
        .iter()
        .filter(|alias| keep(alias))
        .map(|alias| &alias.listing)
        .collect()
}
