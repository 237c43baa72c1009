//! Whether the tables for reading are as they were made, and of the files that are committed now.

use std::collections::BTreeSet;

use super::{Known, TableState};
use crate::{Context, OperationError};
use quantx_lake::LakeKey;
use quantx_lake::panel::{self, PanelIndex};
use quantx_lake::proof::{Finding, ProofRule};
use quantx_market::ExchangeCode;

/// What is wrong with the tables of `exchange`, of which these lie in the lake. A lake without tables
/// needs none; the next run makes them.
///
/// # Errors
/// [`OperationError`] when the store fails.
pub(crate) async fn check(
    context: &Context,
    exchange: &ExchangeCode,
    stored: &BTreeSet<LakeKey>,
) -> Result<Vec<Finding>, OperationError> {
    let key = LakeKey::PanelIndex {
        exchange: exchange.clone(),
    };
    let mut findings = Vec::new();
    if !stored.contains(&key) {
        let detail = "no index names the tables: nobody knows what they were made of";
        findings.push(Finding::new(ProofRule::TableMissing, key.path(), detail));
        return Ok(findings);
    }
    let index = super::index(context, &key).await?;
    if index == PanelIndex::default() {
        let detail = "the index of the tables cannot be read, or is empty";
        findings.push(Finding::new(ProofRule::TableDamaged, key.path(), detail));
        return Ok(findings);
    }
    let records = super::records(context, exchange, &Known::new()).await?;
    let committed = super::by_year(&records);
    let years: BTreeSet<i16> = index
        .years
        .keys()
        .chain(committed.keys())
        .copied()
        .collect();
    for year in years {
        let key = LakeKey::Panel {
            exchange: exchange.clone(),
            year,
        };
        let sources = committed.get(&year).map(|sources| {
            panel::sources_hash(sources.iter().map(|source| (source.symbol, source.sha256)))
        });
        let known = index.years.get(&year);
        let made_of = known.map(|known| (known.sources_sha256.as_str(), known.sha256.as_str()));
        findings.extend(look(context, key, made_of, sources.as_deref()).await?);
    }
    let key = LakeKey::Actions {
        exchange: exchange.clone(),
    };
    let made_of = (
        index.actions_sha256.as_str(),
        index.actions_table_sha256.as_str(),
    );
    let sources = (!records.is_empty()).then(|| super::actions::sources_hash(&records));
    findings.extend(look(context, key, Some(made_of), sources.as_deref()).await?);
    Ok(findings)
}

/// One table: `made_of` are the hashes of its sources and of itself in the index, `sources` what it
/// would be made of now.
async fn look(
    context: &Context,
    key: LakeKey,
    made_of: Option<(&str, &str)>,
    sources: Option<&str>,
) -> Result<Option<Finding>, OperationError> {
    let finding = |rule, detail: &str| Some(Finding::new(rule, key.path(), detail));
    let Some((of, sha256)) = made_of else {
        return Ok(finding(
            ProofRule::TableMissing,
            "year files are committed, and no table was made of them",
        ));
    };
    Ok(match super::state(context, &key, sha256).await? {
        TableState::Missing => finding(
            ProofRule::TableMissing,
            "the index names it, and it is not there",
        ),
        TableState::Damaged if sha256.is_empty() => finding(
            ProofRule::TableStale,
            "an earlier version made it, whose index has no hash of it",
        ),
        TableState::Damaged => finding(
            ProofRule::TableDamaged,
            "it does not have the SHA-256 that the index names",
        ),
        TableState::Whole if sources != Some(of) => finding(
            ProofRule::TableStale,
            "it was made of other files or events than are committed now",
        ),
        TableState::Whole => None,
    })
}
