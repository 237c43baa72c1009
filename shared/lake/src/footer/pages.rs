//! The page headers of one column.

use super::fault::FooterFault;
use super::thrift::{self, Fields};
use super::{Footer, MAGIC_LEN, shapes};

/// Fields of a page header, its statistics included.
const MAX_VALUES: usize = 64;

// Numbers of parquet.thrift.
const UNCOMPRESSED: i64 = 0;
const ZSTD: i64 = 6;
const DATA_PAGE: i64 = 0;
const DICTIONARY_PAGE: i64 = 2;
const PLAIN: i64 = 0;
const PLAIN_DICTIONARY: i64 = 2;
const RLE: i64 = 3;
const RLE_DICTIONARY: i64 = 8;

/// Holds one column's pages against its entry in the footer: they fill its bytes without a gap, have one
/// value per row, and are small when decompressed.
pub(super) fn check(
    footer: &Footer<'_>,
    chunk: &Fields<'_>,
    column: usize,
    rows: u64,
) -> Result<(), FooterFault> {
    let codec = chunk.int(4).unwrap_or(-1);
    one_of(column, "compression", codec, &[UNCOMPRESSED, ZSTD])?;
    let values = chunk.size(5, "the number of values of a column")?;
    equal(column, "its number of values", values, rows)?;
    chunk.size(6, "the bytes of a column")?;
    let mut rest = chunk_bytes(footer, chunk, column)?;
    let mut seen = 0_u64;
    let mut decompressed = 0_u64;
    let mut place = Place::First;
    while !rest.is_empty() {
        let (page, header_len) = thrift::read(rest, shapes::PAGE, MAX_VALUES)?;
        let packed = page.size(3, "the bytes of a page")?;
        let unpacked = page.size(2, "the bytes of a page when decompressed")?;
        if codec == UNCOMPRESSED {
            equal(column, "the size of a page", unpacked, packed)?;
        }
        decompressed = decompressed.saturating_add(unpacked);
        if decompressed > footer.bounds.column_bytes {
            return Err(FooterFault::TooMany {
                what: "bytes in one column",
                found: decompressed,
                allowed: footer.bounds.column_bytes,
            });
        }
        seen = seen.saturating_add(values_of(&page, column, rows, place)?);
        place = Place::Later;
        let next = usize::try_from(packed)
            .ok()
            .and_then(|packed| header_len.checked_add(packed))
            .ok_or(FooterFault::Outside { column })?;
        rest = rest.get(next..).ok_or(FooterFault::Outside { column })?;
    }
    equal(column, "the number of values in its pages", seen, rows)
}

/// The bytes that the footer gives to one column.
fn chunk_bytes<'a>(
    footer: &Footer<'a>,
    chunk: &Fields<'_>,
    column: usize,
) -> Result<&'a [u8], FooterFault> {
    let outside = FooterFault::Outside { column };
    let start = match chunk.int(11) {
        Some(_) => chunk.size(11, "where a dictionary begins")?,
        None => chunk.size(9, "where a column begins")?,
    };
    let data = chunk.size(9, "where a column begins")?;
    let length = chunk.size(7, "the bytes of a column")?;
    // A row group without rows has no pages, and no place for them.
    if length == 0 {
        return Ok(&[]);
    }
    let (Ok(start), Some(end)) = (usize::try_from(start), start.checked_add(length)) else {
        return Err(outside);
    };
    let end = usize::try_from(end).ok().filter(|end| *end <= footer.start);
    let (Some(end), true) = (end, start >= MAGIC_LEN && data >= start as u64) else {
        return Err(outside);
    };
    footer.bytes.get(start..end).ok_or(outside)
}

/// Where a page stands in its column: only the first may be a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Later,
}

/// How many rows' values a page has.
fn values_of(
    page: &Fields<'_>,
    column: usize,
    rows: u64,
    place: Place,
) -> Result<u64, FooterFault> {
    let kind = page.int(1).unwrap_or(-1);
    let header = match (kind, place) {
        (DATA_PAGE, _) => page.fields(5),
        (DICTIONARY_PAGE, Place::First) => page.fields(7),
        _ => None,
    };
    let header = header.ok_or(FooterFault::Foreign {
        column,
        what: "page type",
        found: kind,
    })?;
    let values = header.size(1, "the number of values of a page")?;
    if values > rows {
        return Err(FooterFault::TooMany {
            what: "values in one page",
            found: values,
            allowed: rows,
        });
    }
    let encoding = header.int(2).unwrap_or(-1);
    if kind == DICTIONARY_PAGE {
        one_of(column, "encoding", encoding, &[PLAIN, PLAIN_DICTIONARY])?;
        return Ok(0);
    }
    let known = [PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY];
    one_of(column, "encoding", encoding, &known)?;
    for level in [3, 4] {
        let encoding = header.int(level).unwrap_or(-1);
        one_of(column, "encoding of levels", encoding, &[RLE])?;
    }
    Ok(values)
}

fn one_of(column: usize, what: &'static str, found: i64, known: &[i64]) -> Result<(), FooterFault> {
    if known.contains(&found) {
        Ok(())
    } else {
        Err(FooterFault::Foreign {
            column,
            what,
            found,
        })
    }
}

fn equal(column: usize, what: &'static str, found: u64, expected: u64) -> Result<(), FooterFault> {
    if found == expected {
        Ok(())
    } else {
        Err(FooterFault::Disagrees {
            column,
            what,
            found,
            expected,
        })
    }
}
