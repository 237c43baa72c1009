//! `quantx show`

use anyhow::{Context as _, Result};
use quantx::operations::{Effects, show};
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
    let mut views = Vec::new();
    for listing in chosen.into_iter().flatten() {
        let view = show::view(&lake.context, &listing, args.bars).await;
        views.push(view.with_context(|| format!("cannot show {listing}"))?);
    }
    let text = match invocation.format() {
        Format::Json => render::listing_views_json(&views)?,
        Format::Table => views.iter().map(render::listing_view).collect(),
    };
    console::print(&text)?;
    Ok(Ended::Done)
}
