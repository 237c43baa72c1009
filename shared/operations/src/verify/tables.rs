//! The tables for reading: found wrong, and made again of committed files.

use std::collections::{BTreeMap, BTreeSet};

use super::repairer::RepairLog;
use crate::context::Context;
use crate::listing::chain;
use crate::{Effects, tables};
use quantx_lake::LakeKey;
use quantx_lake::proof::{Finding, ProofRule};
use quantx_market::ExchangeCode;
use quantx_report::{RepairKind, RepairState};

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
    findings
}

/// Makes tables again. The findings that are settled go out of `findings`.
pub(super) async fn remake(
    context: &Context,
    effects: Effects,
    findings: &mut Vec<Finding>,
    log: &mut RepairLog,
) {
    let is_ours = |finding: &Finding| {
        matches!(
            finding.rule,
            ProofRule::TableMissing | ProofRule::TableDamaged | ProofRule::TableStale
        )
    };
    let keys = findings.iter().filter(|finding| is_ours(finding));
    let keys = keys.filter_map(|finding| LakeKey::parse(&finding.path).ok());
    let exchanges: BTreeSet<ExchangeCode> =
        keys.filter_map(|key| exchange_of(&key).cloned()).collect();
    for exchange in exchanges {
        let of_it = |finding: &Finding| {
            let key = LakeKey::parse(&finding.path).ok();
            is_ours(finding) && key.as_ref().and_then(exchange_of) == Some(&exchange)
        };
        let wrong: Vec<String> = findings
            .iter()
            .filter(|it| of_it(it))
            .map(|it| it.path.clone())
            .collect();
        let kind = RepairKind::TableRemade;
        let (state, detail) = if effects == Effects::ReadOnly {
            (RepairState::Planned, "of the committed files".to_owned())
        } else {
            match tables::refresh(context, &exchange).await {
                Ok(tables) if tables.left == 0 => {
                    (RepairState::Done, "of the committed files".to_owned())
                }
                Ok(_) => (RepairState::Left, "the repair was asked to end".to_owned()),
                Err(error) => (RepairState::Left, chain(&error)),
            }
        };
        for path in wrong {
            log.note(path, kind, state, detail.clone());
        }
        if state == RepairState::Done {
            findings.retain(|finding| !of_it(finding));
        }
    }
}
