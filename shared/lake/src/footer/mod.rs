//! What a Parquet file says of itself, before the Parquet reader believes it. Pure.
//!
//! The seal of a file is a plain hash: it shows damage, not malice, and whoever can write to the lake can
//! make one. The Parquet reader allocates what a footer asks for and panics where pages are not as
//! announced, and one such file would end the run of every other listing. So counts, sizes, offsets,
//! types and encodings are held against what a file of its kind can have; then every page header is,
//! and only then the reader sees the file. Source: ADR-0019.

mod fault;
mod pages;
mod shapes;
mod thrift;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;

pub use fault::FooterFault;

use super::parquet::Readable;
use super::seal;
use thrift::Fields;

/// What a file of one kind has at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    rows: u64,
    row_groups: usize,
    footer_bytes: usize,
    /// Of one column, decompressed.
    column_bytes: u64,
    /// Fields of the footer.
    values: usize,
}

impl Bounds {
    /// A year of one listing: no year has more days, and twelve columns take a tenth of the bytes.
    pub(super) const YEAR: Self = Self {
        rows: 366,
        row_groups: 1,
        footer_bytes: 64 * 1024,
        column_bytes: 256 * 1024,
        values: 4096,
    };
    /// A table for reading: a year of as many listings as an exchange can have, in row groups of some
    /// ten thousand rows.
    pub(super) const TABLE: Self = Self {
        rows: 366 * 1_000_000,
        row_groups: 4096,
        footer_bytes: 16 * 1024 * 1024,
        column_bytes: 64 * 1024 * 1024,
        values: 2_000_000,
    };
}

/// Columns of any table of the lake, with room for what another program added.
const MAX_COLUMNS: usize = 64;
/// Under this key writers of Arrow leave their own description of the columns. It is a graph that takes
/// a reader's time without bound; the description by Parquet itself says the same.
const ARROW_KEY: &[u8; 12] = b"ARROW:schema";
const HIDDEN_KEY: &[u8; ARROW_KEY.len()] = b"arrow:hidden";
/// Parquet's first four bytes.
const MAGIC_LEN: usize = 4;

/// The footer of one file.
#[derive(Debug)]
pub(super) struct Footer<'a> {
    bytes: &'a [u8],
    /// Where the footer begins.
    start: usize,
    fields: Fields<'a>,
    bounds: Bounds,
}

impl<'a> Footer<'a> {
    /// Reads the footer of a file.
    ///
    /// # Errors
    /// [`FooterFault`] when it is not laid out as a footer, or is too large for one.
    pub(super) fn read(bytes: &'a [u8], bounds: Bounds) -> Result<Self, FooterFault> {
        let start = seal::footer_start(bytes).ok_or(FooterFault::Ends)?;
        let footer = bytes.get(start..).ok_or(FooterFault::Ends)?;
        at_most("bytes of footer", footer.len(), bounds.footer_bytes)?;
        let (fields, _) = thrift::read(footer, shapes::FILE, bounds.values)?;
        Ok(Self {
            bytes,
            start,
            fields,
            bounds,
        })
    }

    /// Keys and values; later ones in place of earlier ones. The description by Arrow is left out.
    pub(super) fn pairs(&self) -> BTreeMap<String, String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let pairs = self.fields.structs(5);
        pairs
            .filter_map(|pair| Some((pair.bytes(1)?, pair.bytes(2)?)))
            .filter(|(key, _)| *key != ARROW_KEY)
            .map(|(key, value)| (text(key), text(value)))
            .collect()
    }

    /// Rows of the file.
    ///
    /// # Errors
    /// [`FooterFault`] when there are more than a file of its kind has.
    pub(super) fn rows(&self) -> Result<u64, FooterFault> {
        let rows = self.fields.size(3, "its number of rows")?;
        if rows > self.bounds.rows {
            return Err(FooterFault::TooMany {
                what: "rows",
                found: rows,
                allowed: self.bounds.rows,
            });
        }
        Ok(rows)
    }

    /// Columns of the file.
    ///
    /// # Errors
    /// [`FooterFault`] when they are not a flat list, or too many.
    pub(super) fn columns(&self) -> Result<usize, FooterFault> {
        let mut schema = self.fields.structs(2);
        let what = "its columns";
        let root = schema.next().ok_or(FooterFault::Missing { what })?;
        let n_columns = schema.len();
        at_most("columns", n_columns, MAX_COLUMNS)?;
        if root.int(5) != i64::try_from(n_columns).ok() {
            return Err(FooterFault::Garbled);
        }
        for (column, element) in schema.enumerate() {
            let foreign = |what, found| {
                Err(FooterFault::Foreign {
                    column,
                    what,
                    found,
                })
            };
            // 0 to 2 and 4 to 6: flags, whole numbers, floats, bytes; not the old times, not fixed lengths.
            match element.int(1) {
                Some(0..=2 | 4..=6) => {}
                found => return foreign("type", found.unwrap_or(-1)),
            }
            match element.int(3) {
                Some(0 | 1) => {}
                found => return foreign("repetition", found.unwrap_or(-1)),
            }
            if element.int(5).is_some_and(|children| children != 0) {
                return foreign("nesting", element.int(5).unwrap_or(-1));
            }
        }
        Ok(n_columns)
    }

    /// Holds everything that the reader will believe against the bounds.
    ///
    /// # Errors
    /// [`FooterFault`] with what is wrong first.
    pub(super) fn check(&self) -> Result<(), FooterFault> {
        let rows = self.rows()?;
        let n_columns = self.columns()?;
        let groups = self.fields.structs(4);
        at_most("row groups", groups.len(), self.bounds.row_groups)?;
        let mut rows_of_groups = 0_u64;
        for group in groups {
            let rows = group.size(3, "the rows of a row group")?;
            group.size(2, "the bytes of a row group")?;
            rows_of_groups = rows_of_groups.saturating_add(rows);
            let chunks = group.structs(1);
            if chunks.len() != n_columns {
                return Err(FooterFault::Garbled);
            }
            for (column, chunk) in chunks.enumerate() {
                let what = "where a column is";
                let chunk = chunk.fields(3).ok_or(FooterFault::Missing { what })?;
                pages::check(self, chunk, column, rows)?;
            }
        }
        if rows_of_groups == rows {
            Ok(())
        } else {
            Err(FooterFault::Garbled)
        }
    }

    /// `file`, which has this footer, as the reader gets it: without Arrow's description.
    pub(super) fn for_reader(&self, file: Bytes) -> Readable {
        let mut footer = self.bytes.get(self.start..).unwrap_or_default().to_vec();
        let keys = self.fields.structs(5).filter_map(|pair| pair.placed(1));
        for (at, key) in keys.filter(|(_, key)| *key == ARROW_KEY) {
            if let Some(place) = footer.get_mut(at..at + key.len()) {
                place.copy_from_slice(HIDDEN_KEY);
            }
        }
        Readable { file, footer }
    }
}

fn at_most(what: &'static str, found: usize, allowed: usize) -> Result<(), FooterFault> {
    if found <= allowed {
        return Ok(());
    }
    Err(FooterFault::TooMany {
        what,
        found: found as u64,
        allowed: allowed as u64,
    })
}

/// Runs the Parquet reader; a panic of it is a fault of the file.
///
/// # Errors
/// [`FooterFault::GaveUp`] when it panicked.
pub(super) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, FooterFault> {
    // Nothing that the reader holds is used after a panic.
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| FooterFault::GaveUp)
}

#[expect(
    clippy::disallowed_methods,
    reason = "recorded data are files, and memory is told by one"
)]
#[cfg(test)]
mod tests;
