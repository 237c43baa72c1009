//! What `backfill` and `update-daily` have in common: a work list, a run, a report.

use anyhow::Result;
use jiff::civil::Date;
use quantx::market::Listing;
use quantx::operations::run;
use quantx::operations::universes::{self, Selection};
use quantx::operations::{Context, Effects, Scope, Stopper, WorkRequest, preview};
use quantx::report::{Outcome, RunReport, Verdict};
use quantx::settings::{Overrides, Settings};

use super::Ended;
use crate::args::{FillArgs, GlobalArgs};
use crate::invocation::Invocation;
use crate::{console, render, signals};

/// The settings that these flags override.
pub(super) fn flags(args: &FillArgs) -> Overrides {
    Overrides {
        max_workers: args.max_workers.clone(),
        phase: args.phase.clone(),
        universe_path: args.universe.clone(),
        ..Overrides::default()
    }
}

/// Finds the listings (of `span`: all members of the phase in that time), runs the order made of them and shows the report; `--dry-run`: the plan.
pub(super) async fn run(
    global: GlobalArgs,
    flags: Overrides,
    args: FillArgs,
    span: Option<(Date, Date)>,
    order: impl FnOnce(&Context, Vec<Listing>) -> WorkRequest,
) -> Result<Ended> {
    let effects = global.effects();
    act(global, flags, args, span, effects, order).await
}

/// [`run`] with effects that are not those of the flags; read-only: the plan.
pub(super) async fn act(
    global: GlobalArgs,
    flags: Overrides,
    args: FillArgs,
    span: Option<(Date, Date)>,
    effects: Effects,
    order: impl FnOnce(&Context, Vec<Listing>) -> WorkRequest,
) -> Result<Ended> {
    let invocation = Invocation::open(global, flags)?.at(&args.place);
    if args.chunked {
        // There was a second way to run once; the flag goes with the next version.
        tracing::warn!("--chunked is ignored: every run makes panel/ and actions/; leave it out");
    }
    let (stopper, stop) = Stopper::new();
    let lake = invocation.assemble(effects, stop).await?;
    let context = &lake.context;
    let selection = match span {
        Some((first, last)) => Selection::PhaseBetween {
            phase: invocation.settings.phase.clone(),
            first,
            last,
        },
        None => selection(args, &invocation.settings),
    };
    let listings =
        universes::select(context, &selection, &invocation.config_folder, effects).await?;
    let mut order = order(context, listings);
    order.scope = Scope::of_selection(&selection);
    if effects == Effects::ReadOnly {
        let plan = preview(context, &order).await?;
        console::print(&render::run_plan(&plan, invocation.format())?)?;
        return Ok(Ended::Done);
    }
    let work = Box::pin(run::run(context, &order));
    let done = signals::stoppable(work, &stopper, &invocation.console).await?;
    invocation.console.clear();
    let report = done?;
    console::print(&render::run_report(&report, invocation.format())?)?;
    Ok(ended(&report))
}

/// What the flags say, or else the settings. Flags of which the stronger hides the weaker exclude
/// each other.
fn selection(args: FillArgs, settings: &Settings) -> Selection {
    let of_settings = || Selection::Phase(settings.phase.clone());
    match (args.symbols, args.universe, args.phase) {
        (Some(symbols), _, _) => Selection::Symbols(symbols),
        (None, Some(path), _) => Selection::Path(path),
        (None, None, Some(_)) => of_settings(),
        (None, None, None) => settings
            .universe_path
            .clone()
            .map_or_else(of_settings, Selection::Path),
    }
}

/// Incomplete when the run was not for nothing but not whole either.
pub(super) fn ended(report: &RunReport) -> Ended {
    let not_reached = report.outcomes.contains_key(Outcome::NotReached.as_str());
    if report.verdict == Verdict::Red || not_reached {
        Ended::Incomplete
    } else {
        Ended::Done
    }
}
