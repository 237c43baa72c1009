//! `quantx show-manifest`

use anyhow::Result;
use quantx::operations::{Effects, LakePlace, manifest};
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{GlobalArgs, ManifestSource, ShowManifestArgs};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: ShowManifestArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let (manifest, unreadable) = match (args.source(), invocation.global.effects()) {
        (ManifestSource::Stored, _) => {
            let lake = invocation.assemble_lake(Effects::ReadOnly).await?;
            let lake = invocation.existing(lake).await?;
            (
                manifest::show(lake.context.store.as_ref()).await?,
                Vec::new(),
            )
        }
        (ManifestSource::Records, effects) => {
            let lake = invocation.assemble_lake(effects).await?;
            let lake = invocation.existing(lake).await?;
            let rebuilt = match effects {
                Effects::Write => manifest::rebuild(&lake.context).await?,
                Effects::ReadOnly => manifest::survey(&lake.context).await?,
            };
            (rebuilt.manifest, rebuilt.unreadable)
        }
    };
    if manifest.is_empty() {
        let root = LakePlace::of(&invocation.settings.storage);
        invocation
            .console
            .line(&format!("no listing in the manifest of {root}"));
    }
    for (path, reason) in &unreadable {
        invocation
            .console
            .line(&format!("left out: {path}: {reason}"));
    }
    let limit = args.limit.unwrap_or(usize::MAX);
    console::print(&render::manifest(&manifest, limit, invocation.format())?)?;
    Ok(if unreadable.is_empty() {
        Ended::Done
    } else {
        Ended::Short
    })
}
