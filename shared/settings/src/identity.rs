use std::path::PathBuf;

/// An identity of Entra ID: which one, and what the environment offers for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityAccess {
    /// 3 to 24 lower-case letters and digits.
    pub account_name: String,
    /// Where the account answers, if not at `https://<account>.blob.core.windows.net`.
    pub endpoint: Option<String>,
    /// Which kind.
    pub kind: IdentityKind,
    /// Client id of a user-assigned identity, or of the workload's (`AZURE_CLIENT_ID`); `None` is
    /// the machine's own.
    pub client_id: Option<String>,
    /// What was found in the environment.
    pub environment: IdentityEnvironment,
}

/// Which kind of identity signs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IdentityKind {
    /// Managed where `IDENTITY_ENDPOINT` is, workload where `AZURE_FEDERATED_TOKEN_FILE` is, else
    /// the developer's.
    #[default]
    Detected,
    /// The machine's or a user-assigned one, also on a virtual machine, which sets no variable.
    Managed,
    /// That of a Kubernetes service account.
    Workload,
    /// Whoever is signed in with `az` or `azd`.
    DeveloperTools,
}

/// The variables that say what a machine offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityEnvironment {
    /// `IDENTITY_ENDPOINT`: set by Functions, App Service and Container Apps.
    pub identity_endpoint: Option<String>,
    /// `AZURE_FEDERATED_TOKEN_FILE`: set by Kubernetes with workload identity.
    pub federated_token_file: Option<PathBuf>,
    /// `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
}
