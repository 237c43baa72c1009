//! A panel that was made before, listing by listing.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::rows::{Group, ListingRows};
use super::sources::{self, Sources};
use crate::codec::CodecError;
use crate::footer::{self, Bounds, Footer};
use crate::parquet::{CompressedPage, PolarsResult, Reader, Table, Values};
use crate::seal;

/// A panel whose rows are taken into a new one.
pub struct OldPanel {
    reader: Reader,
    next_group: usize,
    read: VecDeque<ListingRows>,
    /// Row groups that were read and may still be compared with new ones.
    groups: BTreeMap<usize, Table>,
}

impl std::fmt::Debug for OldPanel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OldPanel")
            .field("groups", &self.reader.groups())
            .finish_non_exhaustive()
    }
}

impl OldPanel {
    /// What a panel was made of; `None` of one of an earlier version, which does not say.
    pub fn sources_of(bytes: &[u8]) -> Option<Sources> {
        sources::read(bytes)
    }

    /// Opens a panel. Equal bytes were made of equal rows, so whoever knows its SHA-256 may take its
    /// rows for those of its sources.
    ///
    /// # Errors
    /// [`CodecError`] for what is no panel.
    pub fn open(bytes: Bytes) -> Result<Self, CodecError> {
        if !seal::is_whole(&bytes) {
            return Err(CodecError::Damaged);
        }
        let footer = Footer::read(&bytes, Bounds::TABLE)?;
        footer.check()?;
        let readable = footer.for_reader(bytes.clone());
        let reader = footer::guarded(|| Reader::open(readable))??;
        Ok(Self {
            reader,
            next_group: 0,
            read: VecDeque::new(),
            groups: BTreeMap::new(),
        })
    }

    /// The next listing's rows, ascending by symbol; one row group is in memory at a time.
    pub(super) fn next(&mut self) -> Result<Option<ListingRows>, CodecError> {
        while self.read.is_empty() && self.next_group < self.reader.groups() {
            let table = footer::guarded(|| self.reader.group(self.next_group))??;
            self.read = Group::listings(&table)?.into();
            self.groups.insert(self.next_group, table);
            self.next_group += 1;
        }
        Ok(self.read.pop_front())
    }

    /// The row group `group` if it was read, to ask it for columns that stayed the same. Groups before it
    /// are given up.
    pub(super) fn group(&mut self, group: usize) -> Option<OldGroup<'_>> {
        self.groups = self.groups.split_off(&group);
        let table = self.groups.get(&group)?;
        let reader = &self.reader;
        Some(OldGroup {
            reader,
            group,
            table,
        })
    }
}

/// A row group of a panel that was made before.
pub(super) struct OldGroup<'a> {
    reader: &'a Reader,
    group: usize,
    table: &'a Table,
}

impl OldGroup<'_> {
    /// The pages of the column `name`, if it has exactly these values.
    ///
    /// # Errors
    /// [`PolarsError`] for what is no panel.
    pub(super) fn pages_of(
        &self,
        name: &str,
        values: &Values,
    ) -> PolarsResult<Option<Vec<CompressedPage>>> {
        let before = self.table.column(name);
        if before.is_none_or(|before| !before.is_same(values)) {
            return Ok(None);
        }
        self.reader.pages(self.group, name).map(Some)
    }
}
