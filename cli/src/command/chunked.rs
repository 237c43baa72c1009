//! `--chunked`: the workflow of the Functions app, in this process.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::civil::Date;
use quantx::clock::{Clock, SystemClock};
use quantx::lake::LakeKey;
use quantx::operations::chunked::{self, InProcess, RunOperation, RunRequest};
use quantx::operations::{Effects, Stopper};
use quantx::report::RunReport;
use quantx::settings::Overrides;
use quantx::storage::LakeStore;

use super::{Ended, fill};
use crate::args::{FillArgs, GlobalArgs};
use crate::session::Session;
use crate::{console, render, signals};

/// Runs in chunks; `span` are the dates of a backfill, without them it is the daily update.
pub(super) async fn run(
    global: GlobalArgs,
    flags: Overrides,
    args: FillArgs,
    span: Option<(Date, Date)>,
) -> Result<Ended> {
    let session = Session::open(global, flags)?.at(&args.place);
    let (stopper, stop) = Stopper::new();
    let lake = session.assemble(Effects::Write, stop).await?;
    let store = lake.context.store.clone();
    let activities = InProcess::new(lake.context.clone(), session.config_folder.clone());
    let request = request(args, span);
    // A run of its own, also where the clock of the run stands.
    let now = SystemClock.now().as_nanosecond();
    let instance = format!("cli-{}-{now}", std::process::id());
    let work = chunked::run_here(Arc::new(activities), &lake.context, &instance, &request);
    let work = Box::pin(work);
    let done = signals::stoppable(work, &stopper, &session.console).await?;
    session.console.clear();
    let path = done?.report.context("the run left no report")?;
    let stored = store.get(&LakeKey::parse(&path)?).await?;
    let stored = stored.with_context(|| format!("{path} is gone"))?;
    let report: RunReport = serde_json::from_slice(&stored.bytes)?;
    console::print(&render::run_report(&report, session.format())?)?;
    Ok(fill::ended(&report))
}

fn request(args: FillArgs, span: Option<(Date, Date)>) -> RunRequest {
    let (start, end) = span.unzip();
    RunRequest {
        operation: match span {
            Some(_) => RunOperation::Backfill,
            None => RunOperation::DailyUpdate,
        },
        start,
        end,
        phase: args.phase,
        universe: args.universe,
        symbols: args.symbols,
        ..RunRequest::default()
    }
}
