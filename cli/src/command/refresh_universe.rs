//! `quantx refresh-universe`

use anyhow::Result;
use quantx::operations::{Effects, universes};
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{GlobalArgs, RefreshUniverseArgs};
use crate::session::Session;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: RefreshUniverseArgs) -> Result<Ended> {
    let flags = Overrides {
        phase: args.phase,
        ..Overrides::default()
    };
    let session = Session::open(global, flags)?;
    session.check_place(&args.place)?;
    let effects = session.global.effects();
    let lake = session.assemble_lake(effects).await?;
    let (phase, folder) = (&session.settings.phase, &session.config_folder);
    let refreshed = match effects {
        Effects::Write => universes::refresh(&lake.context, phase, folder).await?,
        Effects::ReadOnly => universes::preview(&lake.context, phase, folder).await?,
    };
    console::print(&render::universes(&refreshed, effects, session.format())?)?;
    Ok(Ended::Done)
}
