//! Brings the universes of a phase up to date with their sources.
//!
//! Each enabled universe is asked for, read, compared with the stored list and, if it is believable,
//! stored together with what it says of membership and identity. A source that fails or tells
//! nonsense never disappears silently: the last good list stays, and the report says since when.

mod membership;
mod objects;
mod one;
mod order;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::Effects;
use super::context::Context;
use super::heartbeat;
use super::reports::{self, ReportError};
use super::universes::{self, SelectionError};
use quantx_lake::codec::sha256_hex;
use quantx_lake::{LakeKey, RunId};
use quantx_market::{Date, PhaseName, UniverseName};
use quantx_report::{
    PhaseMetadata, RefreshOutcome, RefreshReport, UnionReport, UniverseMetadata, UniverseReport,
    Verdict,
};
use quantx_storage::LakeStore;
use quantx_universe as universe;
use quantx_universe::Universe;
use quantx_universe::source::SourceClient;

pub use objects::ObjectError;

/// What is wanted of a refresh.
#[derive(Debug, Clone)]
pub struct RefreshRequest {
    /// Whose universes.
    pub phase: PhaseName,
    /// Where relative local files are looked for.
    pub config_dir: PathBuf,
    /// Whether lists that look wrong are taken nevertheless.
    pub trust: Trust,
    /// Whether anything may be stored.
    pub effects: Effects,
}

/// How much a new list is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// As far as the limits of the settings allow.
    Limits,
    /// Whatever its size and changes: an operator has looked at it (`--accept`).
    Operator,
}

/// Why a refresh could not go on. One universe's failure is not among them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The phase is unknown, or nothing of it is enabled.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A list, a membership or the metadata cannot be used or stored.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The report cannot be stored.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The metadata of the phase cannot be encoded.
    #[error("the metadata cannot be encoded")]
    Encode(#[from] serde_json::Error),
    /// A run's name cannot be made of this time.
    #[error("no name for the run")]
    RunId(#[from] quantx_lake::RunIdError),
}

/// What is the same for every universe of a refresh.
#[derive(Debug)]
struct Frame<'a> {
    context: &'a Context,
    /// Who asks sources; `None`: nobody, and only the user's own lists are read.
    sources: Option<&'a SourceClient>,
    order: &'a RefreshRequest,
    now: jiff::Timestamp,
    /// The date of the lists, in UTC: pages are edited around the clock.
    today: Date,
    before: Option<PhaseMetadata>,
}

impl Frame<'_> {
    fn store(&self) -> &dyn LakeStore {
        self.context.store.as_ref()
    }

    fn known(&self, name: &UniverseName) -> Option<&UniverseMetadata> {
        let before = self.before.as_ref()?;
        before
            .universes
            .iter()
            .find(|known| known.name == name.as_str())
    }
}

/// Refreshes every enabled universe of the phase, their union and its metadata, and stores a report.
/// Without leave to write the report only says what would happen.
///
/// # Errors
/// [`RefreshError`]; what was stored before stays.
pub async fn refresh(
    context: &Context,
    sources: &SourceClient,
    order: &RefreshRequest,
) -> Result<RefreshReport, RefreshError> {
    if order.effects == Effects::ReadOnly {
        return carry_out(context, Some(sources), order).await;
    }
    heartbeat::run_begins(context).await;
    let done = carry_out(context, Some(sources), order).await;
    match &done {
        Ok(report) => heartbeat::run_ends(context, report.verdict).await,
        Err(_) => heartbeat::run_fails(context).await,
    }
    done
}

/// The same for lists that the user himself keeps, in the settings or in files beside them: no source
/// is asked, and all other lists stay as they are.
///
/// # Errors
/// [`RefreshError`]; what was stored before stays.
pub(super) async fn refresh_own(
    context: &Context,
    order: &RefreshRequest,
) -> Result<RefreshReport, RefreshError> {
    carry_out(context, None, order).await
}

