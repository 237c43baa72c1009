/// Why a Parquet file is not handed to the Parquet reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FooterFault {
    /// The bytes end before what they claim.
    #[error("its footer or a page claims more bytes than there are")]
    Ends,
    /// Not a structure of Parquet.
    #[error("its footer or a page is not laid out as Parquet's")]
    Garbled,
    /// Something that every file has.
    #[error("its footer or a page does not state {what}")]
    Missing { what: &'static str },
    /// A count or size below zero.
    #[error("its {what} is below zero")]
    Negative { what: &'static str },
    /// More of something than a file of its kind can have.
    #[error("it claims {found} {what}; a file of its kind has at most {allowed}")]
    TooMany {
        what: &'static str,
        found: u64,
        allowed: u64,
    },
    /// Two places disagree.
    #[error("column {column}: {what} is {found}, not {expected}")]
    Disagrees {
        column: usize,
        what: &'static str,
        found: u64,
        expected: u64,
    },
    /// Pages that are not in the file.
    #[error("column {column}: its pages lie outside the file's")]
    Outside { column: usize },
    /// Parquet that this program does not write and does not read.
    #[error("column {column}: {what} {found} is none that this program writes")]
    Foreign {
        column: usize,
        what: &'static str,
        found: i64,
    },
    /// All that is checked was right, and the reader panicked all the same.
    #[error("the Parquet reader gave up on its pages")]
    GaveUp,
}
