//! `quantx plot`

use std::fs;

use anyhow::{Context as _, Result, bail};
use quantx::market::{Date, SessionRange};
use quantx::operations::Effects;
use quantx::operations::show::{self, Wanted};
use quantx::settings::Overrides;

use super::Ended;
use super::quarantine::listings;
use super::show::known_on;
use crate::args::{GlobalArgs, PlotArgs};
use crate::invocation::Invocation;
use crate::render::{self, Drawing, Picture, Scale};

pub(super) async fn execute(global: GlobalArgs, args: PlotArgs) -> Result<Ended> {
    if args.candles && args.symbols.len() > 1 {
        bail!(
            "--candles draws one listing, and {} symbols were given; leave it out, or draw them one by one",
            args.symbols.len()
        );
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        bail!("--from {from} is after --to {to}; both are inclusive");
    }
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
    let lake = invocation.existing(lake).await?;
    let known_on = known_on(&lake.context, args.known_on).await?;
    let mut drawn = Vec::new();
    let chosen = listings(&lake.context, Some(args.symbols)).await?;
    for listing in chosen.into_iter().flatten() {
        let to = args.to.unwrap_or(Date::MAX);
        let from = args.from.unwrap_or(Date::MIN);
        let wanted = Wanted {
            range: SessionRange::inclusive(from, to),
            basis: args.adjusted.basis(),
            known_on: known_on.as_ref(),
        };
        let found = show::rows(&lake.context, &listing, wanted).await;
        let mut found = found.with_context(|| format!("cannot draw {listing}"))?;
        if args.from.is_none()
            && let Some(last) = found.rows.last().map(|row| row.date)
        {
            let year = jiff::Span::new().years(1);
            let from = last.saturating_sub(year);
            found.rows.retain(|row| row.date > from);
        }
        if found.rows.is_empty() {
            let (first, last) = found.stored;
            bail!("{listing} has no row from {from} to {to}; its rows are of {first} to {last}");
        }
        drawn.push(found);
    }
    let picture = Picture {
        listings: &drawn,
        basis: args.adjusted.basis(),
        drawing: if args.candles {
            Drawing::Candles
        } else {
            Drawing::Lines
        },
        scale: if args.log { Scale::Log } else { Scale::Linear },
    };
    let drawn = render::plot(&picture, args.out.format).context("cannot draw the picture")?;
    let name = args.out.path.display();
    if invocation.global.effects() == Effects::ReadOnly {
        invocation
            .console
            .line(&format!("{name} is not written: --dry-run"));
    } else {
        fs::write(&args.out.path, drawn).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(Ended::Done)
}
