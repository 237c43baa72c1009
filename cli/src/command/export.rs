//! `quantx export`

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use futures::StreamExt;
use quantx::lake::adjusted::Export;
use quantx::market::{Date, Listing, SessionRange};
use quantx::operations::known_on::KnownSince;
use quantx::operations::show::{self, ShowError, Wanted};
use quantx::operations::universes::{self, Selection};
use quantx::operations::{Context, Effects};
use quantx::settings::Overrides;

use super::Ended;
use super::show::known_on;
use crate::args::{ExportArgs, GlobalArgs};
use crate::console;
use crate::invocation::Invocation;

/// Listings read at once.
const PARALLEL_LISTINGS: usize = 8;

pub(super) async fn execute(global: GlobalArgs, args: ExportArgs) -> Result<Ended> {
    let (from, to) = (args.from.unwrap_or(Date::MIN), args.to.unwrap_or(Date::MAX));
    if from > to {
        bail!("--from {from} is after --to {to}; both are inclusive");
    }
    let flags = Overrides {
        phase: args.phase.clone(),
        universe_path: args.universe.clone(),
        ..Overrides::default()
    };
    let invocation = Invocation::open(global, flags)?.at(&args.place);
    let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
    let lake = invocation.existing(lake).await?;
    let listings = chosen(&lake.context, &invocation, &args).await?;
    if invocation.global.effects() == Effects::ReadOnly {
        let n = listings.len();
        invocation
            .console
            .line(&format!("{n} listings would be written: --dry-run"));
        return Ok(Ended::Done);
    }
    let mut target = target(args.out.as_deref())?;
    let context = &lake.context;
    let known_on = known_on(context, args.known_on).await?;
    let basis = args.adjusted.basis();
    let wanted = Wanted {
        range: SessionRange::inclusive(from, to),
        basis,
        known_on: known_on.as_ref(),
    };
    let mut export = Export::new(args.format.format(), basis);
    let since = if args.known_since {
        export = export.with_known_since();
        let opened = KnownSince::open(context, args.known_on).await;
        Some(opened.context("cannot read since when rows are known")?)
    } else {
        None
    };
    let since = since.as_ref();
    let reads = listings.iter().map(|listing| async move {
        let found = show::rows(context, listing, wanted).await;
        let since = match (since, &found) {
            (Some(since), Ok(_)) => since.rows(listing).await,
            _ => Ok(BTreeMap::new()),
        };
        (listing, found, since)
    });
    let mut reads = futures::stream::iter(reads).buffered(PARALLEL_LISTINGS);
    let mut ended = Ended::Done;
    let mut absent: Vec<String> = Vec::new();
    while let Some((listing, found, since)) = reads.next().await {
        let found = match found {
            Ok(found) => found,
            Err(ShowError::NotStored { symbol } | ShowError::NotKnown { symbol, .. }) => {
                absent.push(symbol);
                continue;
            }
            Err(error) => return Err(error).with_context(|| format!("cannot export {listing}")),
        };
        let (symbol, exchange) = (listing.symbol().as_str(), listing.exchange().as_str());
        let since = since.with_context(|| format!("cannot read the versions of {listing}"))?;
        export.add(symbol, exchange, found.rows, &since)?;
        if is_gone(write(&mut target, &export.take()?))? {
            return Ok(Ended::Done);
        }
    }
    let rest = export.finish().context("cannot make the table")?;
    is_gone(write(&mut target, &rest).and_then(|()| target.flush()))?;
    drop(target);
    if let Some(out) = &args.out {
        let renamed = fs::rename(unfinished(out), out);
        renamed.with_context(|| format!("cannot write {}", out.display()))?;
    }
    if !absent.is_empty() {
        ended = Ended::Incomplete;
        invocation.console.line(&format!(
            "{} listings have no row in the lake and are left out: {}",
            absent.len(),
            absent.join(", ")
        ));
    }
    Ok(ended)
}

async fn chosen(
    context: &Context,
    invocation: &Invocation,
    args: &ExportArgs,
) -> Result<Vec<Listing>> {
    let selection = match (&args.symbols, &args.universe) {
        (Some(symbols), _) => Selection::Symbols(symbols.clone()),
        (None, Some(path)) => Selection::Path(path.clone()),
        (None, None) => Selection::Phase(invocation.settings.phase.clone()),
    };
    let folder = &invocation.config_folder;
    let mut listings = universes::select(context, &selection, folder, Effects::ReadOnly).await?;
    listings.sort();
    listings.dedup();
    Ok(listings)
}

/// Where the table goes: a file has its name once it is whole.
fn target(out: Option<&Path>) -> Result<Box<dyn Write>> {
    Ok(match out {
        Some(path) => {
            let file = File::create(unfinished(path));
            let file = file.with_context(|| format!("cannot write {}", path.display()))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(console::table_output()),
    })
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn write(target: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    target.write_all(bytes)
}

/// Whether the reader has gone away, as `head` does, which is no error.
fn is_gone(written: io::Result<()>) -> Result<bool> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(error).context("cannot write the table"),
    }
}
