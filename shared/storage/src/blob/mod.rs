//! A lake in Azure Blob Storage.
//!
//! In reading order: [`BlobConfig`] is what an operator chooses; [`SignIn`] is who signs in;
//! `connection_string` and `sas` are the way with a key; `transport` signs and sends; `retry` says
//! when a request is sent again and `tries` what is known then; `mark` is how a write is known
//! again; `read` and `write` are the calls; `cache` holds what need not be sent twice; `fault` is
//! what can go wrong.

mod cache;
mod config;
mod connection_string;
mod fault;
mod mark;
mod read;
mod retry;
mod sas;
mod sign_in;
mod transport;
mod tries;
mod write;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, RetryOptions, Transport, Url};
use azure_storage_blob::{BlobContainerClient, BlobContainerClientOptions};
use bytes::Bytes;
use jiff::Timestamp;

use self::cache::ObjectCache;
use self::connection_string::{ConnectionString, checked_endpoint};
use self::fault::{ErrorContext, Refusal, is_no_container};
use self::retry::ShortRetry;
use self::transport::{Signer, SigningClient};
use self::tries::{RequestCount, Watch};
use super::{ETag, LakeStore, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_clock::Clock;
use quantx_lake::{LakeKey, LakePrefix};
use quantx_settings::{AzureAccess, IdentityAccess};
use quantx_usage::BilledUsage;

pub use config::{BlobConfig, BlobLimits, MissingContainer, ShapeOf};
pub use connection_string::{ConnectionStringError, account_address};
pub use fault::BlobFault;
pub use sign_in::SignIn;

/// Version of the protocol: one that the emulator knows too, so that what is tested is what runs.
const API_VERSION: &str = "2025-11-05";

/// A lake in a container of Azure Blob Storage. Any number of handles and processes may share it
/// and lose nothing.
///
/// A tag is Azure's ETag: every write makes a new one, also of equal bytes. A write whose answer is
/// lost is known again by its mark in the metadata of the object; where others have written since,
/// so that it is unknown, the answer is [`StorageError::Unsettled`]. A write whose future is
/// dropped may or may not happen. An object read or written before is asked for by its tag and not
/// sent again while it is unchanged.
pub struct BlobStore {
    container: BlobContainerClient,
    error_context: ErrorContext,
    retry: ShortRetry,
    limits: BlobLimits,
    cache: ObjectCache,
    tally: Arc<RequestCount>,
    shape_of: ShapeOf,
}

impl BlobStore {
    /// Signs in and looks for the container, so that a run finds out before it has fetched
    /// anything; one line of the log says who signed in. `clock` is the real one, also in a run as
    /// of another day: it dates signatures.
    ///
    /// # Errors
    /// [`StorageError`] with a [`BlobFault`] that says what was tried and what to set.
    pub async fn open(config: BlobConfig, clock: Arc<dyn Clock>) -> Result<Self, StorageError> {
        let store = Self::unopened(&config, clock)?;
        tracing::info!(
            container = %store.error_context.location,
            sign_in = %store.error_context.sign_in,
            "the lake is in {}, signed in with {}", store.error_context.location, store.error_context.sign_in
        );
        store.find_container(config.missing_container).await?;
        Ok(store)
    }

    /// How the store signs in.
    pub fn sign_in(&self) -> &SignIn {
        &self.error_context.sign_in
    }

    fn unopened(config: &BlobConfig, clock: Arc<dyn Clock>) -> Result<Self, StorageError> {
        let retry = ShortRetry::new(&config.limits);
        let unplaced = |fault: BlobFault| {
            let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, fault);
            StorageError::from_io(format!("container {}", config.container), error)
        };
        let (endpoint, sign_in, key) = match &config.access {
            AzureAccess::ConnectionString(text) => {
                let read = ConnectionString::parse(text.expose());
                let read = read.map_err(|error| unplaced(error.into()))?;
                let sign_in = SignIn::with_key(&read.key);
                (read.endpoint, sign_in, Some(read.key))
            }
            AzureAccess::Identity(access) => {
                let endpoint = endpoint_of(access).map_err(unplaced)?;
                let sign_in = SignIn::as_identity(access).map_err(unplaced)?;
                (endpoint, sign_in, None)
            }
        };
        let error_context = ErrorContext {
            sign_in,
            location: format!("{endpoint}/{}", config.container),
            container: config.container.clone(),
            clock: Arc::clone(&clock),
        };
        let failed = |error: azure_core::Error| error_context.error("", &error);
        let credential = match &config.access {
            AzureAccess::Identity(access) => {
                let credential = error_context.sign_in.credential(access, &retry);
                Some(credential.map_err(failed)?)
            }
            AzureAccess::ConnectionString(_) => None,
        };
        let signer = key.map(|key| Signer::new(&key, &endpoint, clock));
        let signer = signer.transpose().map_err(failed)?;
        let tally = Arc::new(RequestCount::default());
        let container =
            client(&error_context, config, credential, signer, &tally).map_err(failed)?;
        Ok(Self {
            container,
            retry,
            limits: config.limits,
            cache: ObjectCache::new(config.limits.kept_bytes),
            tally,
            shape_of: config.shape_of,
            error_context,
        })
    }

    /// Asks for something that every lake may have: the right to read it is the least one needs.
    async fn find_container(&self, missing: MissingContainer) -> Result<(), StorageError> {
        let probe = self.container.blob_client(&LakeKey::Manifest.path());
        let Err(error) = probe.get_properties(None).await else {
            return Ok(());
        };
        if Refusal::of(&error) == Refusal::Missing {
            return Ok(());
        }
        if !is_no_container(&error) || missing == MissingContainer::Refuse {
            return Err(self.error_context.error("", &error));
        }
        match self.container.create(None).await {
            Ok(_) => {
                tracing::info!(container = %self.error_context.location, "created the container");
                Ok(())
            }
            // Another process was faster.
            Err(error) if fault::code(&error) == Some("ContainerAlreadyExists") => Ok(()),
            Err(error) => Err(self.error_context.error("", &error)),
        }
    }

    /// What the service says the time is: every answer of it has that, a refusal too.
    async fn server_time(&self) -> Result<Option<Timestamp>, StorageError> {
        let probe = self.container.blob_client(&LakeKey::Manifest.path());
        match probe.get_properties(None).await {
            Ok(answer) => Ok(fault::time_of(answer.headers())),
            Err(error) if Refusal::of(&error) == Refusal::Missing => Ok(fault::server_time(&error)),
            Err(error) => Err(self.error_context.error("", &error)),
        }
    }
}

