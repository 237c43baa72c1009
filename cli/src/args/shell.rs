//! Arguments of the commands about the command line itself.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `quantx completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell that reads them
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// `quantx man`
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// A folder that gets a page for each command [default: the page of quantx, to standard output]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
