//! `storage.*`: where the lake is and how to sign in there.

use std::path::PathBuf;

use super::env::CONNECTION_STRING;
use super::layers::Layers;
use super::model::{AzureAccess, AzureSettings, StorageSettings};
use super::problem::{Place, SettingsProblem};
use super::rules::{Rule, flag, line};
use super::secret::Secret;
use super::tree::Scalar;

const IDENTITY: &str = "storage.azure.use_managed_identity";
const ACCOUNT: &str = "storage.azure.account_name";

pub(super) fn read(layers: &mut Layers<'_>) -> Option<StorageSettings> {
    let account = layers.read(ACCOUNT, &account_name().or_nothing());
    let container_name = layers.value("storage.azure.container_name", &container_name());
    let identity = layers.read(IDENTITY, &flag());
    let connection = layers.read_environment(CONNECTION_STRING, &connection_string());
    let local_root = layers.value("storage.local.root_path", &line(4096));

    let (account, identity) = (account?, identity?);
    let access = match (connection, &account.value) {
        (Some(connection), account_name) => {
            if identity.value && matches!(identity.place, Place::Variable(_)) {
                layers.tell(
                    IDENTITY,
                    &identity,
                    "false, or no AZURE_STORAGE_CONNECTION_STRING".to_owned(),
                );
            }
            let (secret, own_name) = connection.value;
            if let (Some(name), Some(own)) = (account_name, &own_name)
                && name != own
            {
                layers.tell(
                    ACCOUNT,
                    &account,
                    format!("the account of the connection string, {own}"),
                );
            }
            Some(AzureAccess::ConnectionString(secret))
        }
        (None, Some(account_name)) => {
            if !identity.value {
                layers.problems.push(SettingsProblem {
                    place: identity.place.clone(),
                    key: IDENTITY.to_owned(),
                    read: "false without a connection string".to_owned(),
                    allowed: "true, or the variable AZURE_STORAGE_CONNECTION_STRING".to_owned(),
                    hint: None,
                });
            }
            Some(AzureAccess::ManagedIdentity {
                account_name: account_name.clone(),
            })
        }
        (None, None) => None,
    };
    let container_name = container_name?;
    Some(StorageSettings {
        azure: access.map(|access| AzureSettings {
            container_name,
            access,
        }),
        local_root: PathBuf::from(local_root?),
    })
}

fn account_name() -> Rule<String> {
    Rule::matching("3 to 24 lower-case letters and digits", |text| {
        is_account_name(text).then(|| text.to_owned())
    })
}

fn is_account_name(text: &str) -> bool {
    (3..=24).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn container_name() -> Rule<String> {
    let allowed =
        "3 to 63 lower-case letters, digits and single dashes, a letter or digit at both ends";
    Rule::matching(allowed, |text| {
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
fn connection_string() -> Rule<(Secret<String>, Option<String>)> {
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
    Rule::new(allowed, read).hidden()
}
