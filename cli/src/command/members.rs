//! `quantx members`

use std::fs;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use quantx::market::UniverseName;
use quantx::operations::{Effects, universes};
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{Format, GlobalArgs, ImportMembersArgs, MembersArgs, MembersCommand};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: MembersArgs) -> Result<Ended> {
    if let Some(MembersCommand::Import(args)) = args.command {
        return import(global, args).await;
    }
    let name = UniverseName::parse(&args.universe.unwrap_or_default())?;
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
    let today = invocation.clock().now().to_zoned(TimeZone::UTC).date();
    let (first, last) = match args.between.as_deref() {
        Some([first, last]) => (*first, Some(*last)),
        _ => (args.on.unwrap_or(today), None),
    };
    let members = universes::members(&lake.context, &name, first, last).await?;
    console::print(&render::members(&members, invocation.format())?)?;
    // Standard output is the list and nothing else.
    if invocation.format() == Format::Table {
        for line in render::members_notes(&members) {
            invocation.console.line(&line);
        }
    }
    Ok(Ended::Done)
}

async fn import(global: GlobalArgs, args: ImportMembersArgs) -> Result<Ended> {
    let name = UniverseName::parse(&args.universe())
        .context("say whose members they are with --universe NAME")?;
    let file = args.file.display();
    let history = fs::read_to_string(&args.file).with_context(|| format!("cannot read {file}"))?;
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let effects = invocation.global.effects();
    let lake = invocation.assemble_lake(effects).await?;
    let existing = args.existing();
    let imported = universes::import(&lake.context, &name, &history, existing, effects).await?;
    console::print(&render::imported_membership(
        &imported,
        effects,
        invocation.format(),
    )?)?;
    Ok(Ended::Done)
}
