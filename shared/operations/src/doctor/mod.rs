//! What an operator asks when something is odd: are settings, store, vendor, lists and runs as they
//! should be, and if not, what to do. Each check is small, bounded, and says nothing secret.

mod checks;
mod machine;
mod vendors;

use jiff::Timestamp;
use serde::Serialize;

use crate::assemble::{Effects, LakePlace};
use crate::context::Context;

/// Whether something is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// Works, and somebody should look.
    Look,
    /// Does not work.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A word for it.
    pub name: &'static str,
    /// How it is.
    pub state: CheckState,
    /// What was read.
    pub found: String,
    /// What to do; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// The answer of `quantx doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// When it was made.
    pub timestamp: Timestamp,
    /// The worst of all checks.
    pub state: CheckState,
    /// Every check, in the order in which one depends on the other.
    pub checks: Vec<Check>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct DoctorRequest {
    /// Where the settings were read.
    pub settings_from: String,
    /// The program's version.
    pub version: String,
    /// Whether the vendor is asked one question.
    pub ask_vendor: bool,
    /// Whether an object may be written, to be taken away again.
    pub effects: Effects,
}

/// Looks at everything that a run needs. Writes at most one probe object, which it takes away again;
/// asks the vendor at most one question.
pub async fn diagnose(context: &Context, place: &LakePlace, request: &DoctorRequest) -> Diagnosis {
    let mut checks = vec![
        Check::ok("program", checks::program(&request.version)),
        Check::ok("settings", request.settings_from.clone()),
        Check::ok("sign-in", checks::sign_in(place)),
    ];
    let store = checks::store(context, place, request.effects).await;
    let store_answers = store.state != CheckState::Wrong;
    checks.push(store);
    checks.extend(machine::disk(place));
    if store_answers {
        checks.extend(machine::clock(context).await);
        checks.push(checks::universe(context).await);
        checks.push(checks::last_run(context).await);
        checks.push(checks::listings(context).await);
    }
    checks.push(checks::alerts(context));
    checks.extend(vendors::witnesses(&context.settings));
    if request.ask_vendor {
        checks.push(checks::vendor(context).await);
    }
    let state = checks.iter().map(|check| check.state).max();
    Diagnosis {
        timestamp: context.clock.now(),
        state: state.unwrap_or(CheckState::Ok),
        checks,
    }
}

/// The answer where the lake cannot even be opened; `why` says what was tried.
pub fn cannot_open(
    place: &LakePlace,
    request: &DoctorRequest,
    timestamp: Timestamp,
    why: &str,
) -> Diagnosis {
    let advice = "check the settings of storage, and who signs in; docs/operations.md";
    Diagnosis {
        timestamp,
        state: CheckState::Wrong,
        checks: vec![
            Check::ok("program", checks::program(&request.version)),
            Check::ok("settings", request.settings_from.clone()),
            Check::ok("sign-in", checks::sign_in(place)),
            Check::wrong("store", format!("{place}: {why}"), advice),
        ],
    }
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: CheckState::Ok,
            found: found.into(),
            advice: None,
        }
    }

    fn look(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            state: CheckState::Look,
            advice: Some(advice.into()),
            ..Self::ok(name, found)
        }
    }

    fn wrong(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            state: CheckState::Wrong,
            ..Self::look(name, found, advice)
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a lake on the disk is looked at")]
#[cfg(test)]
mod tests;
