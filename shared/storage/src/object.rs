use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use quantx_lake::LakeKey;

/// The state of an object as its store names it. Opaque: equal tags of one key mean equal bytes,
/// but a store may give equal bytes different tags.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ETag(Arc<str>);

impl ETag {
    /// A tag as the store wrote it.
    pub fn new(tag: impl Into<Arc<str>>) -> Self {
        Self(tag.into())
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What must be true for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// There is no such object yet.
    Absent,
    /// The object is still in this state.
    Matches(ETag),
}

/// An object as it was read.
#[derive(Debug, Clone)]
pub struct StoredObject {
    /// All of its content.
    pub bytes: Bytes,
    /// Its state, for the next write.
    pub etag: ETag,
}

/// An object as a listing names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Which object.
    pub key: LakeKey,
    /// Its state, where the store knows it without reading the content.
    pub etag: Option<ETag>,
    /// Length of its content.
    pub size_bytes: u64,
}
