use anyhow::Result;
use quantx::operations::{Effects, flags};
use quantx::settings::Overrides;

use super::Ended;
use super::quarantine::{ended, listings};
use crate::args::{FlagsArgs, GlobalArgs};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: FlagsArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
    let lake = invocation.existing(lake).await?;
    let listings = listings(&lake.context, args.symbols).await?;
    let report = Box::pin(flags::survey(
        &lake.context,
        listings.as_deref(),
        args.since,
    ))
    .await?;
    console::print(&render::flags(&report, args.limit, invocation.format())?)?;
    Ok(ended(&invocation, &report.unreadable))
}
