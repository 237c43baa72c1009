//! Arguments of `copy`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use quantx::operations::Differing;

/// `quantx copy`
#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    /// Where the lake is: local, azure, or a folder
    #[arg(long, value_name = "PLACE")]
    pub(crate) from: CopyPlace,
    /// Where it shall be: local, azure, or a folder
    #[arg(long, value_name = "PLACE")]
    pub(crate) to: CopyPlace,
    /// Brings an earlier copy of the same lake up to date, as a nightly backup wants it. A listing of
    /// which the target has another history, or a later one, is left as it is
    #[arg(long, conflicts_with = "replace")]
    update: bool,
    /// Replaces objects that are other ones in the target
    #[arg(long)]
    replace: bool,
}

impl CopyArgs {
    pub(crate) fn differing(&self) -> Differing {
        if self.replace {
            Differing::Replace
        } else if self.update {
            Differing::ReplaceOlder
        } else {
            Differing::Keep
        }
    }
}

/// One end of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CopyPlace {
    /// The folder of the settings.
    Local,
    /// The container of the settings.
    Azure,
    /// Another folder.
    Folder(PathBuf),
}

impl FromStr for CopyPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" => Err("expected is local, azure, or a folder such as ./data".to_owned()),
            "local" => Ok(Self::Local),
            "azure" => Ok(Self::Azure),
            folder => Ok(Self::Folder(folder.into())),
        }
    }
}
