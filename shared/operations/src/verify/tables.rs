//! The tables for reading: found wrong, and made again of committed files.

use std::collections::{BTreeMap, BTreeSet};

use super::repairer::RepairLog;
use crate::context::Context;
use crate::listing::chain;
use crate::tables::{self, Known, Parts};
use crate::{Effects, OperationError};
use jiff::Timestamp;
use quantx_lake::delta::DeltaTable;
use quantx_lake::proof::{Finding, ProofRule};
use quantx_lake::{LakeKey, LakePrefix, RunId};
use quantx_market::ExchangeCode;
use quantx_report::{RepairKind, RepairState};
use quantx_storage::LakeStore;

/// The exchange whose table, or index of tables, an object is.
fn exchange_of(key: &LakeKey) -> Option<&ExchangeCode> {
    match key {
        LakeKey::Panel { exchange, .. }
        | LakeKey::PanelIndex { exchange }
        | LakeKey::Actions { exchange } => Some(exchange),
        _ => None,
    }
}

/// Looks at the tables among `keys`; exchanges without any are left out.
pub(super) async fn look(context: &Context, keys: &[LakeKey]) -> Vec<Finding> {
    let mut by_exchange: BTreeMap<&ExchangeCode, BTreeSet<LakeKey>> = BTreeMap::new();
    for key in keys {
        if let Some(exchange) = exchange_of(key) {
            by_exchange.entry(exchange).or_default().insert(key.clone());
        }
    }
    let mut findings = Vec::new();
    for (exchange, stored) in by_exchange {
        match tables::check(context, exchange, &stored).await {
            Ok(found) => findings.extend(found),
            Err(error) => {
                let exchange = exchange.clone();
                let path = LakeKey::PanelIndex { exchange }.path();
                findings.push(Finding::new(ProofRule::NotProven, path, chain(&error)));
            }
        }
    }
    match tables::check_delta(context, keys).await {
        Ok(found) => findings.extend(found),
        Err(error) => {
            let table = DeltaTable::Bars;
            let path = LakeKey::DeltaVersions { table }.path();
            findings.push(Finding::new(ProofRule::NotProven, path, chain(&error)));
        }
    }
    findings
}

/// Whether an object is part of a Delta table.
fn is_of_delta(key: &LakeKey) -> bool {
    matches!(
        key,
        LakeKey::DeltaPart { .. }
            | LakeKey::DeltaCommit { .. }
            | LakeKey::DeltaCheckpoint { .. }
            | LakeKey::DeltaLastCheckpoint { .. }
            | LakeKey::DeltaVersions { .. }
    )
}

/// What a repair of the tables needs to know.
pub(super) struct Remake<'a> {
    pub(super) context: &'a Context,
    pub(super) effects: Effects,
    /// The objects of the lake that are no listing's bars or record.
    pub(super) keys: &'a [LakeKey],
    pub(super) run: &'a RunId,
    pub(super) now: Timestamp,
}

/// Makes tables again. The findings that are settled go out of `findings`.
pub(super) async fn remake(order: &Remake<'_>, findings: &mut Vec<Finding>, log: &mut RepairLog) {
    let parsed = |finding: &Finding| {
        LakeKey::parse(&finding.path)
            .ok()
            .filter(|_| is_ours(finding))
    };
    let wrong = findings.iter().filter_map(parsed);
    let exchanges: BTreeSet<ExchangeCode> =
        wrong.filter_map(|key| exchange_of(&key).cloned()).collect();
    for exchange in &exchanges {
        let of_it =
            |finding: &Finding| parsed(finding).as_ref().and_then(exchange_of) == Some(exchange);
        let (state, detail) = if order.effects == Effects::ReadOnly {
            planned()
        } else {
            match tables::refresh(order.context, exchange, Parts::Read, &Known::new()).await {
                Ok(tables) if tables.left == 0 => done(),
                Ok(_) => (RepairState::Left, "the repair was told to end".to_owned()),
                Err(error) => (RepairState::Left, chain(&error)),
            }
        };
        settle(findings, of_it, log, state, &detail);
    }
    let of_delta = |finding: &Finding| parsed(finding).is_some_and(|key| is_of_delta(&key));
    if exchanges.is_empty() && !findings.iter().any(of_delta) {
        return;
    }
    if order.effects == Effects::ReadOnly {
        let (state, detail) = planned();
        settle(findings, of_delta, log, state, &detail);
        return;
    }
    let mut exchanges = exchanges;
    exchanges.extend(
        order
            .keys
            .iter()
            .filter_map(|key| exchange_of(key).cloned()),
    );
    let repaired = tables::repair_delta(order.context, order.run, order.now, &exchanges).await;
    let left = match repaired {
        Ok(()) => still_wrong(order.context).await,
        Err(error) => Err(error),
    };
    match left {
        Ok(left) => {
            let is_left = |finding: &Finding| left.iter().any(|it| it.path == finding.path);
            let (state, detail) = done();
            settle(
                findings,
                |it| of_delta(it) && !is_left(it),
                log,
                state,
                &detail,
            );
            let lost = "it cannot be made of what the lake has";
            settle(findings, of_delta, log, RepairState::Left, lost);
        }
        Err(error) => settle(findings, of_delta, log, RepairState::Left, &chain(&error)),
    }
}

fn is_ours(finding: &Finding) -> bool {
    matches!(
        finding.rule,
        ProofRule::TableMissing | ProofRule::TableDamaged | ProofRule::TableStale
    )
}

fn planned() -> (RepairState, String) {
    (RepairState::Planned, "of the committed files".to_owned())
}

fn done() -> (RepairState, String) {
    (RepairState::Done, "of the committed files".to_owned())
}

/// Notes what became of the findings `of`; those that are done go out of `findings`.
fn settle(
    findings: &mut Vec<Finding>,
    of: impl Fn(&Finding) -> bool,
    log: &mut RepairLog,
    state: RepairState,
    detail: &str,
) {
    for finding in findings.iter().filter(|it| of(it)) {
        let path = finding.path.clone();
        log.note(path, RepairKind::TableRemade, state, detail.to_owned());
    }
    if state == RepairState::Done {
        findings.retain(|finding| !of(finding));
    }
}

/// What is wrong with the Delta tables after a repair.
async fn still_wrong(context: &Context) -> Result<Vec<Finding>, OperationError> {
    let entries = context.store.list(&LakePrefix::All).await;
    let entries = entries.map_err(|source| OperationError::Storage {
        doing: "list the lake",
        source,
    })?;
    let keys: Vec<LakeKey> = entries.into_iter().map(|entry| entry.key).collect();
    tables::check_delta(context, &keys).await
}
