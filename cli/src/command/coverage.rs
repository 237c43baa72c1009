//! `quantx coverage`

use std::fs;

use anyhow::{Context, Result};
use quantx::operations::coverage::{self, Scope};
use quantx::operations::universes::{self, Selection};
use quantx::operations::{self, Effects, LakePlace};
use quantx::report::page::index_html;
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{CoverageArgs, GlobalArgs, Strictness};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: CoverageArgs) -> Result<Ended> {
    let flags = Overrides {
        phase: args.phase.clone(),
        universe_path: args.universe.clone(),
        ..Overrides::default()
    };
    let invocation = Invocation::open(global, flags)?.at(&args.place);
    let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
    let lake = invocation.existing(lake).await?;
    let scope = scope(&lake.context, &invocation, &args).await?;
    let (report, page) = match &args.html {
        Some(_) => {
            let (report, page) = coverage::survey_with_page(&lake.context, scope).await?;
            (report, Some(page))
        }
        None => (coverage::survey(&lake.context, scope).await?, None),
    };
    if report.listings.is_empty() && report.not_in_lake.is_empty() {
        let place = LakePlace::of(&invocation.settings.storage);
        invocation.console.line(&format!("no listing in {place}"));
    }
    if let (Some(file), Some(page)) = (&args.html, &page) {
        let file_name = file.display();
        if invocation.global.effects() == Effects::ReadOnly {
            invocation
                .console
                .line(&format!("{file_name} is not written: --dry-run"));
        } else {
            fs::write(file, index_html(page))
                .with_context(|| format!("cannot write {file_name}"))?;
        }
    }
    console::print(&render::coverage(&report, args.limit, invocation.format())?)?;
    Ok(match args.strictness() {
        Strictness::Checked if !report.is_complete() => Ended::Incomplete,
        Strictness::Checked | Strictness::Shown => Ended::Done,
    })
}

/// What the flags say, or everything in the lake: a phase of the settings is what runs work on, and
/// the lake may hold more.
async fn scope(
    context: &operations::Context,
    invocation: &Invocation,
    args: &CoverageArgs,
) -> Result<Scope> {
    let (selection, name) = match (&args.symbols, &args.universe, &args.phase) {
        (Some(symbols), _, _) => (Selection::Symbols(symbols.clone()), named(symbols)),
        (None, Some(path), _) => (Selection::Path(path.clone()), format!("universe {path}")),
        (None, None, Some(_)) => {
            let phase = invocation.settings.phase.clone();
            let name = format!("phase {phase}");
            (Selection::Phase(phase), name)
        }
        (None, None, None) => return Ok(Scope::Everything),
    };
    let listings = universes::select(
        context,
        &selection,
        &invocation.config_folder,
        Effects::ReadOnly,
    )
    .await?;
    Ok(Scope::Chosen { listings, name })
}

/// A few symbols are a name, many are a number.
fn named(symbols: &[String]) -> String {
    const A_FEW: usize = 8;
    match symbols.len() {
        0..=A_FEW => format!("symbols {}", symbols.join(", ")),
        n => format!("{n} symbols"),
    }
}
