//! Keys of the app. They guard nothing here, but callers need them as on Azure.

use super::http::CallerRequest;

/// The keys of one host.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Opens HTTP functions.
    pub function: String,
    /// Opens the management API.
    pub system: String,
    /// Opens everything.
    pub master: String,
}

/// Who a request is from, by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Master,
    System,
    Function,
    /// Without a key, or with a wrong one.
    Stranger,
}

impl Keys {
    /// New ones for every host.
    pub(super) fn random() -> Self {
        let key = |kind: &str| format!("{kind}-{:032x}", fastrand::u128(..));
        Self {
            function: key("function"),
            system: key("system"),
            master: key("master"),
        }
    }

    pub(super) fn caller(&self, request: &CallerRequest) -> Caller {
        let in_query = request.query("code");
        match in_query.or_else(|| request.header("x-functions-key")) {
            Some(key) if key == self.master => Caller::Master,
            Some(key) if key == self.system => Caller::System,
            Some(key) if key == self.function => Caller::Function,
            _ => Caller::Stranger,
        }
    }
}

/// As the host names invocations.
pub(super) fn guid() -> String {
    let hex = format!("{:032x}", fastrand::u128(..));
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}
