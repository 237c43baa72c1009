//! When a change that two lists show was effective, as the table of changes tells it.

use quantx_market::{Date, Listing};

use super::walk_back::near;
use super::{Change, Changes};

/// Which side of a row a listing stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Added,
    Removed,
}

impl Side {
    fn has(self, change: &Change, listing: &Listing) -> bool {
        match self {
            Self::Added => change.added.contains(listing),
            Self::Removed => change.removed.contains(listing),
        }
    }
}

/// The dates in which a row must lie to be about a change that two lists show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The earlier list, if its date is known.
    pub(super) previous: Option<Date>,
    /// The later list.
    pub(super) date: Date,
}

impl Window {
    fn contains(self, date: Date) -> bool {
        let between = |previous: Date| previous < date && date <= self.date;
        near(date, self.date)
            || self
                .previous
                .is_some_and(|previous| between(previous) || near(date, previous))
    }
}

/// The row that tells of `listing` within the window; of several the one nearest to the later list.
pub(super) fn row<'a>(
    changes: &'a Changes,
    side: Side,
    listing: &Listing,
    window: Window,
) -> Option<&'a Change> {
    let candidates = changes
        .rows()
        .iter()
        .filter(|change| window.contains(change.date) && side.has(change, listing));
    candidates.min_by_key(|change| (change.date - window.date).get_days().abs())
}

/// The row that tells that `old` became `new`, as [`row`].
pub(super) fn rename_row<'a>(
    changes: &'a Changes,
    old: &Listing,
    new: &Listing,
    window: Window,
) -> Option<&'a Change> {
    row(changes, Side::Added, new, window).filter(|change| change.removed.contains(old))
}
