//! Connection strings of storage accounts. Pure. No error shows any part of a value.

use std::fmt;

use azure_core::http::Url;

use quantx_settings::Secret;

const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
/// The emulator's account key, the same everywhere and printed in its documentation.
const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const EMULATOR_PORT: u16 = 10000;

/// What a connection string says about Blob Storage.
#[derive(Debug, Clone)]
pub(super) struct ConnectionString {
    /// Where the account answers; no closing `/`.
    pub(super) endpoint: String,
    /// What signs the requests.
    pub(super) key: SharedKey,
}

/// A secret of a storage account.
#[derive(Debug, Clone)]
pub(super) enum SharedKey {
    /// Signs whatever it likes.
    Account {
        name: String,
        key: Secret<String>,
        kind: KeyKind,
    },
    /// A shared access signature that somebody else made, without leading `?`.
    Signature(Secret<String>),
}

/// Whose account key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// The emulator's, which is no secret.
    Emulator,
    /// A real account's.
    Account,
}

/// Why a connection string cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionStringError {
    /// A part without `=`.
    #[error("part {number} of the connection string is not Name=Value")]
    NotAPair { number: usize },
    /// Nothing to sign with.
    #[error(
        "the connection string has neither AccountKey nor SharedAccessSignature: copy it whole from the storage account's access keys, or use a managed identity"
    )]
    NoKey,
    /// Nowhere to go to.
    #[error("the connection string has neither AccountName nor BlobEndpoint")]
    NoAccount,
    /// An account key signs in the account's name.
    #[error("the connection string has an AccountKey but no AccountName")]
    KeyWithoutName,
    /// Damaged when it was copied.
    #[error("AccountKey of the connection string is not base64: copy it again")]
    BadKey,
    /// Not an address.
    #[error("BlobEndpoint of the connection string is not an http or https address without query")]
    BadEndpoint,
    /// Anybody on the way could read the signature.
    #[error(
        "BlobEndpoint of the connection string is http, which is for emulators only: on this machine or a host without dots"
    )]
    Insecure,
}

/// Where the account of a connection string answers; nothing is asked.
///
/// # Errors
/// [`ConnectionStringError`], which shows no part of a value.
pub fn account_address(connection_string: &str) -> Result<String, ConnectionStringError> {
    Ok(ConnectionString::parse(connection_string)?.endpoint)
}

impl ConnectionString {
    /// Reads `Name=Value;...`; names in any case, unknown ones ignored.
    pub(super) fn parse(text: &str) -> Result<Self, ConnectionStringError> {
        let parts = Parts::read(text)?;
        if parts
            .development
            .is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
        {
            return Self::emulator(parts.proxy);
        }
        let endpoint = match (parts.endpoint, parts.account) {
            (Some(endpoint), _) => endpoint.to_owned(),
            (None, Some(account)) => {
                let protocol = parts.protocol.unwrap_or("https");
                let suffix = parts.suffix.unwrap_or("core.windows.net");
                format!("{protocol}://{account}.blob.{suffix}")
            }
            (None, None) => return Err(ConnectionStringError::NoAccount),
        };
        let key = match (parts.key, parts.signature) {
            (Some(key), _) => SharedKey::Account {
                name: parts
                    .account
                    .ok_or(ConnectionStringError::KeyWithoutName)?
                    .to_owned(),
                kind: if key == EMULATOR_KEY {
                    KeyKind::Emulator
                } else {
                    KeyKind::Account
                },
                key: account_key(key)?,
            },
            (None, Some(signature)) => {
                SharedKey::Signature(Secret::new(signature.trim_start_matches('?').to_owned()))
            }
            (None, None) => return Err(ConnectionStringError::NoKey),
        };
        Ok(Self {
            endpoint: checked_endpoint(&endpoint)?,
            key,
        })
    }

    fn emulator(proxy: Option<&str>) -> Result<Self, ConnectionStringError> {
        let host = proxy.unwrap_or("http://127.0.0.1").trim_end_matches('/');
        let endpoint = format!("{host}:{EMULATOR_PORT}/{EMULATOR_ACCOUNT}");
        Ok(Self {
            endpoint: checked_endpoint(&endpoint)?,
            key: SharedKey::Account {
                name: EMULATOR_ACCOUNT.to_owned(),
                key: account_key(EMULATOR_KEY)?,
                kind: KeyKind::Emulator,
            },
        })
    }
}

/// The values that matter, as they were written.
#[derive(Default)]
struct Parts<'a> {
    development: Option<&'a str>,
    proxy: Option<&'a str>,
    endpoint: Option<&'a str>,
    account: Option<&'a str>,
    protocol: Option<&'a str>,
    suffix: Option<&'a str>,
    key: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Result<Self, ConnectionStringError> {
        let mut parts = Self::default();
        for (index, part) in text.split(';').enumerate() {
            if part.trim().is_empty() {
                continue;
            }
            // Keys end in '=' and signatures are full of it: only the first one separates.
            let (name, value) = part
                .split_once('=')
                .ok_or(ConnectionStringError::NotAPair { number: index + 1 })?;
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            match name.trim().to_ascii_lowercase().as_str() {
                "usedevelopmentstorage" => parts.development = value,
                "developmentstorageproxyuri" => parts.proxy = value,
                "blobendpoint" => parts.endpoint = value,
                "accountname" => parts.account = value,
                "defaultendpointsprotocol" => parts.protocol = value,
                "endpointsuffix" => parts.suffix = value,
                "accountkey" => parts.key = value,
                "sharedaccesssignature" => parts.signature = value,
                _ => {}
            }
        }
        Ok(parts)
    }
}

fn account_key(text: &str) -> Result<Secret<String>, ConnectionStringError> {
    let decoded = azure_core::base64::decode(text);
    match decoded {
        Ok(bytes) if !bytes.is_empty() => Ok(Secret::new(text.to_owned())),
        _ => Err(ConnectionStringError::BadKey),
    }
}

/// An address to which `/<container>/<blob>` can be appended. The SDK would keep a closing `/` and
/// ask for `//<container>`, which is 400.
pub(super) fn checked_endpoint(text: &str) -> Result<String, ConnectionStringError> {
    let url = Url::parse(text).map_err(|_| ConnectionStringError::BadEndpoint)?;
    let host = url.host_str().ok_or(ConnectionStringError::BadEndpoint)?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(ConnectionStringError::BadEndpoint);
    }
    match url.scheme() {
        "https" => {}
        "http" if is_near(host) => {}
        "http" => return Err(ConnectionStringError::Insecure),
        _ => return Err(ConnectionStringError::BadEndpoint),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// This machine, or a neighbour in a network of containers, whose names have no dots.
fn is_near(host: &str) -> bool {
    let loopback = host
        .trim_matches(['[', ']'])
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    loopback || !host.contains(['.', ':'])
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emulator => "the emulator's account key",
            Self::Account => "an account key",
        })
    }
}

#[cfg(test)]
#[path = "connection_string_tests.rs"]
mod tests;
