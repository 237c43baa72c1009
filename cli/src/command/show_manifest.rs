//! `quantx show-manifest`

use anyhow::Result;
use quantx::operations::{Effects, LakePlace, manifest};
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{GlobalArgs, ManifestSource, ShowManifestArgs};
use crate::session::Session;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: ShowManifestArgs) -> Result<Ended> {
    let session = Session::open(global, Overrides::default())?.at(&args.place);
    let (manifest, unreadable) = match (args.source(), session.global.effects()) {
        (ManifestSource::Stored, _) => {
            let lake = session.assemble_lake(Effects::ReadOnly).await?;
            let lake = session.existing(lake).await?;
            (
                manifest::show(lake.context.store.as_ref()).await?,
                Vec::new(),
            )
        }
        (ManifestSource::Records, effects) => {
            let lake = session.assemble_lake(effects).await?;
            let lake = session.existing(lake).await?;
            let rebuilt = match effects {
                Effects::Write => manifest::rebuild(&lake.context).await?,
                Effects::ReadOnly => manifest::survey(&lake.context).await?,
            };
            (rebuilt.manifest, rebuilt.unreadable)
        }
    };
    if manifest.is_empty() {
        let root = LakePlace::of(&session.settings.storage);
        session
            .console
            .line(&format!("no listing in the manifest of {root}"));
    }
    for (path, reason) in &unreadable {
        session.console.line(&format!("left out: {path}: {reason}"));
    }
    let limit = args.limit.unwrap_or(usize::MAX);
    console::print(&render::manifest(&manifest, limit, session.format())?)?;
    Ok(if unreadable.is_empty() {
        Ended::Done
    } else {
        Ended::Short
    })
}
