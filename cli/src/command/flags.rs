use anyhow::Result;
use quantx::operations::{Effects, flags};
use quantx::settings::Overrides;

use super::Ended;
use super::quarantine::{ended, listings};
use crate::args::{FlagsArgs, GlobalArgs};
use crate::session::Session;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: FlagsArgs) -> Result<Ended> {
    let session = Session::open(global, Overrides::default())?.at(&args.place);
    let lake = session.assemble_lake(Effects::ReadOnly).await?;
    let lake = session.existing(lake).await?;
    let listings = listings(&lake.context, args.symbols).await?;
    let report = Box::pin(flags::survey(
        &lake.context,
        listings.as_deref(),
        args.since,
    ))
    .await?;
    console::print(&render::flags(&report, args.limit, session.format())?)?;
    Ok(ended(&session, &report.unreadable))
}