fn endpoint_of(access: &IdentityAccess) -> Result<String, BlobFault> {
    let endpoint = match &access.endpoint {
        Some(endpoint) => endpoint.clone(),
        None => format!("https://{}.blob.core.windows.net", access.account_name),
    };
    // A token over http would be anybody's.
    checked_endpoint(&endpoint)
        .ok()
        .filter(|endpoint| endpoint.starts_with("https:"))
        .ok_or(BlobFault::BadEndpoint)
}

fn client(
    error_context: &ErrorContext,
    config: &BlobConfig,
    credential: Option<Arc<dyn TokenCredential>>,
    signer: Option<Signer>,
    tally: &Arc<RequestCount>,
) -> azure_core::Result<BlobContainerClient> {
    let http = SigningClient::new(&config.limits, signer).map_err(|error| {
        azure_core::Error::with_error(azure_core::error::ErrorKind::Other, error, "no HTTP client")
    })?;
    let options = BlobContainerClientOptions {
        client_options: ClientOptions {
            per_try_policies: vec![Arc::new(Watch(Arc::clone(tally)))],
            retry: RetryOptions::custom(Arc::new(ShortRetry::new(&config.limits))),
            transport: Some(Transport::new(Arc::new(http))),
            ..ClientOptions::default()
        },
        version: API_VERSION.to_owned(),
    };
    BlobContainerClient::new(
        Url::parse(&error_context.location)?,
        credential,
        Some(options),
    )
}

impl fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobStore")
            .field("location", &self.error_context.location)
            .field("sign_in", &self.error_context.sign_in)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl LakeStore for BlobStore {
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        self.read(key).await
    }

    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError> {
        self.write(key, bytes, &precondition).await
    }

    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        self.entries(prefix).await
    }

    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        self.remove(key, &precondition).await
    }

    async fn time(&self) -> Result<Option<Timestamp>, StorageError> {
        self.server_time().await
    }

    fn billed(&self) -> Option<BilledUsage> {
        Some(self.tally.requests())
    }
}