async fn carry_out(
    context: &Context,
    sources: Option<&SourceClient>,
    order: &RefreshRequest,
) -> Result<RefreshReport, RefreshError> {
    let started = Instant::now();
    let now = context.clock.now();
    let run = RunId::new("universe_refresh", now)?;
    let entries = universes::enabled(context, &order.phase)?;
    let usage = context.store.usage();
    let frame = Frame {
        context,
        sources,
        order,
        now,
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        before: metadata(context, &order.phase).await?,
    };
    let mut reports: Vec<UniverseReport> = Vec::new();
    let mut lists: Vec<Universe> = Vec::new();
    for entry in order::in_order(&entries) {
        let (report, list) = Box::pin(one::refresh(&frame, entry, &reports)).await?;
        tracing::info!(
            universe = report.name,
            outcome = report.outcome.as_str(),
            n_members = report.members,
            "{} is {}",
            report.name,
            report.outcome.as_str()
        );
        reports.push(report);
        lists.extend(list);
    }
    let union = store_union(&frame, &lists, &reports).await?;
    let span = context.store.usage() - usage;
    let mut report = RefreshReport {
        timestamp: now,
        operation: "universe_refresh".to_owned(),
        run: run.to_string(),
        phase: order.phase.to_string(),
        verdict: Verdict::Green,
        reasons: Vec::new(),
        universes: reports,
        union,
        store: span,
        elapsed_ms: millis(started.elapsed()),
    }
    .judged();
    if order.effects == Effects::Write {
        reports::put(context, run, &mut report, |report, run| report.run = run).await?;
    }
    Ok(report)
}

/// The phase's metadata as the last refresh left them. They hold times only: unreadable ones are
/// as good as none.
pub(super) async fn metadata(
    context: &Context,
    phase: &PhaseName,
) -> Result<Option<PhaseMetadata>, ObjectError> {
    let key = metadata_key(phase);
    let text = objects::text(context.store.as_ref(), &key).await?;
    Ok(text.and_then(|text| match serde_json::from_str(&text) {
        Ok(metadata) => Some(metadata),
        Err(error) => {
            tracing::warn!(%key, %error, "{key} is unreadable and made anew");
            None
        }
    }))
}

fn metadata_key(phase: &PhaseName) -> LakeKey {
    LakeKey::UniverseMetadata {
        name: phase.clone().into(),
    }
}

/// Stores the union of the lists in force, and what they are made of.
async fn store_union(
    frame: &Frame<'_>,
    lists: &[Universe],
    reports: &[UniverseReport],
) -> Result<UnionReport, RefreshError> {
    let name: UniverseName = frame.order.phase.clone().into();
    let key = LakeKey::Universe { name: name.clone() };
    let exchanges = &frame.context.settings.exchanges;
    let mut lists = lists.to_vec();
    // A list that is lost was a part of the union before: its members stay there until it is back.
    if let Some(text) = objects::text(frame.store(), &key).await?
        && reports.iter().any(|report| is_lost(frame, report))
        && let Ok(before) = Universe::from_csv(name.clone(), &text, exchanges)
    {
        lists.push(before.value);
    }
    let union = universe::union(name, &lists);
    let members = union.members().len();
    let report = |changed| UnionReport {
        path: key.path(),
        members,
        changed,
    };
    if frame.order.effects == Effects::ReadOnly || lists.is_empty() {
        let stored = objects::text(frame.store(), &key).await?;
        let text = union.to_csv_over(stored.as_deref(), exchanges);
        return Ok(report(
            !lists.is_empty() && stored.as_deref() != Some(text.as_str()),
        ));
    }
    let (sha256, changed) = objects::update(frame.store(), &key, |stored| {
        let text = union.to_csv_over(stored, exchanges);
        let sha256 = sha256_hex(text.as_bytes());
        Ok((text, sha256))
    })
    .await?;
    let metadata = PhaseMetadata {
        phase: frame.order.phase.to_string(),
        generated: frame.now,
        members,
        sha256,
        universes: reports.iter().map(UniverseMetadata::from).collect(),
    };
    let mut json = serde_json::to_string_pretty(&metadata)?;
    json.push('\n');
    let key = metadata_key(&frame.order.phase);
    objects::update(frame.store(), &key, |_| Ok((json.clone(), ()))).await?;
    Ok(report(changed))
}

/// Whether a universe had a list at the last refresh and has none now.
fn is_lost(frame: &Frame<'_>, report: &UniverseReport) -> bool {
    let known = frame.before.iter().flat_map(|before| &before.universes);
    let mut known = known.filter(|known| known.name == report.name);
    report.outcome == RefreshOutcome::Failed && known.any(|known| known.members > 0)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
