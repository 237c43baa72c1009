//! Arguments of `quantx doctor`.

use clap::Args;

use super::Place;

/// `quantx doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Asks the vendor nothing
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl DoctorArgs {
    /// Whether the vendor is asked one question.
    pub(crate) fn asks_vendor(&self) -> bool {
        !self.offline
    }
}
