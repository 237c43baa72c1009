//! `quantx calendar`

use anyhow::Result;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use quantx::operations::Effects;
use quantx::operations::calendar;
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{CalendarArgs, GlobalArgs};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: CalendarArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let (layout, format) = (args.layout(), invocation.format());
    let now = invocation.clock().now();
    let Some(name) = &args.name else {
        let today = now.to_zoned(TimeZone::UTC).date();
        let calendars = calendar::list(&invocation.settings, today);
        console::print(&render::calendars(&calendars, layout, format)?)?;
        return Ok(Ended::Done);
    };
    let mut chosen = calendar::choose(&invocation.settings, name)?;
    if chosen.needs_lake(&invocation.settings) {
        let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
        chosen = calendar::choose(&lake.context.settings, name)?;
    }
    let (from, to) = interval(&args, chosen.year(now));
    let report = calendar::sessions(&chosen, from, to)?;
    console::print(&render::sessions(&report, layout, format)?)?;
    Ok(Ended::Done)
}

/// This year, or the year of the one date that is named.
fn interval(args: &CalendarArgs, year: i16) -> (Date, Date) {
    let named = |other: Option<Date>| other.map_or(year, Date::year);
    let from = args.from.unwrap_or_else(|| date(named(args.to), 1, 1));
    let to = args.to.unwrap_or_else(|| date(named(args.from), 12, 31));
    (from, to)
}
