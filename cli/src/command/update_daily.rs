//! `quantx update-daily`

use anyhow::Result;
use quantx::operations::WorkRequest;

use super::{Ended, fill};
use crate::args::{GlobalArgs, UpdateDailyArgs};

pub(super) async fn execute(global: GlobalArgs, args: UpdateDailyArgs) -> Result<Ended> {
    let mut flags = fill::flags(&args.fill);
    flags.lookback_days = args.lookback_days;
    fill::run(global, flags, args.fill, None, WorkRequest::daily_update).await
}
