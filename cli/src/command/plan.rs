//! `quantx plan`

use anyhow::Result;
use quantx::operations::{Effects, backfill, daily_update};

use super::{Ended, fill};
use crate::args::{GlobalArgs, PlanArgs};

pub(super) async fn execute(global: GlobalArgs, args: PlanArgs) -> Result<Ended> {
    let flags = fill::flags(&args.fill);
    let span = args.start.zip(args.end);
    fill::act(
        global,
        flags,
        args.fill,
        None,
        Effects::ReadOnly,
        |context, listings| match span {
            Some((start, end)) => backfill::request(listings, start, end),
            None => daily_update::request(context, listings),
        },
    )
    .await
}
