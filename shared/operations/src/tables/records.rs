//! What is committed of an exchange.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::{PARALLEL_READS, storage};
use crate::{Context, OperationError};
use quantx_lake::record::{CommitRecord, CommittedFiles};
use quantx_lake::{LakeKey, LakePrefix};
use quantx_market::{ActionSet, ExchangeCode, Ticker};
use quantx_storage::LakeStore;

/// What a run knows to be committed, by exchange and symbol: it has just written it, or read it.
///
/// It may be older than the record by the time that tables are made. Then a file is not the one that is
/// known, which is found when it is read, and all records are.
pub(crate) type Known = BTreeMap<(String, String), CommittedFiles>;

/// What is committed of a listing.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) ticker: Ticker,
    pub(super) symbol: String,
    pub(super) files: CommittedFiles,
}

impl Committed {
    pub(super) fn action_set(&self) -> ActionSet {
        self.files.actions.iter().copied().collect()
    }
}

/// One committed year file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) ticker: &'a Ticker,
    pub(super) symbol: &'a str,
    pub(super) sha256: &'a str,
}

/// What is committed of the listings of an exchange; the records of those that are not `known` are read.
pub(super) async fn records(
    context: &Context,
    exchange: &ExchangeCode,
    known: &Known,
) -> Result<Vec<Committed>, OperationError> {
    let store = context.store.as_ref();
    let prefix = LakePrefix::Exchange(exchange.clone());
    let entries = store.list(&prefix).await;
    let entries = entries.map_err(|source| storage("list the commit records", source))?;
    let keys = entries.into_iter().map(|entry| entry.key);
    let keys = keys.filter(|key| matches!(key, LakeKey::Commit { .. }));
    let reads = keys.map(|key| async move {
        let Some((ticker, symbol)) = names(context, &key) else {
            return Ok(None);
        };
        let name = (exchange.to_string(), symbol);
        let files = match known.get(&name) {
            Some(files) => Some(files.clone()),
            None => {
                let found = store.get(&key).await;
                let found = found.map_err(|source| storage("read a commit record", source))?;
                found.and_then(|object| parse(&key, &name.1, &object.bytes))
            }
        };
        Ok::<_, OperationError>(files.map(|files| Committed {
            ticker,
            symbol: name.1,
            files,
        }))
    });
    let reads = stream::iter(reads).buffered(PARALLEL_READS);
    reads.try_filter_map(async |it| Ok(it)).try_collect().await
}

/// Local code and symbol of a record's listing.
fn names(context: &Context, key: &LakeKey) -> Option<(Ticker, String)> {
    let (exchange, ticker) = key.listing()?;
    let listing = context
        .settings
        .exchanges
        .listing(exchange, ticker.clone())?;
    Some((ticker.clone(), listing.symbol().to_string()))
}

/// `None` for a damaged record: the report of whoever needs it names it.
fn parse(key: &LakeKey, symbol: &str, bytes: &[u8]) -> Option<CommittedFiles> {
    match CommitRecord::parse(bytes, symbol) {
        Ok(record) => Some(CommittedFiles::from(&record)),
        Err(error) => {
            tracing::warn!(%key, %error, "{key} is unusable and left out of the tables");
            None
        }
    }
}

/// The files of each year, ascending by symbol.
pub(super) fn by_year(records: &[Committed]) -> BTreeMap<i16, Vec<Source<'_>>> {
    let mut years: BTreeMap<i16, Vec<Source<'_>>> = BTreeMap::new();
    for record in records {
        for (year, sha256) in &record.files.years {
            years.entry(*year).or_default().push(Source {
                ticker: &record.ticker,
                symbol: &record.symbol,
                sha256,
            });
        }
    }
    for sources in years.values_mut() {
        sources.sort_by_key(|source| source.symbol);
    }
    years
}
