//! `quantx verify`

use anyhow::Result;
use quantx::operations::universes::{self, Selection};
use quantx::operations::verify::{self, RepairRequest, VerifyRequest};
use quantx::operations::{Effects, Stopper, leftovers};
use quantx::settings::{Overrides, Settings};

use super::Ended;
use crate::args::{GlobalArgs, VerifyArgs};
use crate::invocation::Invocation;
use crate::{console, render, signals};

pub(super) async fn execute(global: GlobalArgs, args: VerifyArgs) -> Result<Ended> {
    let flags = Overrides {
        max_workers: args.max_workers.clone(),
        phase: args.phase.clone(),
        ..Overrides::default()
    };
    let invocation = Invocation::open(global, flags)?.at(&args.place);
    let (stopper, stop) = Stopper::new();
    let effects = match args.repair() {
        Some(_) => invocation.global.effects(),
        None => Effects::ReadOnly,
    };
    let lake = invocation.assemble(effects, stop).await?;
    let lake = invocation.existing(lake).await?;
    let context = &lake.context;
    let listings = match selection(&args, &invocation.settings) {
        Some(selection) => {
            let folder = &invocation.config_folder;
            Some(universes::select(context, &selection, folder, Effects::ReadOnly).await?)
        }
        None => None,
    };
    let order = VerifyRequest {
        listings,
        depth: args.depth(),
        leftovers: leftovers(&invocation.settings, effects)?,
        repair: args
            .repair()
            .map(|vendor| RepairRequest { effects, vendor }),
    };
    let work = Box::pin(verify::verify(context, &order));
    let done = signals::stoppable(work, &stopper, &invocation.console).await?;
    invocation.console.clear();
    let report = done?;
    console::print(&render::verify_report(&report, invocation.format())?)?;
    Ok(if report.is_clean() {
        Ended::Done
    } else {
        Ended::Short
    })
}

/// What the flags say; without one, the whole lake.
fn selection(args: &VerifyArgs, settings: &Settings) -> Option<Selection> {
    match (&args.symbols, &args.universe, &args.phase) {
        (Some(symbols), _, _) => Some(Selection::Symbols(symbols.clone())),
        (None, Some(path), _) => Some(Selection::Path(path.clone())),
        (None, None, Some(_)) => Some(Selection::Phase(settings.phase.clone())),
        (None, None, None) => None,
    }
}
