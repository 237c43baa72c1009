//! `quantx members`

use anyhow::Result;
use jiff::tz::TimeZone;
use quantx::market::UniverseName;
use quantx::operations::{Effects, universes};
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{GlobalArgs, MembersArgs};
use crate::session::Session;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: MembersArgs) -> Result<Ended> {
    let name = UniverseName::parse(&args.universe)?;
    let session = Session::open(global, Overrides::default())?.at(&args.place);
    let lake = session.assemble_lake(Effects::ReadOnly).await?;
    let today = session.clock().now().to_zoned(TimeZone::UTC).date();
    let (first, last) = match args.between.as_deref() {
        Some([first, last]) => (*first, Some(*last)),
        _ => (args.on.unwrap_or(today), None),
    };
    let members = universes::members(&lake.context, &name, first, last).await?;
    console::print(&render::members(&members, session.format())?)?;
    Ok(Ended::Done)
}
