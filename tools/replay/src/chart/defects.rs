//! What an answer gets wrong about the truth, on purpose.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::vendors::Cells;

/// Everything wrong with the data of one answer; the default is nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Defects {
    /// Sessions that the vendor has lost for now.
    pub lost: BTreeSet<Date>,
    /// Sessions whose prices are a hundred times too high.
    pub hundredfold: BTreeSet<Date>,
    /// Values times a factor, by session.
    pub lies: BTreeMap<Date, Vec<(Cells, f64)>>,
    /// Dividends by ex-date that the vendor has wrong for now, as declared.
    pub dividends: BTreeMap<Date, f64>,
    /// Splits by ex-date that are listed, while prices and volumes do not follow yet.
    pub unapplied_splits: BTreeSet<Date>,
    /// Some rows without prices; the number makes the choice of rows.
    pub null_rows: Option<u64>,
    /// Another symbol in `meta`.
    pub wrong_symbol: Option<String>,
}
