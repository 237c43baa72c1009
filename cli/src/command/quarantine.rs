//! `quantx quarantine`

use std::path::Path;

use anyhow::{Result, bail};
use quantx::lake::decisions::Resolution;
use quantx::market::Listing;
use quantx::operations::quarantine::{self, Choice, DecisionRequest};
use quantx::operations::universes::{self, Selection};
use quantx::operations::{Context, Effects, environment};
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{DecideArgs, GlobalArgs, ListArgs, QuarantineCommand, Shown};
use crate::invocation::Invocation;
use crate::{console, render};

/// Longest note and name that a decision takes: it is kept for ever.
const MAX_TEXT: usize = 2000;

pub(super) async fn execute(global: GlobalArgs, command: QuarantineCommand) -> Result<Ended> {
    match command {
        QuarantineCommand::List(args) => list(global, args).await,
        QuarantineCommand::Release(args) => {
            decide(global, args.decide, Resolution::Released, args.amount).await
        }
        QuarantineCommand::Reject(args) => decide(global, args, Resolution::Rejected, None).await,
    }
}

async fn list(global: GlobalArgs, args: ListArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
    let lake = invocation.existing(lake).await?;
    let shown = args.shown();
    let listings = listings(&lake.context, args.symbols).await?;
    let mut report = quarantine::survey(&lake.context, listings.as_deref()).await?;
    let total = (report.entries.len(), report.events.len());
    if shown == Shown::Open {
        report.entries.retain(|entry| entry.status.is_open());
        report.events.retain(|event| event.status.is_open());
    }
    console::print(&render::quarantine(&report, total, invocation.format())?)?;
    Ok(ended(&invocation, &report.unreadable))
}

async fn decide(
    global: GlobalArgs,
    args: DecideArgs,
    resolution: Resolution,
    amount: Option<f64>,
) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let by = args
        .by
        .or_else(|| environment().user().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned());
    for (flag, text) in [("--by", Some(&by)), ("--note", args.note.as_ref())] {
        if text.is_some_and(|text| text.len() > MAX_TEXT) {
            bail!("{flag} has more than {MAX_TEXT} bytes");
        }
    }
    let effects = invocation.global.effects();
    let lake = invocation.assemble_lake(effects).await?;
    let lake = invocation.existing(lake).await?;
    let choice = if args.ids.is_empty() {
        Choice::Open {
            listings: listings(&lake.context, args.symbols).await?,
            rule: args.rule,
        }
    } else {
        Choice::Ids(args.ids)
    };
    let order = DecisionRequest {
        resolution,
        choice,
        amount,
        by,
        note: args.note,
    };
    let report = Box::pin(quarantine::decide(&lake.context, &order, effects)).await?;
    console::print(&render::decisions(&report, effects, invocation.format())?)?;
    let readable = ended(&invocation, &report.unreadable);
    let rows = report.entries.iter().map(|entry| entry.decided);
    let events = report.events.iter().map(|event| event.decided);
    let all_done = rows.chain(events).all(|decided| decided.is_done());
    Ok(if all_done { readable } else { Ended::Short })
}

pub(super) async fn listings(
    context: &Context,
    symbols: Option<Vec<String>>,
) -> Result<Option<Vec<Listing>>> {
    let Some(symbols) = symbols else {
        return Ok(None);
    };
    // Symbols need no configuration folder.
    let selection = Selection::Symbols(symbols);
    let listings = universes::select(context, &selection, Path::new(""), Effects::ReadOnly).await?;
    Ok(Some(listings))
}

pub(super) fn ended(invocation: &Invocation, unreadable: &[(String, String)]) -> Ended {
    for (path, reason) in unreadable {
        invocation
            .console
            .line(&format!("left out: {path}: {reason}"));
    }
    if unreadable.is_empty() {
        Ended::Done
    } else {
        Ended::Short
    }
}
