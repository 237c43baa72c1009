//! `storage.*`: where the lake is and how to sign in there.

use std::path::PathBuf;

use super::constraint::{Constraint, flag, line, one_of};
use super::env::{CONNECTION_STRING, FEDERATED_TOKEN_FILE, IDENTITY_ENDPOINT, TENANT_ID};
use super::identity::{IdentityAccess, IdentityEnvironment, IdentityKind};
use super::layers::{At, Layers};
use super::model::{AzureAccess, AzureSettings, Durability, StorageSettings};
use super::problem::SettingsProblem;
use super::secret::Secret;
use super::tree::Scalar;

const IDENTITY: &str = "storage.azure.use_managed_identity";
const ACCOUNT: &str = "storage.azure.account_name";

const KINDS: &[(&str, IdentityKind)] = &[
    ("detected", IdentityKind::Detected),
    ("managed", IdentityKind::Managed),
    ("workload", IdentityKind::Workload),
    ("developer", IdentityKind::DeveloperTools),
];

const DURABILITIES: &[(&str, Durability)] = &[
    ("full", Durability::Full),
    ("batch", Durability::Batch),
    ("none", Durability::None),
];

pub(super) fn read(layers: &mut Layers<'_>) -> Option<StorageSettings> {
    let account = layers.read(ACCOUNT, &account_name().or_nothing());
    let container_name = layers.value("storage.azure.container_name", &container_name());
    let create_container = layers.value("storage.azure.create_container", &flag());
    let use_identity = layers.read(IDENTITY, &flag());
    let connection = layers.read_environment(CONNECTION_STRING, &connection_string());
    let identity = identity(layers);
    let local_root = layers.value("storage.local.root_path", &line(4096));
    let local_durability = layers.value("storage.local.durability", &one_of(DURABILITIES));

    let (account, use_identity, identity) = (account?, use_identity?, identity?);
    let access = match (connection, &account.value) {
        (Some(connection), _) => Some(with_key(layers, connection.value, &account, &use_identity)),
        (None, Some(account_name)) => {
            report_missing_key(layers, &use_identity);
            Some(AzureAccess::Identity(IdentityAccess {
                account_name: account_name.clone(),
                ..identity
            }))
        }
        (None, None) => None,
    };
    let (container_name, create_container) = (container_name?, create_container?);
    Some(StorageSettings {
        azure: access.map(|access| AzureSettings {
            container_name,
            access,
            create_container,
        }),
        local_root: PathBuf::from(local_root?),
        local_durability: local_durability?,
    })
}

/// Everything about an identity but the account.
fn identity(layers: &mut Layers<'_>) -> Option<IdentityAccess> {
    let endpoint = layers.value("storage.azure.endpoint", &endpoint().or_nothing());
    let client_id = layers.value("storage.azure.client_id", &uuid().or_nothing());
    let kind = layers.value("storage.azure.identity", &one_of(KINDS));
    let mut offered = |key| {
        let read = layers.read_environment(key, &line(4096));
        read.map(|at| at.value)
    };
    let environment = IdentityEnvironment {
        identity_endpoint: offered(IDENTITY_ENDPOINT),
        federated_token_file: offered(FEDERATED_TOKEN_FILE).map(PathBuf::from),
        tenant_id: offered(TENANT_ID),
    };
    Some(IdentityAccess {
        account_name: String::new(),
        endpoint: endpoint?,
        kind: kind?,
        client_id: client_id?,
        environment,
    })
}

/// A connection string signs in, unless the settings ask for an identity: a key never takes
/// its place in silence.
fn with_key(
    layers: &mut Layers<'_>,
    (secret, own_name): (Secret<String>, Option<String>),
    account: &At<Option<String>>,
    use_identity: &At<bool>,
) -> AzureAccess {
    if use_identity.value && !use_identity.place.is_built_in() {
        let allowed =
            "false (USE_MANAGED_IDENTITY=false), or no AZURE_STORAGE_CONNECTION_STRING".to_owned();
        layers.report_problem(IDENTITY, use_identity, allowed);
    }
    if let (Some(name), Some(own)) = (&account.value, &own_name)
        && name != own
    {
        let allowed = format!("the account of the connection string, {own}");
        layers.report_problem(ACCOUNT, account, allowed);
    }
    AzureAccess::ConnectionString(secret)
}

fn report_missing_key(layers: &mut Layers<'_>, use_identity: &At<bool>) {
    if use_identity.value {
        return;
    }
    layers.problems.push(SettingsProblem {
        place: use_identity.place.clone(),
        key: IDENTITY.to_owned(),
        read: "false without a connection string".to_owned(),
        allowed: "true, or the variable AZURE_STORAGE_CONNECTION_STRING".to_owned(),
        hint: None,
    });
}

/// https alone: a token over http would be anybody's.
fn endpoint() -> Constraint<String> {
    Constraint::matching("an https address without a query", |text| {
        let rest = text.strip_prefix("https://")?;
        let plain = !rest.is_empty() && !rest.contains(['?', '#', '@', ' ', '\t']);
        plain.then(|| text.trim_end_matches('/').to_owned())
    })
}

fn uuid() -> Constraint<String> {
    let allowed = "a UUID, as 11111111-2222-3333-4444-555555555555";
    Constraint::matching(allowed, |text| {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let digits = text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
        (digits && lengths == [8, 4, 4, 4, 12]).then(|| text.to_ascii_lowercase())
    })
}

fn account_name() -> Constraint<String> {
    Constraint::matching("3 to 24 lower-case letters and digits", |text| {
        is_account_name(text).then(|| text.to_owned())
    })
}

fn is_account_name(text: &str) -> bool {
    (3..=24).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn container_name() -> Constraint<String> {
    let allowed =
        "3 to 63 lower-case letters, digits and single dashes, a letter or digit at both ends";
    Constraint::matching(allowed, |text| {
        let good = (3..=63).contains(&text.len())
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--")
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        good.then(|| text.to_owned())
    })
}

/// The secret, and the account that it names, if it names one. No message shows any part of it.
fn connection_string() -> Constraint<(Secret<String>, Option<String>)> {
    let allowed = "a connection string: Name=Value pairs with ';' between them, among them AccountName, BlobEndpoint or UseDevelopmentStorage";
    let read = |scalar: &Scalar| {
        let mut account = None;
        let mut has_target = false;
        for pair in scalar.text.split(';').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(None)?;
            match name.trim().to_ascii_lowercase().as_str() {
                "accountname" => account = Some(value.to_owned()),
                "usedevelopmentstorage" => account = Some("devstoreaccount1".to_owned()),
                "blobendpoint" => {}
                _ => continue,
            }
            has_target = true;
        }
        if has_target {
            Ok((Secret::new(scalar.text.clone()), account))
        } else {
            Err(None)
        }
    };
    Constraint::new(allowed, read).hidden()
}
