use std::fmt;

use quantx_market::{Date, Listing, SymbolError};

/// Something that cannot be true together with the rest; it is reported and never guessed away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Of the change, or of what is at odds with it.
    pub date: Date,
    /// Whose, as the source writes it.
    pub symbol: String,
    /// Row of the table of changes, from 1, where one is at odds.
    pub row: Option<usize>,
    /// What does not fit, and what was done.
    pub kind: ContradictionKind,
}

/// What does not fit, and what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContradictionKind {
    /// The code is no symbol; this side of its row is left out.
    Unreadable { error: SymbolError },
    /// Added, but no member afterwards; left out. `perhaps`: members of the list that say they were
    /// added on that date and have no row, so that one of them may have had this symbol.
    AddedIsNoMember { perhaps: Vec<Listing> },
    /// Added, and added again without having left; the later addition stays.
    AddedTwice { again: Date },
    /// Removed, but a member afterwards that no row adds in between; it stays one without a break.
    RemovedIsMember,
    /// Added and removed on one day and no member afterwards; both left out.
    NoDay,
    /// The list says another date than the row, whose date stays.
    DateAddedDiffers { listed: Date },
    /// The new symbol of a rename is no member afterwards, or the old one still is; left out.
    RenameDoesNotFit { old: Listing },
    /// Added under a symbol that is no member afterwards, but the list has one newcomer of these days
    /// whom no row adds: it is the same company, and has the row's date.
    JoinedAs { now: Listing },
    /// The list has the added one since long before: it has the seat of the removed one, whose symbol
    /// it had until then.
    SeatOf { old: Listing, listed: Date },
    /// The date of the row would give a spell without a day or over another one; the refresh's stays.
    EffectiveDoesNotFit { refresh: Date },
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date, self.symbol)?;
        if let Some(row) = self.row {
            write!(f, " (row {row})")?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl fmt::Display for ContradictionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { error } => error.fmt(f),
            Self::AddedIsNoMember { perhaps } => {
                f.write_str("added, but no member afterwards")?;
                match perhaps.as_slice() {
                    [] => Ok(()),
                    perhaps => {
                        let names: Vec<String> = perhaps.iter().map(Listing::to_string).collect();
                        write!(f, "; added on that date by the list: {}", names.join(" "))
                    }
                }
            }
            Self::AddedTwice { again } => write!(f, "added, and again on {again} without leaving"),
            Self::RemovedIsMember => {
                f.write_str("removed, but a member afterwards without being added again")
            }
            Self::NoDay => f.write_str("added and removed on one day"),
            Self::DateAddedDiffers { listed } => {
                write!(f, "a member from here on, but the list says since {listed}")
            }
            Self::RenameDoesNotFit { old } => {
                write!(f, "renamed from {old}, but the members do not fit")
            }
            Self::JoinedAs { now } => {
                write!(f, "joined under this symbol, and is {now} in the list")
            }
            Self::SeatOf { old, listed } => {
                write!(f, "was {old} until then: the list has it since {listed}")
            }
            Self::EffectiveDoesNotFit { refresh } => {
                write!(
                    f,
                    "does not fit the other spells; the refresh of {refresh} counts"
                )
            }
        }
    }
}
