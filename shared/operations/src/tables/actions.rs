//! The table of all actions of an exchange.

use bytes::Bytes;

use super::records::Committed;
use super::{Noted, TableState, found, replace, state_of};
use crate::{Context, OperationError};
use quantx_lake::LakeKey;
use quantx_lake::codec::{self, sha256_hex};
use quantx_lake::panel::{self, PanelIndex};
use quantx_market::ExchangeCode;

/// Hash of what a table of actions is made of.
pub(super) fn sources_hash(records: &[Committed]) -> String {
    let hashes: Vec<String> = records
        .iter()
        .map(|record| codec::actions_hash(&record.action_set()))
        .collect();
    let pairs = records.iter().zip(&hashes);
    panel::sources_hash(pairs.map(|(record, hash)| (record.symbol.as_str(), hash.as_str())))
}

/// Makes the table anew where records changed, and names it in `index`. `None` when it is as it should be.
pub(super) async fn make(
    context: &Context,
    exchange: &ExchangeCode,
    records: &[Committed],
    index: &mut PanelIndex,
) -> Result<Option<Noted>, OperationError> {
    if records.is_empty() {
        return Ok(None);
    }
    let hash = sources_hash(records);
    let key = LakeKey::Actions {
        exchange: exchange.clone(),
    };
    let before = found(context, &key).await?;
    let is_whole = state_of(before.as_ref(), &index.actions_table_sha256) == TableState::Whole;
    if index.actions_sha256 == hash && is_whole {
        return Ok(None);
    }
    let actions: Vec<_> = records
        .iter()
        .flat_map(|record| {
            let actions = record.files.actions.iter();
            actions.map(|action| (record.symbol.as_str(), *action))
        })
        .collect();
    let level = context.settings.schema.compression_level;
    let bytes = panel::encode_actions(exchange, &actions, &hash, level);
    let bytes = bytes.map_err(|source| OperationError::Derived {
        key: key.clone(),
        source,
    })?;
    let sha256 = sha256_hex(&bytes);
    let lies_there = before.as_ref().is_some_and(|object| object.bytes == bytes);
    if !lies_there {
        let tag = before.map(|object| object.etag);
        let put = replace(context.store.as_ref(), &key, tag, Bytes::from(bytes)).await?;
        if put == Noted::Overtaken {
            return Ok(Some(put));
        }
    }
    index.actions_sha256 = hash;
    index.actions_table_sha256 = sha256;
    Ok(Some(Noted::Yes))
}
