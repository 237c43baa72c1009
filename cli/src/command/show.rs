//! `quantx show`

use anyhow::{Context as _, Result, bail};
use quantx::lake::delta::DeltaTable;
use quantx::market::Date;
use quantx::operations::known_on::{self, KnownOn};
use quantx::operations::{Context, Effects, show};
use quantx::settings::Overrides;

use super::Ended;
use super::quarantine::listings;
use crate::args::{Format, GlobalArgs, ShowArgs};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: ShowArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
    let lake = invocation.existing(lake).await?;
    let chosen = listings(&lake.context, Some(args.symbols)).await?;
    let known_on = known_on(&lake.context, args.known_on).await?;
    let mut views = Vec::new();
    for listing in chosen.into_iter().flatten() {
        let context = &lake.context;
        let view = match &known_on {
            Some(known_on) => show::view_as_known(context, &listing, args.bars, known_on).await,
            None => show::view(context, &listing, args.bars).await,
        };
        views.push(view.with_context(|| format!("cannot show {listing}"))?);
    }
    let text = match invocation.format() {
        Format::Json => render::listing_views_json(&views)?,
        Format::Table => views.iter().map(render::listing_view).collect(),
    };
    console::print(&text)?;
    Ok(Ended::Done)
}

/// The tables as they were on `day`, if one is given.
pub(super) async fn known_on(context: &Context, day: Option<Date>) -> Result<Option<KnownOn<'_>>> {
    let Some(day) = day else {
        return Ok(None);
    };
    let opened = KnownOn::open(context, day).await;
    if let Some(known_on) =
        opened.with_context(|| format!("cannot read what was known on {day}"))?
    {
        return Ok(Some(known_on));
    }
    match known_on::versions(context, DeltaTable::Bars).await?.first() {
        Some(first) => bail!(
            "--known-on {day} is before the first run that the lake's tables remember, of {}; \
             what was known earlier is in no file",
            first.at
        ),
        None => bail!(
            "--known-on needs the tables in delta/, and no run has made any: `quantx update-daily` makes them, \
             and from then on each run keeps what was known"
        ),
    }
}
