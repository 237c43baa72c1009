use quantx_market::{Date, Listing, SymbolError};

use super::{Contradiction, ContradictionKind};

/// One row of a table of changes, as the source writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipChange {
    /// From when it is effective: the added are members on it, the removed no longer.
    pub date: Date,
    /// Code and name of who joined.
    pub added: Option<(String, String)>,
    /// Code and name of who left.
    pub removed: Option<(String, String)>,
    /// Why, in words.
    pub reason: String,
    /// Its place in the table, from 1.
    pub row: usize,
}

/// One row of a table of changes with its listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// First date after the change.
    pub date: Date,
    /// Who joined; a cell may name several share classes (`UA/UAA`).
    pub added: Vec<Listing>,
    /// Who left.
    pub removed: Vec<Listing>,
    /// Whether the row says itself that the one became the other.
    pub is_rename: bool,
    /// Whether the reason speaks of the removed one, by its code or its name.
    pub names_removed: bool,
    /// Its place in the table, from 1.
    pub row: usize,
}

impl Change {
    /// Old and new symbol, if the row is about one of each.
    pub(super) fn pair(&self) -> Option<(&Listing, &Listing)> {
        match (self.removed.as_slice(), self.added.as_slice()) {
            ([old], [new]) if old != new => Some((old, new)),
            _ => None,
        }
    }
}

/// A table of changes with its codes read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Descending by date, within a date in the order of the table.
    pub(super) rows: Vec<Change>,
    /// Codes that are no symbols; their side of the row is left out.
    pub(super) unreadable: Vec<Contradiction>,
}

impl Changes {
    /// Reads the codes with `listing`, which knows the source's format and the exchanges.
    pub fn read(
        rows: &[MembershipChange],
        listing: impl Fn(&str) -> Result<Listing, SymbolError>,
    ) -> Self {
        let mut changes = Self::default();
        for row in rows {
            let mut side = |cell: &Option<(String, String)>| {
                let codes = cell.as_ref().map_or("", |(code, _)| code.as_str());
                let mut listings = Vec::new();
                for code in codes.split(['/', ',', ';']).map(str::trim) {
                    if code.is_empty() {
                        continue;
                    }
                    match listing(code) {
                        Ok(listing) => listings.push(listing),
                        Err(error) => changes.unreadable.push(Contradiction {
                            date: row.date,
                            symbol: code.to_owned(),
                            row: Some(row.row),
                            kind: ContradictionKind::Unreadable { error },
                        }),
                    }
                }
                listings
            };
            let (added, removed) = (side(&row.added), side(&row.removed));
            changes.rows.push(Change {
                date: row.date,
                is_rename: is_rename(row),
                names_removed: names_removed(row),
                added,
                removed,
                row: row.row,
            });
        }
        // Stable: the order of the table within a date.
        changes
            .rows
            .sort_by_key(|change| std::cmp::Reverse(change.date));
        changes
    }

    /// Descending by date.
    pub fn rows(&self) -> &[Change] {
        &self.rows
    }
}

/// Whether the reason says that the removed code of the row became its added code: "DWDP changed to
/// DD after ...", "ticker changed from DOW to DWDP".
///
/// The codes must stand there, one behind the other with "to" or "as" before the second: names
/// change in many rows that are about somebody else.
fn is_rename(change: &MembershipChange) -> bool {
    let (Some((new, _)), Some((old, _))) = (&change.added, &change.removed) else {
        return false;
    };
    let words: Vec<&str> = change
        .reason
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    let changes = words.iter().any(|word| {
        let word = word.to_ascii_lowercase();
        word.starts_with("chang") || word.starts_with("renam")
    });
    let leads = |to: usize| {
        let before = to.checked_sub(1).and_then(|before| words.get(before));
        before.is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "to" | "as"))
    };
    // The last mention of the old code before the new one.
    let follows = |to: usize| {
        let mut behind = words.iter().take(to).rev().take(NEAR);
        behind.any(|word| word == old)
    };
    let new = words.iter().enumerate().filter(|(_, word)| *word == new);
    changes && new.map(|(to, _)| to).any(|to| leads(to) && follows(to))
}

/// Whether the reason has the code of the removed one as a word, or the first word of its name.
fn names_removed(change: &MembershipChange) -> bool {
    let Some((code, name)) = &change.removed else {
        return false;
    };
    let name = name.split_whitespace().next().unwrap_or_default();
    let words = change
        .reason
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')));
    let mut words = words.map(|word| word.trim_matches('.'));
    words.any(|word| word == code || (name.len() > 3 && word.eq_ignore_ascii_case(name)))
}

/// Words between the two codes, at most: "DWDP changed its symbol to DD".
const NEAR: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn reads_as_rename(old: &str, new: &str, reason: &str) -> bool {
        let side = |code: &str| Some((code.to_owned(), String::new()));
        is_rename(&MembershipChange {
            date: date(2019, 6, 3),
            added: side(new),
            removed: side(old),
            reason: reason.to_owned(),
            row: 1,
        })
    }

    #[test]
    fn a_rename_names_both_symbols() {
        for (old, new, reason) in [
            (
                "DWDP",
                "DD",
                "DWDP changed to DD after spinning off Corteva.",
            ),
            (
                "DOW",
                "DWDP",
                "The Dow Chemical Company renamed to DowDuPont Inc. and ticker changed from DOW to DWDP after acquiring DuPont.",
            ),
            (
                "FB",
                "META",
                "Facebook (FB) was renamed Meta and changed its symbol from FB to META.",
            ),
            ("SATS", "ECHO", "SATS renamed as ECHO"),
        ] {
            assert!(reads_as_rename(old, new, reason), "{reason}");
        }
        for (old, new, reason) in [
            (
                "FLR",
                "CTVA",
                "CTVA spun off from DWDP (which then changed symbol to DD)",
            ),
            (
                "AGN",
                "AAL",
                "Allergan acquired by Actavis (and changed name to Allergan).",
            ),
            (
                "STR",
                "QEP",
                "Company split. QEP retained, but ticker changed.",
            ),
            ("FOSL", "WLTW", "WSH merges with TW (and renames to WLTW)"),
            ("TGNA", "INFO", "TGNA lost its seat to INFO"),
            (
                "DD",
                "DWDP",
                "DWDP changed to DD after spinning off Corteva.",
            ),
        ] {
            assert!(!reads_as_rename(old, new, reason), "{reason}");
        }
    }
}
