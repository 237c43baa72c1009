//! `quantx update-daily`

use anyhow::Result;
use quantx::operations::{Effects, daily_update};

use super::{Ended, fill};
use crate::args::{GlobalArgs, UpdateDailyArgs};

pub(super) async fn execute(global: GlobalArgs, args: UpdateDailyArgs) -> Result<Ended> {
    let mut flags = fill::flags(&args.fill);
    flags.lookback_days = args.lookback_days;
    if args.chunked && global.effects() == Effects::Write {
        return super::chunked::run(global, flags, args.fill, None).await;
    }
    fill::run(global, flags, args.fill, None, daily_update::order).await
}
