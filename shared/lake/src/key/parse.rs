//! What a path names: the other way round of [`LakeKey::path`].

use super::{
    ACTIONS, ALERTS_FILE, COMMIT_FILE, DATA, DECISIONS_FILE, DELTA, DELTA_CHECKPOINT,
    DELTA_LAST_CHECKPOINT_FILE, DELTA_LOG, DELTA_VERSIONS_FILE, EVIDENCE, EvidenceOf,
    IDENTITY_FILE, LAST_RUNS_FILE, LakeKey, MANIFEST_FILE, META, PANEL, PANEL_INDEX_FILE,
    QUARANTINE, RECORD_EVIDENCE, REPORTS, RUNS, SITE, SiteFile, TABLE_FILE, WORK_FILE,
};
use crate::RunId;
use crate::delta::{ContentHash, DeltaTable};
use quantx_market::{ExchangeCode, Ticker, UniverseName};

impl LakeKey {
    /// Reads a path that may be another spelling of the key's own.
    pub(super) fn parse_segments(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').collect();
        Some(match *segments.as_slice() {
            [DATA, exchange, ticker, year, TABLE_FILE] => Self::Bars {
                exchange: parse_exchange(exchange)?,
                ticker: parse_ticker(ticker)?,
                year: parse_year(year)?,
            },
            [DATA, exchange, ticker, COMMIT_FILE] => Self::Commit {
                exchange: parse_exchange(exchange)?,
                ticker: parse_ticker(ticker)?,
            },
            [PANEL, exchange, year, TABLE_FILE] => Self::Panel {
                exchange: parse_exchange(exchange)?,
                year: parse_year(year)?,
            },
            [PANEL, exchange, PANEL_INDEX_FILE] => Self::PanelIndex {
                exchange: parse_exchange(exchange)?,
            },
            [ACTIONS, exchange, TABLE_FILE] => Self::Actions {
                exchange: parse_exchange(exchange)?,
            },
            [DELTA, table, DELTA_VERSIONS_FILE] => Self::DeltaVersions {
                table: DeltaTable::parse(table)?,
            },
            [DELTA, table, DELTA_LOG, DELTA_LAST_CHECKPOINT_FILE] => Self::DeltaLastCheckpoint {
                table: DeltaTable::parse(table)?,
            },
            [DELTA, table, DELTA_LOG, file] if file.ends_with(DELTA_CHECKPOINT) => {
                Self::DeltaCheckpoint {
                    table: DeltaTable::parse(table)?,
                    version: file.strip_suffix(DELTA_CHECKPOINT)?.parse().ok()?,
                }
            }
            [DELTA, table, DELTA_LOG, file] => Self::DeltaCommit {
                table: DeltaTable::parse(table)?,
                version: file.strip_suffix(".json")?.parse().ok()?,
            },
            [DELTA, table, file] => Self::DeltaPart {
                table: DeltaTable::parse(table)?,
                sha256: ContentHash::parse(file.strip_prefix("part-")?.strip_suffix(".parquet")?)?,
            },
            [META, IDENTITY_FILE] => Self::Identity,
            [META, MANIFEST_FILE] => Self::Manifest,
            [META, ALERTS_FILE] => Self::Alerts,
            [META, LAST_RUNS_FILE] => Self::LastRuns,
            [META, file] => Self::parse_meta(file)?,
            [REPORTS, file] => Self::Report {
                run: parse_run(file)?,
            },
            [QUARANTINE, exchange, ticker, file] if file.ends_with(EVIDENCE) => {
                let (run, of) = parse_evidence(file)?;
                Self::Evidence {
                    exchange: parse_exchange(exchange)?,
                    ticker: parse_ticker(ticker)?,
                    run,
                    of,
                }
            }
            [QUARANTINE, exchange, ticker, DECISIONS_FILE] => Self::Decisions {
                exchange: parse_exchange(exchange)?,
                ticker: parse_ticker(ticker)?,
            },
            [QUARANTINE, exchange, ticker, file] => Self::Quarantine {
                exchange: parse_exchange(exchange)?,
                ticker: parse_ticker(ticker)?,
                run: parse_run(file)?,
            },
            [SITE, file] => Self::Site(SiteFile::parse(file)?),
            [RUNS, run, WORK_FILE] => Self::Work {
                run: RunId::parse(run).ok()?,
            },
            [RUNS, run, file] => Self::ChunkReport {
                run: RunId::parse(run).ok()?,
                chunk: file
                    .strip_prefix("chunk_")?
                    .strip_suffix(".json")?
                    .parse()
                    .ok()?,
            },
            _ => return None,
        })
    }

    fn parse_meta(file: &str) -> Option<Self> {
        let between = |start, end| file.strip_prefix(start)?.strip_suffix(end);
        let name = |text| UniverseName::parse(text).ok();
        if let Some(text) = between("universe_", ".csv") {
            Some(Self::Universe { name: name(text)? })
        } else if let Some(text) = between("universe_", "_metadata.json") {
            Some(Self::UniverseMetadata { name: name(text)? })
        } else if let Some(text) = between("holidays_", ".txt") {
            Some(Self::Holidays { name: name(text)? })
        } else {
            let text = between("membership_", ".csv")?;
            Some(Self::Membership { name: name(text)? })
        }
    }
}

fn parse_exchange(segment: &str) -> Option<ExchangeCode> {
    ExchangeCode::parse(segment.strip_prefix("exchange=")?).ok()
}

fn parse_ticker(segment: &str) -> Option<Ticker> {
    Ticker::parse(segment.strip_prefix("ticker=")?).ok()
}

fn parse_year(segment: &str) -> Option<i16> {
    segment.strip_prefix("year=")?.parse().ok()
}

fn parse_run(file: &str) -> Option<RunId> {
    RunId::parse(file.strip_suffix(".json")?).ok()
}

fn parse_evidence(file: &str) -> Option<(RunId, EvidenceOf)> {
    let (run, of) = file.strip_suffix(EVIDENCE)?.rsplit_once('_')?;
    let of = match of {
        RECORD_EVIDENCE => EvidenceOf::Record,
        year => EvidenceOf::Year(year.parse().ok()?),
    };
    Some((RunId::parse(run).ok()?, of))
}
