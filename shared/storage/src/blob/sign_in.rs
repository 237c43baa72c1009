//! Who signs in. The choice is ours, made once and told; nothing falls back to anything else.

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, RetryOptions};
use azure_identity::{
    DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use super::connection_string::{KeyKind, SharedKey};
use super::fault::BlobFault;
use super::retry::ShortRetry;
use super::sas::Signature;
use quantx_settings::{IdentityAccess, IdentityKind};

/// How the store signs in: what is logged, and named when it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// A key of the connection string, which signs for an hour at a time.
    AccountKey,
    /// The emulator's key, which everybody knows.
    EmulatorKey,
    /// The signature of the connection string.
    Signature {
        /// Until when, if it says so itself.
        expires: Option<jiff::Timestamp>,
    },
    /// The machine's identity, or a user-assigned one of this client id.
    ManagedIdentity {
        /// Of the user-assigned identity.
        client_id: Option<String>,
    },
    /// The identity of a Kubernetes service account.
    WorkloadIdentity {
        /// Of its application.
        client_id: String,
    },
    /// Whoever has signed in with `az login` or `azd auth login`.
    DeveloperTools,
}

impl SignIn {
    /// Of a connection string.
    pub(super) fn with_key(key: &SharedKey) -> Self {
        match key {
            SharedKey::Account { kind, .. } => match kind {
                KeyKind::Account => Self::AccountKey,
                KeyKind::Emulator => Self::EmulatorKey,
            },
            SharedKey::Signature(query) => Self::Signature {
                expires: Signature::given(query.clone()).expires,
            },
        }
    }

    /// Of an identity. Pure: what the environment offers is in `access`.
    pub(super) fn as_identity(access: &IdentityAccess) -> Result<Self, BlobFault> {
        let environment = &access.environment;
        let kind = match access.kind {
            IdentityKind::Detected if environment.identity_endpoint.is_some() => {
                IdentityKind::Managed
            }
            IdentityKind::Detected if environment.federated_token_file.is_some() => {
                IdentityKind::Workload
            }
            IdentityKind::Detected => IdentityKind::DeveloperTools,
            configured => configured,
        };
        match kind {
            IdentityKind::Managed => Ok(Self::ManagedIdentity {
                client_id: access.client_id.clone(),
            }),
            IdentityKind::Workload => Self::workload(access),
            IdentityKind::DeveloperTools | IdentityKind::Detected => Ok(Self::DeveloperTools),
        }
    }

    fn workload(access: &IdentityAccess) -> Result<Self, BlobFault> {
        let environment = &access.environment;
        let missing: Vec<&'static str> = [
            (access.client_id.is_none(), "AZURE_CLIENT_ID"),
            (environment.tenant_id.is_none(), "AZURE_TENANT_ID"),
            (
                environment.federated_token_file.is_none(),
                "AZURE_FEDERATED_TOKEN_FILE",
            ),
        ]
        .into_iter()
        .filter_map(|(is_missing, name)| is_missing.then_some(name))
        .collect();
        match &access.client_id {
            Some(client_id) if missing.is_empty() => Ok(Self::WorkloadIdentity {
                client_id: client_id.clone(),
            }),
            _ => Err(BlobFault::IncompleteWorkload { missing }),
        }
    }

    /// The source of tokens, for the identities.
    pub(super) fn credential(
        &self,
        access: &IdentityAccess,
        retry: &ShortRetry,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let client_options = ClientOptions {
            retry: RetryOptions::custom(Arc::new(retry.clone())),
            ..ClientOptions::default()
        };
        Ok(match self {
            Self::ManagedIdentity { client_id } => {
                let options = ManagedIdentityCredentialOptions {
                    user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                    client_options,
                };
                ManagedIdentityCredential::new(Some(options))?
            }
            Self::WorkloadIdentity { client_id } => {
                let mut options = WorkloadIdentityCredentialOptions {
                    client_id: Some(client_id.clone()),
                    tenant_id: access.environment.tenant_id.clone(),
                    token_file_path: access.environment.federated_token_file.clone(),
                    ..WorkloadIdentityCredentialOptions::default()
                };
                options.credential_options.client_options = client_options;
                WorkloadIdentityCredential::new(Some(options))?
            }
            _ => DeveloperToolsCredential::new(None)?,
        })
    }

    /// What to do when the account does not know who we are.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::AccountKey => {
                "take the present key of this account from its access keys into AZURE_STORAGE_CONNECTION_STRING, or set USE_MANAGED_IDENTITY=true and remove the connection string"
            }
            Self::EmulatorKey => {
                "start the emulator with its usual account, or give its key in AZURE_STORAGE_CONNECTION_STRING"
            }
            Self::Signature { .. } => {
                "make a new signature with the permissions rwdlc for services b and resource types co, and put it into AZURE_STORAGE_CONNECTION_STRING"
            }
            Self::ManagedIdentity { client_id: None } => {
                "turn on the system-assigned identity of this app, or set AZURE_CLIENT_ID to the client id of a user-assigned one"
            }
            Self::ManagedIdentity { client_id: Some(_) } => {
                "assign the identity with this client id to this app, or correct AZURE_CLIENT_ID"
            }
            Self::WorkloadIdentity { .. } => {
                "check the service account's annotations, AZURE_CLIENT_ID and AZURE_TENANT_ID"
            }
            Self::DeveloperTools => {
                "run `az login` (or `azd auth login`), or set AZURE_STORAGE_CONNECTION_STRING and USE_MANAGED_IDENTITY=false"
            }
        }
    }

    /// What to do when the account knows us and refuses all the same.
    pub(super) fn permission_advice(&self) -> &'static str {
        match self {
            Self::AccountKey | Self::EmulatorKey => {
                "the key is not this account's (take it once more from its access keys into AZURE_STORAGE_CONNECTION_STRING), or the account is disabled or its firewall refuses this address"
            }
            Self::Signature { .. } => {
                "the signature must be whole and permit rwdlc for services b and resource types co, and the account's firewall must let this address pass"
            }
            _ => {
                "give this identity the role Storage Blob Data Contributor on the storage account (a new role takes some minutes), and let the account's firewall pass this address"
            }
        }
    }
}

impl fmt::Display for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountKey => f.write_str("the account key of the connection string"),
            Self::EmulatorKey => f.write_str("the emulator's account key"),
            Self::Signature {
                expires: Some(expires),
            } => write!(
                f,
                "the shared access signature of the connection string (until {expires})"
            ),
            Self::Signature { expires: None } => {
                f.write_str("the shared access signature of the connection string")
            }
            Self::ManagedIdentity { client_id: None } => {
                f.write_str("the system-assigned managed identity")
            }
            Self::ManagedIdentity {
                client_id: Some(client_id),
            } => write!(
                f,
                "the user-assigned managed identity with client id {client_id}"
            ),
            Self::WorkloadIdentity { client_id } => {
                write!(f, "the workload identity with client id {client_id}")
            }
            Self::DeveloperTools => f.write_str("the developer's own sign-in (az or azd)"),
        }
    }
}

#[cfg(test)]
#[path = "sign_in_tests.rs"]
mod tests;
