//! `quantx plan`

use anyhow::Result;
use quantx::operations::{Effects, WorkRequest};

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
            Some((start, end)) => WorkRequest::backfill(listings, start, end),
            None => WorkRequest::daily_update(context, listings),
        },
    )
    .await
}
