//! How a table is written.

use quantx_market::ShareBasis;

/// How the user's tables are written.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvFormat {
    /// Between cells: `,`, `;` or a tab.
    pub delimiter: u8,
    /// What separates whole numbers from decimals.
    pub decimal_mark: DecimalMark,
    /// As `strftime` has it: `%Y-%m-%d`, `%d.%m.%Y`.
    pub date_format: String,
    /// Of which shares prices and volumes are given.
    pub basis: ShareBasis,
    /// Which column is what.
    pub columns: Columns,
}

/// What separates whole numbers from decimals; the other one separates thousands and is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// Names of columns in the head of the table, compared without case and blanks around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The session's date.
    pub date: String,
    /// First price, if the table has it.
    pub open: Option<String>,
    /// Highest price, if the table has it.
    pub high: Option<String>,
    /// Lowest price, if the table has it.
    pub low: Option<String>,
    /// Last price.
    pub close: String,
    /// Shares traded, if the table has it.
    pub volume: Option<String>,
    /// Cash per share on the ex-date, if the table has it.
    pub dividend: Option<String>,
    /// New shares per old one on the ex-date, 0 or 1 where there is no split, if the table has it.
    pub split: Option<String>,
}

impl CsvFormat {
    /// As most programs write: `Date,Open,High,Low,Close,Volume`, ISO dates, prices as traded.
    pub fn plain() -> Self {
        let name = |name: &str| Some(name.to_owned());
        Self {
            delimiter: b',',
            decimal_mark: DecimalMark::Point,
            date_format: "%Y-%m-%d".to_owned(),
            basis: ShareBasis::AsTraded,
            columns: Columns {
                date: "Date".to_owned(),
                open: name("Open"),
                high: name("High"),
                low: name("Low"),
                close: "Close".to_owned(),
                volume: name("Volume"),
                dividend: None,
                split: None,
            },
        }
    }
}
