//! `quantx copy`

use anyhow::{Context, Result, bail};
use quantx::operations::{Effects, LakePlace, copy, holds_lake, open_lake_for_copy};
use quantx::settings::{Overrides, StorageSettings};

use super::Ended;
use crate::args::{CopyArgs, CopyPlace, GlobalArgs};
use crate::invocation::{Invocation, no_lake};
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: CopyArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?;
    let storage = &invocation.settings.storage;
    let (from, to) = (place(&args.from, storage)?, place(&args.to, storage)?);
    if from.to_string() == to.to_string() {
        bail!("--from and --to are the same lake, {from}");
    }
    let effects = invocation.global.effects();
    let source = open_lake_for_copy(&from, Effects::ReadOnly).await;
    let source = source.with_context(|| format!("cannot open the source, {from}"))?;
    if !holds_lake(source.as_ref()).await? {
        bail!("--from: {}", no_lake(&from));
    }
    let target = open_lake_for_copy(&to, effects).await;
    let target = target.with_context(|| format!("cannot open the target, {to}"))?;
    let differing = args.differing();
    let done = copy(source.as_ref(), target.as_ref(), differing, effects).await;
    let report = done.with_context(|| format!("cannot copy {from} to {to}"))?;
    let text = render::copy_report(
        &report,
        (&from, &to),
        differing,
        effects,
        invocation.format(),
    )?;
    console::print(&text)?;
    Ok(if report.is_complete() {
        Ended::Done
    } else {
        Ended::Incomplete
    })
}

fn place(place: &CopyPlace, storage: &StorageSettings) -> Result<LakePlace> {
    Ok(match (place, &storage.azure) {
        (CopyPlace::Local, _) => LakePlace::folder(storage.local_root.clone(), storage),
        (CopyPlace::Folder(path), _) => LakePlace::folder(path.clone(), storage),
        (CopyPlace::Azure, Some(azure)) => LakePlace::Azure(azure.clone()),
        (CopyPlace::Azure, None) => bail!(
            "no storage account is configured: set AZURE_STORAGE_ACCOUNT or \
             AZURE_STORAGE_CONNECTION_STRING"
        ),
    })
}
