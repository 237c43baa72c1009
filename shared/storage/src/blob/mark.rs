//! What every object says about the write that made it, in its metadata.

use std::collections::HashMap;

use azure_core::Uuid;
use sha2::{Digest, Sha256};

use crate::{ETag, Precondition};
use quantx_lake::TableShape;

/// Hash of the content, lower-case hex.
const SHA256: &str = "sha256";
/// The write, unlike every other one.
const WRITE: &str = "write";
/// Tag of the state that the write replaced, without quotes, or [`NOTHING`].
const REPLACES: &str = "replaces";
const NOTHING: &str = "nothing";
const ROWS: &str = "rows";
const COLUMNS: &str = "columns";

/// One write, so that its writer knows it again after its answer was lost.
///
/// A hash alone would not do: two writers that add the same row to the same state write equal
/// bytes, and only one of them may believe that it was first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WriteMark {
    sha256: String,
    write: String,
    replaces: String,
}

/// Whose the present state of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The write was carried out.
    ThisWrite,
    /// Another write replaced what ours should have: ours was not carried out and never will be.
    AnotherInstead,
    /// Nobody can tell.
    Unknown,
}

impl WriteMark {
    /// Marks the write of `bytes` on condition of `precondition`.
    pub(super) fn new(bytes: &[u8], precondition: &Precondition) -> Self {
        Self {
            sha256: hex(bytes),
            write: Uuid::new_v4().to_string(),
            replaces: match precondition {
                Precondition::Absent => NOTHING.to_owned(),
                Precondition::Matches(etag) => bare(etag.as_str()).to_owned(),
            },
        }
    }

    /// The metadata of the object.
    pub(super) fn metadata(&self, shape: Option<TableShape>) -> HashMap<String, String> {
        let mut metadata = HashMap::from([
            (SHA256.to_owned(), self.sha256.clone()),
            (WRITE.to_owned(), self.write.clone()),
            (REPLACES.to_owned(), self.replaces.clone()),
        ]);
        if let Some(shape) = shape {
            metadata.insert(ROWS.to_owned(), shape.rows.to_string());
            metadata.insert(COLUMNS.to_owned(), shape.columns.to_string());
        }
        metadata
    }

    /// Whose write the object with this `metadata` is.
    pub(super) fn author(&self, metadata: &HashMap<String, String>) -> Author {
        if metadata.get(WRITE) == Some(&self.write) {
            Author::ThisWrite
        } else if replaced(metadata) == Some(&self.replaces) {
            Author::AnotherInstead
        } else {
            Author::Unknown
        }
    }

    /// Whether `bytes` are not what their writer noted. Who notes nothing is believed.
    pub(super) fn contradicts(metadata: &HashMap<String, String>, bytes: &[u8]) -> bool {
        metadata
            .get(SHA256)
            .is_some_and(|noted| *noted != hex(bytes))
    }
}

/// Whether the object with this `metadata` directly replaced the state `etag`.
pub(super) fn has_replaced(metadata: &HashMap<String, String>, etag: &ETag) -> bool {
    replaced(metadata).is_some_and(|replaced| replaced == bare(etag.as_str()))
}

/// What a write of ours replaced; that of another program may carry the metadata of an older one.
fn replaced(metadata: &HashMap<String, String>) -> Option<&String> {
    metadata
        .get(REPLACES)
        .filter(|_| metadata.contains_key(WRITE))
}

/// A tag as headers write it. Listings leave the quotes out.
pub(super) fn quoted(etag: &str) -> ETag {
    if etag.ends_with('"') {
        ETag::new(etag)
    } else {
        ETag::new(format!("\"{etag}\""))
    }
}

fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_known_again_and_equal_bytes_are_not_enough() {
        let at = |tag: &str| Precondition::Matches(quoted(tag));
        let ours = WriteMark::new(b"1", &at("0x8A"));
        let rival = WriteMark::new(b"1", &at("0x8A"));
        assert_eq!(ours.author(&ours.metadata(None)), Author::ThisWrite);
        assert_eq!(ours.author(&rival.metadata(None)), Author::AnotherInstead);
        let later = WriteMark::new(b"1", &at("0x8B"));
        assert_eq!(ours.author(&later.metadata(None)), Author::Unknown);
        assert_eq!(ours.author(&HashMap::new()), Author::Unknown);

        let creator = WriteMark::new(b"", &Precondition::Absent);
        let other_creator = WriteMark::new(b"", &Precondition::Absent);
        assert_eq!(
            creator.author(&other_creator.metadata(None)),
            Author::AnotherInstead
        );
        assert_eq!(creator.author(&ours.metadata(None)), Author::Unknown);
    }

    #[test]
    fn metadata_say_rows_and_columns_of_tables_only() {
        let mark = WriteMark::new(b"x", &Precondition::Absent);
        let shape = TableShape {
            rows: 252,
            columns: 17,
        };
        let metadata = mark.metadata(Some(shape));
        assert_eq!(metadata["rows"], "252");
        assert_eq!(metadata["columns"], "17");
        assert_eq!(metadata["replaces"], "nothing");
        assert_eq!(metadata.len(), 5);
        assert_eq!(mark.metadata(None).len(), 3);
        // Azure takes names that C# would take for variables.
        assert!(
            metadata
                .keys()
                .all(|name| name.bytes().all(|b| b.is_ascii_alphanumeric()))
        );
    }

    #[test]
    fn a_hash_convicts_other_bytes() {
        let metadata = WriteMark::new(b"abc", &Precondition::Absent).metadata(None);
        assert!(!WriteMark::contradicts(&metadata, b"abc"));
        assert!(WriteMark::contradicts(&metadata, b"abd"));
        assert!(!WriteMark::contradicts(&HashMap::new(), b"abd"));
    }

    #[test]
    fn tags_of_listings_get_their_quotes() {
        assert_eq!(quoted("0x8D").as_str(), "\"0x8D\"");
        assert_eq!(quoted("\"0x8D\"").as_str(), "\"0x8D\"");
    }
}
