//! What belongs to no listing: manifest, universes, reports, quarantine, and what is no object.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde_json::Value;

use super::VerifyRequest;
use crate::context::Context;
use crate::error::OperationError;
use quantx_lake::LakeKey;
use quantx_lake::basis::RefusedRow;
use quantx_lake::manifest::Manifest;
use quantx_lake::proof::{Finding, FindingSeverity, ProofRule};
use quantx_settings::Settings;
use quantx_storage::{LakeStore, Leftover, LeftoverKind, StorageError};
use quantx_universe::identity::Identity;
use quantx_universe::membership::Membership;
use quantx_universe::{Table, Universe};

/// The manifest, and what is wrong with it as a whole; a lake without one has no line of any listing.
pub(super) async fn manifest(
    context: &Context,
) -> Result<(Option<Manifest>, Option<Finding>), OperationError> {
    let found = context.store.get(&LakeKey::Manifest).await;
    let found = found.map_err(|source| OperationError::Storage {
        doing: "read the manifest",
        source,
    })?;
    let Some(object) = found else {
        return Ok((Some(Manifest::default()), None));
    };
    Ok(match Manifest::parse(&object.bytes) {
        Ok(manifest) => {
            let lines: Vec<String> = manifest
                .unusable()
                .iter()
                .map(ToString::to_string)
                .collect();
            let finding = (!lines.is_empty()).then(|| {
                let detail = format!("lines that are skipped: {}", lines.join("; "));
                Finding::new(ProofRule::ManifestStale, LakeKey::Manifest.path(), detail)
            });
            (Some(manifest), finding)
        }
        Err(error) => {
            let path = LakeKey::Manifest.path();
            let finding = Finding::new(ProofRule::ManifestUnreadable, path, error.to_string());
            (None, Some(finding))
        }
    })
}

/// Reads every object of `keys` and says which cannot be used.
pub(super) async fn objects(context: &Context, keys: &[LakeKey]) -> Vec<Finding> {
    let reads = keys.iter().map(|key| async move {
        let rule = rule_of(key)?;
        let fault = match context.store.get(key).await {
            Ok(Some(object)) => fault(key, &object.bytes, &context.settings)?,
            // Removed since it was listed.
            Ok(None) => return None,
            Err(error) => return Some(not_read(key, &error)),
        };
        Some(match fault {
            Damage::Whole(detail) => Finding::new(rule, key.path(), detail),
            Damage::Lines(detail) => {
                let mut finding = Finding::new(rule, key.path(), detail);
                finding.severity = FindingSeverity::Warning;
                finding
            }
        })
    });
    let workers = context.settings.fetcher.max_workers.get();
    let found: Vec<_> = stream::iter(reads).buffered(workers).collect().await;
    found.into_iter().flatten().collect()
}

fn not_read(key: &LakeKey, error: &StorageError) -> Finding {
    Finding::new(ProofRule::NotProven, key.path(), error.to_string())
}

/// The rule that an unreadable object of this kind breaks; `None` for what this version does not read.
fn rule_of(key: &LakeKey) -> Option<ProofRule> {
    match key {
        LakeKey::Quarantine { .. } | LakeKey::Decisions { .. } => {
            Some(ProofRule::QuarantineUnreadable)
        }
        LakeKey::Report { .. } => Some(ProofRule::ReportUnreadable),
        LakeKey::Universe { .. }
        | LakeKey::UniverseMetadata { .. }
        | LakeKey::Membership { .. }
        | LakeKey::Identity => Some(ProofRule::UniverseUnreadable),
        _ => None,
    }
}

/// How much of an object cannot be used.
enum Damage {
    /// All of it.
    Whole(String),
    /// Some lines of a table, which every reader skips.
    Lines(String),
}

fn fault(key: &LakeKey, bytes: &Bytes, settings: &Settings) -> Option<Damage> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Some(Damage::Whole(error.to_string())),
    };
    let exchanges = &settings.exchanges;
    match key {
        LakeKey::Universe { name } => {
            return lines(Universe::from_csv(name.clone(), text, exchanges));
        }
        LakeKey::Membership { name } => {
            return lines(Membership::from_csv(name.clone(), text, exchanges));
        }
        LakeKey::Identity => return lines(Identity::from_csv(text, exchanges)),
        _ => {}
    }
    let detail = match key {
        LakeKey::Quarantine { .. } => {
            let rows: Result<Vec<RefusedRow>, _> = serde_json::from_str(text);
            rows.err().map(|error| error.to_string())
        }
        LakeKey::Report { run } => report_fault(text, &run.to_string()),
        LakeKey::UniverseMetadata { .. } => {
            let metadata: Result<Value, _> = serde_json::from_str(text);
            metadata.err().map(|error| error.to_string())
        }
        LakeKey::Decisions { .. } => {
            let decisions: Result<Value, _> = serde_json::from_str(text);
            decisions.err().map(|error| error.to_string())
        }
        _ => None,
    };
    detail.map(Damage::Whole)
}

/// Why a table cannot be used, or which of its lines.
fn lines<T, E: ToString>(table: Result<Table<T>, E>) -> Option<Damage> {
    let lines: Vec<String> = match table {
        Err(error) => return Some(Damage::Whole(error.to_string())),
        Ok(table) => table.unusable.iter().map(ToString::to_string).collect(),
    };
    let detail = || format!("lines that are skipped: {}", lines.join("; "));
    (!lines.is_empty()).then(|| Damage::Lines(detail()))
}

/// Versions of this program differ in what a report has, so only its name is held against it.
fn report_fault(text: &str, run: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text) {
        Err(error) => Some(error.to_string()),
        Ok(report) if report["run"] == run => None,
        Ok(report) => Some(format!("it is the report of {}", report["run"])),
    }
}

/// What is no object, as seen before the proof began.
#[derive(Debug)]
pub(super) struct LeftoverScan(BTreeSet<Leftover>);

impl LeftoverScan {
    /// Looks; only a proof of the whole lake does.
    pub(super) async fn look(request: &VerifyRequest) -> Result<Self, OperationError> {
        let Some(leftovers) = request
            .leftovers
            .as_ref()
            .filter(|_| request.listings.is_none())
        else {
            return Ok(Self(BTreeSet::new()));
        };
        let found = leftovers.leftovers().await;
        let found = found.map_err(|source| OperationError::Storage {
            doing: "look for what is no object",
            source,
        })?;
        Ok(Self(found.into_iter().collect()))
    }

    /// Those that are there at the end as well: the temporary file of a writer at work is gone by then.
    pub(super) async fn still_there(
        &self,
        request: &VerifyRequest,
    ) -> Result<Vec<Finding>, OperationError> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let again = Self::look(request).await?;
        Ok(self.0.intersection(&again.0).map(finding).collect())
    }
}

fn finding(leftover: &Leftover) -> Finding {
    let path = leftover.path.clone();
    match leftover.kind {
        LeftoverKind::Temporary => Finding::new(
            ProofRule::TemporaryLeft,
            path,
            "no reader sees it; its content was never committed",
        ),
        LeftoverKind::Unknown => {
            let detail = "no object has this name; readers of whole folders may take it in";
            // Elsewhere nobody reads whole folders.
            let is_among_bars = path.starts_with(&quantx_lake::LakePrefix::Commits.path());
            let mut finding = Finding::new(ProofRule::UnknownObject, path, detail);
            if !is_among_bars {
                finding.severity = FindingSeverity::Note;
            }
            finding
        }
    }
}
