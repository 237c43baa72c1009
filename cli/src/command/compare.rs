//! `quantx compare`

use anyhow::{Result, bail};
use quantx::operations::compare::{self, CompareRequest, Witnesses};
use quantx::operations::{Effects, Stopper};
use quantx::settings::Overrides;

use super::Ended;
use super::quarantine::listings;
use crate::args::{CompareArgs, GlobalArgs};
use crate::invocation::Invocation;
use crate::{console, render, signals};

pub(super) async fn execute(global: GlobalArgs, args: CompareArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    if invocation.global.effects() == Effects::ReadOnly {
        bail!("compare writes nothing, and --dry-run asks nobody: leave --dry-run out");
    }
    let witnesses = Witnesses::of_settings(&invocation.settings)?;
    let witnesses = witnesses.chosen(args.vendors.as_deref())?;
    let (stopper, stop) = Stopper::new();
    let lake = invocation.assemble(Effects::ReadOnly, stop).await?;
    let lake = invocation.existing(lake).await?;
    let context = &lake.context;
    let request = CompareRequest {
        listings: listings(context, Some(args.symbols))
            .await?
            .unwrap_or_default(),
        from: args.from,
        to: args.to,
    };
    let work = Box::pin(compare::compare(context, &witnesses, &request));
    let done = signals::stoppable(work, &stopper, &invocation.console).await?;
    invocation.console.clear();
    let report = done?;
    console::print(&render::comparison(
        &report,
        args.limit,
        invocation.format(),
    )?)?;
    Ok(if report.agrees() {
        Ended::Done
    } else {
        Ended::Incomplete
    })
}
