use std::fmt;

use jiff::civil::Date;

/// One security of a list, as its source has it; `None` for what the source does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRow {
    /// Row of the table or sheet, or line of the file; from 1, header rows counted.
    pub line: usize,
    /// Column of the code in the table, sheet or file, from 0.
    pub column: usize,
    /// The code as the source writes it, without a market in front: `BRK.B`, `00700`, `VOLV B`.
    pub code: String,
    /// The company or security.
    pub name: Option<String>,
    /// Of the coarser classification: GICS sector, ICB sector, sub-index of the Hang Seng.
    pub sector: Option<String>,
    /// Of the finer classification: GICS sub-industry.
    pub industry: Option<String>,
    /// Country of the company in English.
    pub country: Option<String>,
    /// Central Index Key of the SEC: ten digits.
    pub cik: Option<String>,
    /// International Securities Identification Number.
    pub isin: Option<String>,
    /// Kind of security, as HKEX says it: `Equity`.
    pub category: Option<String>,
    /// Finer kind of security, as HKEX says it: `Equity Securities (Main Board)`.
    pub sub_category: Option<String>,
    /// Currency in which it trades, as the source spells it.
    pub trading_currency: Option<String>,
    /// Code of the same security's counter in renminbi.
    pub rmb_counter: Option<String>,
    /// Shares in one board lot.
    pub board_lot: Option<u32>,
    /// Day on which it came into the index.
    pub date_added: Option<Date>,
}

/// The securities of one source, and what of it was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceList {
    /// In the order of the source; no code stands twice for one country.
    pub rows: Vec<SourceRow>,
    /// Which state of the source it is: a Wikipedia revision (`1120976287`) or the day of the
    /// list (`2021-12-03`).
    pub revision: Option<String>,
    /// Rows without a security, each with its reason. Blank rows are not among them.
    pub skipped: Vec<SkippedRow>,
    /// Cells beside the code that say something, yet not what their column promises.
    pub unread: Vec<UnreadCell>,
}

/// A row that names no security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedRow {
    /// As [`SourceRow::line`].
    pub line: usize,
    /// Why it is not among the rows.
    pub reason: SkipReason,
}

impl fmt::Display for SkippedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.line, self.reason)
    }
}

/// Why a row names no security.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason {
    /// The header again, or a heading between rows.
    Heading,
    /// Something is there, but no code.
    NoCode {
        /// What the row says of the security, if it says anything.
        name: Option<String>,
    },
    /// The code stands further up, for the same country.
    Repeated {
        code: String,
        /// Where it stands first.
        first: usize,
    },
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heading => f.write_str("a heading"),
            Self::NoCode { name: None } => f.write_str("no code"),
            Self::NoCode { name: Some(name) } => write!(f, "no code for {name:?}"),
            Self::Repeated { code, first } => {
                write!(f, "{code:?} stands in row {first} already")
            }
        }
    }
}

/// A cell that was not understood; its row is kept without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadCell {
    /// As [`SourceRow::line`].
    pub line: usize,
    /// What the column is, in the words of this project: `CIK`.
    pub column: &'static str,
    /// What stands there.
    pub read: String,
}

impl fmt::Display for UnreadCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {} {:?}", self.line, self.column, self.read)
    }
}
