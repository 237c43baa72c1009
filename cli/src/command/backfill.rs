//! `quantx backfill`

use anyhow::Result;
use quantx::operations::WorkRequest;

use super::{Ended, fill};
use crate::args::{BackfillArgs, GlobalArgs};

pub(super) async fn execute(global: GlobalArgs, args: BackfillArgs) -> Result<Ended> {
    let mut flags = fill::flags(&args.fill);
    flags.chunk_size = args.chunk_size;
    let span = match args.members_between.as_deref() {
        Some([first, last]) => Some((*first, *last)),
        _ => None,
    };
    fill::run(global, flags, args.fill, span, |_, listings| {
        WorkRequest::backfill(listings, args.start, args.end)
    })
    .await
}
