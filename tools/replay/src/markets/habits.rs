/// A split as new shares for old ones.
pub(super) type SplitTerms = (i64, i64);

/// What happens to a listing of the synthetic market; a function of its index, so that a small
/// market has every case and the share of each is known: one in twenty per line of the table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Habits {
    /// Pays a dividend each quarter.
    pub(super) dividends: bool,
    /// Splits, in order of time.
    pub(super) splits: &'static [SplitTerms],
    /// Its first split comes with a dividend on the same day.
    pub(super) same_day: bool,
    /// Has two spells without trading.
    pub(super) suspended: bool,
    /// Begins years after the market.
    pub(super) late: bool,
    /// Ends years before the market.
    pub(super) delisted: bool,
    /// Changes its symbol.
    pub(super) renamed: bool,
}

const PLAIN: Habits = Habits {
    dividends: false,
    splits: &[],
    same_day: false,
    suspended: false,
    late: false,
    delisted: false,
    renamed: false,
};

const PAYING: Habits = Habits::PAYING;

#[rustfmt::skip]
const TABLE: [Habits; 20] = [
    Habits { splits: &[(2, 1)], ..PAYING },
    Habits { splits: &[(4, 1)], ..PAYING },
    Habits { splits: &[(3, 2)], ..PLAIN },
    PAYING,
    Habits { splits: &[(2, 1)], ..PAYING },
    Habits { splits: &[(2, 1)], same_day: true, ..PAYING },
    Habits { suspended: true, ..PAYING },
    Habits { late: true, splits: &[(2, 1)], ..PAYING },
    Habits { delisted: true, splits: &[(3, 2)], ..PAYING },
    Habits { splits: &[(1, 10)], ..PAYING },
    Habits { splits: &[(1, 10)], ..PLAIN },
    Habits { renamed: true, splits: &[(2, 1)], ..PAYING },
    PLAIN,
    Habits { splits: &[(3, 2), (2, 1)], ..PAYING },
    Habits { splits: &[(4, 1), (1, 10), (2, 1)], ..PLAIN },
    Habits { splits: &[(3, 2), (3, 2)], ..PAYING },
    Habits { suspended: true, splits: &[(4, 1)], ..PAYING },
    Habits { late: true, delisted: true, ..PLAIN },
    Habits { splits: &[(2, 1), (2, 1), (4, 1)], ..PAYING },
    Habits { splits: &[(4, 1)], same_day: true, ..PAYING },
];

impl Habits {
    /// Nothing but a dividend each quarter.
    pub(super) const PAYING: Self = Self {
        dividends: true,
        ..PLAIN
    };

    /// The habits of the listing with `index`.
    pub(super) fn of(index: usize) -> Self {
        TABLE.get(index % TABLE.len()).copied().unwrap_or(PLAIN)
    }
}
