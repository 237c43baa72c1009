//! Whether the newest version of each Delta table is what the lake says, and every version can be read.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::delta::{self, DeltaTables, Log};
use super::{Known, PARALLEL_READS, Parts, TableState, checkpoint, state, wanted};
use crate::listing::chain;
use crate::{Context, OperationError};
use quantx_lake::delta::{Commit, ContentHash, DeltaTable, TableState as Versions};
use quantx_lake::panel::PanelIndex;
use quantx_lake::proof::{Finding, ProofRule};
use quantx_lake::{LakeKey, RunId};
use quantx_market::ExchangeCode;

/// The exchanges of whose tables an index among the objects `keys` says something. One that cannot be
/// read is a finding of its own, and says nothing of what the Delta tables should have.
async fn exchanges_of(
    context: &Context,
    keys: &[LakeKey],
) -> Result<BTreeSet<ExchangeCode>, OperationError> {
    let mut exchanges = BTreeSet::new();
    for key in keys {
        if let LakeKey::PanelIndex { exchange } = key
            && super::index(context, key).await? != PanelIndex::default()
        {
            exchanges.insert(exchange.clone());
        }
    }
    Ok(exchanges)
}

/// What is wrong with the Delta tables, of which and of whose indexes `keys` lie in the lake. Files of
/// older versions are looked for, those of the newest are read.
///
/// # Errors
/// [`OperationError`] when the store fails.
pub(crate) async fn check_delta(
    context: &Context,
    keys: &[LakeKey],
) -> Result<Vec<Finding>, OperationError> {
    let exchanges = exchanges_of(context, keys).await?;
    let [bars, factors] = wanted(context, &exchanges).await?;
    let stored: BTreeSet<&LakeKey> = keys.iter().collect();
    let mut findings = Vec::new();
    for (table, wanted) in [(DeltaTable::Bars, bars), (DeltaTable::Factors, factors)] {
        let is_there = stored.iter().any(|key| {
            matches!(key, LakeKey::DeltaCommit { table: of, .. }
                | LakeKey::DeltaCheckpoint { table: of, .. }
                | LakeKey::DeltaVersions { table: of } if *of == table)
        });
        // No index knows of it: an earlier version of this program made them.
        if !is_there && wanted.is_empty() {
            continue;
        }
        let versions = LakeKey::DeltaVersions { table }.path();
        let loaded = match delta::load(context, table).await {
            Ok(loaded) => loaded,
            Err(OperationError::WorkingMemory { key, detail }) => {
                let rule = ProofRule::TableDamaged;
                findings.push(Finding::new(rule, key.path(), detail));
                continue;
            }
            Err(error) => return Err(error),
        };
        if !loaded.summed_up {
            let detail = "it does not name the versions that the log has";
            findings.push(Finding::new(ProofRule::TableStale, &versions, detail));
        }
        let at = Timestamp::UNIX_EPOCH;
        let planned = RunId::new("verify", at)?;
        if let Some(changes) = loaded.state.plan(table, &exchanges, &wanted, &planned, at) {
            let (add, remove) = (changes.commit.add.len(), changes.commit.remove.len());
            let detail = format!(
                "its newest version is not what the year files give: {add} files are not in it, and {remove} should not be"
            );
            findings.push(Finding::new(ProofRule::TableStale, &versions, detail));
        }
        findings.extend(newest(context, table, &loaded.state).await?);
        findings.extend(older(context, table, &loaded.state, &stored).await?);
        let log = Log::among(table, keys);
        findings.extend(checkpoint::check(context, table, &loaded.state, &log).await?);
    }
    Ok(findings)
}

/// Reads the files of the newest version.
async fn newest(
    context: &Context,
    table: DeltaTable,
    versions: &Versions,
) -> Result<Vec<Finding>, OperationError> {
    let reads = versions.hashes().map(|sha256| async move {
        let name = sha256.as_str().to_owned();
        let key = LakeKey::DeltaPart { table, sha256 };
        let (rule, detail) = match state(context, &key, &name).await? {
            TableState::Whole => return Ok(None),
            TableState::Damaged => (
                ProofRule::TableDamaged,
                "it does not have the SHA-256 that is its name",
            ),
            TableState::Missing => (
                ProofRule::TableMissing,
                "the newest version names it, and it is not there",
            ),
        };
        Ok::<_, OperationError>(Some(Finding::new(rule, key.path(), detail)))
    });
    let reads = stream::iter(reads).buffered(PARALLEL_READS.min(4));
    reads.try_filter_map(async |it| Ok(it)).try_collect().await
}

/// Looks for the files of all other versions.
async fn older(
    context: &Context,
    table: DeltaTable,
    versions: &Versions,
    stored: &BTreeSet<&LakeKey>,
) -> Result<Vec<Finding>, OperationError> {
    let newest: BTreeSet<ContentHash> = versions.hashes().collect();
    let mut findings = Vec::new();
    for version in &versions.versions {
        let key = LakeKey::DeltaCommit {
            table,
            version: version.version,
        };
        let object = super::found(context, &key).await?;
        let commit = object
            .map(|object| Commit::parse(&object.bytes))
            .transpose();
        let commit = match commit {
            Ok(Some(commit)) => commit,
            Ok(None) => {
                let detail =
                    "later versions follow it, and it is not there: none of them can be read";
                findings.push(Finding::new(ProofRule::TableMissing, key.path(), detail));
                continue;
            }
            Err(error) => {
                findings.push(Finding::new(
                    ProofRule::TableDamaged,
                    key.path(),
                    chain(&error),
                ));
                continue;
            }
        };
        let mut replayed = Versions::default();
        // Only the names are asked for.
        let named = Commit {
            remove: Vec::new(),
            ..commit
        };
        if replayed.apply(&named).is_err() {
            continue;
        }
        for sha256 in replayed.hashes().filter(|sha256| !newest.contains(sha256)) {
            let part = LakeKey::DeltaPart { table, sha256 };
            if !stored.contains(&part) {
                let detail = format!(
                    "version {} names it, and it is not there: that version can no longer be read",
                    version.version
                );
                findings.push(Finding::new(ProofRule::TableMissing, part.path(), detail));
            }
        }
    }
    Ok(findings)
}

/// Makes the files of the newest versions again where they are lost or damaged, and a version that is
/// what the year files give; of the log every checkpoint that is not what it says. The files of older versions
/// cannot be made again.
///
/// # Errors
/// [`OperationError`], as of a log that cannot be read.
pub(crate) async fn repair_delta(
    context: &Context,
    run: &RunId,
    at: Timestamp,
    exchanges: &BTreeSet<ExchangeCode>,
) -> Result<(), OperationError> {
    // Fails before anything is made where the log itself is damaged.
    DeltaTables::load(context).await?;
    for exchange in exchanges {
        super::refresh(context, exchange, Parts::Read, &Known::new()).await?;
    }
    for table in DeltaTable::ALL {
        checkpoint::repair(context, table).await?;
    }
    delta::publish(context, run, at, exchanges).await?;
    Ok(())
}
