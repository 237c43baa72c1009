use std::collections::BTreeSet;
use std::fmt;

use quantx_market::Listing;

use super::identity::Rename;

/// What changed between two lists of members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Members of the later list only, ascending; without renamed ones.
    pub joined: Vec<Listing>,
    /// Members of the earlier list only, ascending; without renamed ones.
    pub left: Vec<Listing>,
    /// Old and new symbol of members that are in both lists under different symbols.
    pub renamed: Vec<(Listing, Listing)>,
}

impl Difference {
    /// Compares two lists; a rename counts where its old symbol is in the earlier list and its new
    /// one in the later, unless both lists have both: those were compared before.
    pub fn between<'a>(
        earlier: impl IntoIterator<Item = &'a Listing>,
        later: impl IntoIterator<Item = &'a Listing>,
        renames: &[Rename],
    ) -> Self {
        let mut earlier: BTreeSet<&Listing> = earlier.into_iter().collect();
        let mut later: BTreeSet<&Listing> = later.into_iter().collect();
        let mut renamed = Vec::new();
        // The two symbols of a member leave the comparison together: another member may hold the old
        // symbol now, or have held the new one before.
        let seen: BTreeSet<&Listing> = earlier.intersection(&later).copied().collect();
        for Rename { old, new, .. } in renames {
            let stayed = seen.contains(old) && seen.contains(new);
            if old != new && !stayed && earlier.contains(old) && later.contains(new) {
                earlier.remove(old);
                later.remove(new);
                renamed.push((old.clone(), new.clone()));
            }
        }
        renamed.sort();
        let only_in = |some: &BTreeSet<&Listing>, other: &BTreeSet<&Listing>| {
            some.difference(other)
                .map(|listing| (*listing).clone())
                .collect()
        };
        Self {
            joined: only_in(&later, &earlier),
            left: only_in(&earlier, &later),
            renamed,
        }
    }

    /// Whether the lists have the same symbols.
    pub fn is_empty(&self) -> bool {
        self.joined.is_empty() && self.left.is_empty() && self.renamed.is_empty()
    }

    /// Seats that have another holder: the larger of joined and left. A swap is one change, a
    /// rename none.
    pub fn seats(&self) -> usize {
        self.joined.len().max(self.left.len())
    }
}

/// Symbols named of each kind; the rest of a wholly different list is only counted.
const SHOWN: usize = 20;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renamed = self
            .renamed
            .iter()
            .map(|(old, new)| format!("{old} to {new}"));
        let parts: Vec<String> = [
            part("joined", self.joined.iter().map(Listing::to_string)),
            part("left", self.left.iter().map(Listing::to_string)),
            part("renamed", renamed),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            return f.write_str("no change");
        }
        f.write_str(&parts.join("; "))
    }
}

fn part(what: &str, names: impl ExactSizeIterator<Item = String>) -> Option<String> {
    let count = names.len();
    if count == 0 {
        return None;
    }
    let shown: Vec<String> = names.take(SHOWN).collect();
    let rest = match count.saturating_sub(SHOWN) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    Some(format!("{count} {what}: {}{rest}", shown.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use quantx_fixtures::us_listing;

    fn listings(symbols: &str) -> Vec<Listing> {
        symbols.split_whitespace().map(us_listing).collect()
    }

    fn rename(old: &str, new: &str) -> Rename {
        Rename {
            date: date(2024, 1, 2),
            old: us_listing(old),
            new: us_listing(new),
        }
    }

    fn between(earlier: &str, later: &str, renames: &[Rename]) -> String {
        Difference::between(&listings(earlier), &listings(later), renames).to_string()
    }

    #[test]
    fn a_rename_neither_joins_nor_leaves() {
        assert_eq!(
            between("FB MSFT TWTR", "ACGL META MSFT", &[rename("FB", "META")]),
            "1 joined: ACGL; 1 left: TWTR; 1 renamed: FB to META"
        );
        assert_eq!(
            between("FB", "META", &[rename("A", "B")]),
            "1 joined: META; 1 left: FB"
        );
        assert_eq!(between("A B", "B A", &[]), "no change");
    }

    #[test]
    fn a_symbol_that_passes_on_is_seen_by_its_renames() {
        let renames = [rename("A", "B"), rename("C", "A")];
        assert_eq!(between("A C", "A B", &renames), "2 renamed: A to B C to A");
        assert_eq!(
            between("A", "A B", &renames),
            "1 joined: A; 1 renamed: A to B"
        );
        assert_eq!(
            between("A B", "B", &renames),
            "1 left: B; 1 renamed: A to B"
        );
    }

    #[test]
    fn a_wholly_different_list_is_counted() {
        let many: Vec<String> = (0..30).map(|n| format!("X{n:02}")).collect();
        let text = between("A", &many.join(" "), &[]);
        assert!(text.starts_with("30 joined: X00 X01 "), "{text}");
        assert!(text.ends_with(" X19 and 10 more; 1 left: A"), "{text}");
        assert_eq!(Difference::between(&[], &listings("A B"), &[]).seats(), 2);
    }
}
