//! A panel that was made before, listing by listing.

use std::collections::VecDeque;

use super::rows::{Group, ListingRows};
use super::sources::{self, Sources};
use crate::codec::CodecError;
use crate::footer::{self, Bounds, Footer};
use crate::parquet::Reader;
use crate::seal;

/// A panel whose rows are taken into a new one.
pub struct OldPanel {
    reader: Reader,
    next_group: usize,
    read: VecDeque<ListingRows>,
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
    pub fn open(bytes: &[u8]) -> Result<Self, CodecError> {
        if !seal::is_whole(bytes) {
            return Err(CodecError::Damaged);
        }
        let footer = Footer::read(bytes, Bounds::TABLE)?;
        footer.check()?;
        let reader = footer::guarded(|| Reader::open(footer.for_reader()))??;
        Ok(Self {
            reader,
            next_group: 0,
            read: VecDeque::new(),
        })
    }

    /// The next listing's rows, ascending by symbol; one row group is in memory at a time.
    pub(super) fn next(&mut self) -> Result<Option<ListingRows>, CodecError> {
        while self.read.is_empty() && self.next_group < self.reader.groups() {
            let table = footer::guarded(|| self.reader.group(self.next_group))??;
            self.next_group += 1;
            self.read = Group::listings(&table)?.into();
        }
        Ok(self.read.pop_front())
    }
}
