use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use quantx_lake::{LakeKey, TableShape};
use quantx_settings::AzureAccess;

/// A lake in Azure Blob Storage, as the settings say; nothing is read from the environment.
#[derive(Debug, Clone)]
pub struct BlobConfig {
    /// 3 to 63 lower-case letters, digits and single dashes.
    pub container: String,
    /// How to sign in; there is no second way when this one fails.
    pub access: AzureAccess,
    /// What to do where the container does not exist.
    pub missing_container: MissingContainer,
    /// Times, tries and sizes.
    pub limits: BlobLimits,
    /// Rows and columns of an object, for its metadata: the store knows no file formats.
    pub shape_of: ShapeOf,
}

/// Rows and columns of an object about to be written; `None` for what is no table.
pub type ShapeOf = fn(&LakeKey, &[u8]) -> Option<TableShape>;

/// What to do where the container does not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissingContainer {
    /// Report it and stop: a typing error must not make a second lake.
    #[default]
    Refuse,
    /// Create it, without public access.
    Create,
}

/// Times, tries and sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobLimits {
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Longest silence while a request is under way.
    pub read_timeout: Duration,
    /// Tries per request, the first included; the only retries of the store.
    pub attempts: NonZeroU32,
    /// Wait before the second try; each later one doubles it.
    pub first_wait: Duration,
    /// Longest wait between two tries, whatever `Retry-After` asks for.
    pub max_wait: Duration,
    /// Larger objects are sent in blocks of this size and read in ranges of it.
    pub block_bytes: NonZeroU64,
    /// Blocks and ranges of one object under way at the same time.
    pub parallel_blocks: NonZeroUsize,
    /// Objects read or written are kept up to this size in all, so that an unchanged one is asked
    /// for but not sent again; 0 keeps nothing.
    pub kept_bytes: usize,
}

impl Default for BlobLimits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            attempts: NonZeroU32::MIN.saturating_add(3),
            first_wait: Duration::from_millis(200),
            max_wait: Duration::from_secs(10),
            block_bytes: NonZeroU64::MIN.saturating_add(8 * MIB - 1),
            parallel_blocks: NonZeroUsize::MIN.saturating_add(3),
            kept_bytes: 64 * 1024 * 1024,
        }
    }
}
