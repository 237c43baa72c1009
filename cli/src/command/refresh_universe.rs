//! `quantx refresh-universe`

use anyhow::Result;
use quantx::operations::sources;
use quantx::operations::universe_refresh::{self, RefreshRequest};
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{GlobalArgs, RefreshUniverseArgs};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: RefreshUniverseArgs) -> Result<Ended> {
    let trust = args.trust();
    let flags = Overrides {
        phase: args.phase,
        ..Overrides::default()
    };
    let invocation = Invocation::open(global, flags)?.at(&args.place);
    let effects = invocation.global.effects();
    let lake = invocation.assemble_lake(effects).await?;
    let order = RefreshRequest {
        phase: invocation.settings.phase.clone(),
        config_dir: invocation.config_folder.clone(),
        trust,
        effects,
    };
    let sources = sources(&invocation.settings)?;
    let report = Box::pin(universe_refresh::refresh(&lake.context, &sources, &order)).await?;
    console::print(&render::refresh_report(
        &report,
        effects,
        invocation.format(),
    )?)?;
    let mut outcomes = report.universes.iter().map(|universe| universe.outcome);
    let all_fresh = outcomes.all(quantx::report::RefreshOutcome::is_fresh);
    Ok(if all_fresh { Ended::Done } else { Ended::Short })
}
