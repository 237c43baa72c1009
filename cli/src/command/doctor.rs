//! `quantx doctor`

use anyhow::Result;
use quantx::operations::doctor::{CheckState, DoctorRequest, cannot_open, diagnose};
use quantx::operations::{Effects, LakePlace, StopSignal};
use quantx::report::with_causes;
use quantx::settings::Overrides;

use super::Ended;
use crate::args::{DoctorArgs, GlobalArgs};
use crate::invocation::Invocation;
use crate::{console, render};

pub(super) async fn execute(global: GlobalArgs, args: DoctorArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?.at(&args.place);
    let effects = invocation.global.effects();
    let request = DoctorRequest {
        settings_from: format!(
            "{} where it is there, and the environment",
            invocation.config_folder.join("settings.yaml").display()
        ),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ask_vendor: args.asks_vendor() && effects == Effects::Write,
        effects,
    };
    let place = LakePlace::of(&invocation.settings.storage);
    let diagnosis = match invocation.assemble(effects, StopSignal::never()).await {
        Ok(lake) => diagnose(&lake.context, &place, &request).await,
        Err(error) => {
            let now = invocation.clock().now();
            cannot_open(&place, &request, now, &with_causes(error.as_ref()))
        }
    };
    console::print(&render::diagnosis(&diagnosis, invocation.format())?)?;
    Ok(match diagnosis.state {
        CheckState::Ok | CheckState::Look => Ended::Done,
        CheckState::Wrong => Ended::Incomplete,
    })
}
