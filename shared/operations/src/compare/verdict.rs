//! What a comparison comes to, as somebody acts on it. Pure.

use serde::Serialize;

use super::LAKE;
use super::report::{CompareReport, ListingComparison, WitnessState};

/// What a comparison comes to; the later ones call for more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompareVerdict {
    /// Everybody who covers the listing answered, and nothing differs.
    #[default]
    Agrees,
    /// Wherever something differs two other lineages or more speak for what is stored.
    OthersOutvoted,
    /// Nothing is undecided, and a vendor that covers the listing gave no rows.
    Incomplete,
    /// Stopped before.
    NotReached,
    /// Nobody has a session that is stored.
    NotCompared,
    /// Something differs and no majority of lineages says who is wrong.
    Undecided,
    /// Two other lineages or more speak against something that is stored, or that is not.
    StoredOutvoted,
}

impl ListingComparison {
    /// What the findings come to.
    pub(super) fn judged(&self) -> CompareVerdict {
        if self.witnesses.is_empty() {
            return CompareVerdict::NotReached;
        }
        let of_lake = self.pairs.iter().filter(|pair| pair.vendors[0] == LAKE);
        if of_lake.map(|pair| pair.sessions).sum::<usize>() == 0 {
            return CompareVerdict::NotCompared;
        }
        let is_silent = |state| !matches!(state, WitnessState::Answered | WitnessState::NotCovered);
        let silent = self.witnesses.iter().any(|it| is_silent(it.state));
        let silent = silent.then_some(CompareVerdict::Incomplete);
        let cells = self.cells.iter().map(|cell| against(&cell.outvoted));
        let steps = self.steps.iter().map(|step| against(&step.outvoted));
        let absent = self.absent.iter().map(|session| against(&session.outvoted));
        let events = self.events.iter().map(|event| {
            let dissenting = event.dissenting.iter().map(|(vendor, _)| vendor);
            match event.confirmed {
                true => against(dissenting.chain(&event.silent)),
                false => CompareVerdict::Undecided,
            }
        });
        let all = cells.chain(steps).chain(absent).chain(events).chain(silent);
        all.max().unwrap_or_default()
    }
}

/// What it says of the stored rows that these are outvoted.
fn against<'a>(outvoted: impl IntoIterator<Item = &'a String>) -> CompareVerdict {
    let verdicts = outvoted.into_iter().map(|vendor| match vendor == LAKE {
        true => CompareVerdict::StoredOutvoted,
        false => CompareVerdict::OthersOutvoted,
    });
    verdicts.max().unwrap_or(CompareVerdict::Undecided)
}

impl CompareReport {
    /// Whether all listings agree.
    pub fn agrees(&self) -> bool {
        self.verdict == CompareVerdict::Agrees
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{AbsentSession, CellReport, PairReport, WitnessReport};
    use super::*;
    use quantx_market::Date;
    use quantx_quality::Column;

    fn listing() -> ListingComparison {
        let witness = |vendor: &str| WitnessReport {
            vendor: vendor.to_owned(),
            lineage: vendor.to_owned(),
            state: WitnessState::Answered,
            rows: 9,
            detail: None,
        };
        ListingComparison {
            witnesses: [LAKE, "a", "b"].map(witness).to_vec(),
            pairs: vec![PairReport {
                vendors: [LAKE, "a"].map(str::to_owned),
                sessions: 9,
                only: [0, 0],
                columns: std::collections::BTreeMap::new(),
            }],
            ..ListingComparison::default()
        }
    }

    fn cell(outvoted: &[&str]) -> CellReport {
        CellReport {
            date: Date::constant(2024, 1, 2),
            column: Column::Close,
            values: Vec::new(),
            decided: None,
            outvoted: outvoted.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn the_worst_finding_is_the_verdict() {
        let mut listing = listing();
        assert_eq!(listing.judged(), CompareVerdict::Agrees);
        listing.cells.push(cell(&["a"]));
        assert_eq!(listing.judged(), CompareVerdict::OthersOutvoted);
        listing.witnesses[2].state = WitnessState::NotCovered;
        assert_eq!(listing.judged(), CompareVerdict::OthersOutvoted);
        listing.witnesses[2].state = WitnessState::Failed;
        assert_eq!(listing.judged(), CompareVerdict::Incomplete);
        listing.cells.push(cell(&[]));
        assert_eq!(listing.judged(), CompareVerdict::Undecided);
        listing.absent.push(AbsentSession {
            date: Date::constant(2024, 1, 3),
            vendors: vec![LAKE.to_owned()],
            outvoted: vec![LAKE.to_owned()],
        });
        assert_eq!(listing.judged(), CompareVerdict::StoredOutvoted);
    }

    #[test]
    fn what_two_vendors_have_alone_says_nothing_of_what_is_stored() {
        let mut listing = listing();
        listing.pairs[0].vendors = ["a", "b"].map(str::to_owned);
        assert_eq!(listing.judged(), CompareVerdict::NotCompared);
        listing.witnesses.clear();
        assert_eq!(listing.judged(), CompareVerdict::NotReached);
    }
}
