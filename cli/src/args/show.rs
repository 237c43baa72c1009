//! Arguments of the commands that show or hand out rows.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use jiff::civil::Date;
use quantx::lake::adjusted::{Basis, ExportFormat};

use super::{Place, value};

/// `quantx show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Symbols with their suffix, such as AAPL 0700.HK
    #[arg(required = true, value_name = "SYMBOL")]
    pub(crate) symbols: Vec<String>,
    /// Shows this many of the newest sessions
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) bars: usize,
    /// Shows what the lake knew at the end of this day (UTC), corrections and later events left out
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) known_on: Option<Date>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `quantx plot`
#[derive(Debug, Args)]
pub(crate) struct PlotArgs {
    /// Symbols with their suffix, such as AAPL 0700.HK; several are drawn from 100 on
    #[arg(required = true, value_name = "SYMBOL", num_args = 1..=8)]
    pub(crate) symbols: Vec<String>,
    /// First date [default: a year before the last]
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) from: Option<Date>,
    /// Last date, inclusive [default: the newest row]
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) to: Option<Date>,
    /// What is taken out of prices
    #[arg(long, value_enum, default_value_t = Adjusted::Total)]
    pub(crate) adjusted: Adjusted,
    /// Draws open, high, low and close of one listing
    #[arg(long)]
    pub(crate) candles: bool,
    /// A price axis on which equal changes are equally high
    #[arg(long)]
    pub(crate) log: bool,
    /// The picture, a file that ends with .svg or .png
    #[arg(long, value_name = "FILE", value_parser = picture)]
    pub(crate) out: PictureFile,
    /// Draws what the lake knew at the end of this day (UTC), corrections and later events left out
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) known_on: Option<Date>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `quantx export`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("scope").args(["universe", "phase", "symbols"]).required(true))]
pub(crate) struct ExportArgs {
    /// A list in the lake, such as meta/universe_phase_1.csv
    #[arg(long, value_name = "PATH")]
    pub(crate) universe: Option<String>,
    /// A phase of universes.yaml
    #[arg(long, value_name = "NAME")]
    pub(crate) phase: Option<String>,
    /// Symbols with their suffix, such as AAPL,0700.HK
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) symbols: Option<Vec<String>>,
    /// First date [default: the first row]
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) from: Option<Date>,
    /// Last date, inclusive [default: the newest row]
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) to: Option<Date>,
    /// How the table is written
    #[arg(long, value_enum, default_value_t = TableFormat::Csv)]
    pub(crate) format: TableFormat,
    /// What is taken out of prices
    #[arg(long, value_enum, default_value_t = Adjusted::None)]
    pub(crate) adjusted: Adjusted,
    /// Adds a column that says since when the lake has each row as it is: the time of the run that first
    /// stored these values. Reads every version of the listings' files, so choose a few
    #[arg(long)]
    pub(crate) known_since: bool,
    /// The table's file [default: standard output, for csv]
    #[arg(long, value_name = "FILE", required_if_eq_any([("format", "parquet"), ("format", "arrow")]))]
    pub(crate) out: Option<PathBuf>,
    /// Hands out what the lake knew at the end of this day (UTC), corrections and later events left out
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) known_on: Option<Date>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `--adjusted`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Adjusted {
    // Not doc comments: those would stretch every `--help` to three lines per flag.
    // As traded.
    None,
    // Splits.
    Split,
    // Splits, dividends and capital gains.
    Total,
}

impl Adjusted {
    pub(crate) fn basis(self) -> Basis {
        match self {
            Self::None => Basis::AsTraded,
            Self::Split => Basis::Splits,
            Self::Total => Basis::Total,
        }
    }
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    // With a header.
    Csv,
    // One file.
    Parquet,
    // One file in Arrow's IPC format, also called Feather.
    Arrow,
}

impl TableFormat {
    pub(crate) fn format(self) -> ExportFormat {
        match self {
            Self::Csv => ExportFormat::Csv,
            Self::Parquet => ExportFormat::Parquet,
            Self::Arrow => ExportFormat::Arrow,
        }
    }
}

/// Where a picture goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PictureFile {
    pub(crate) path: PathBuf,
    pub(crate) format: PictureFormat,
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureFormat {
    /// Lines and texts, sharp at any size.
    Svg,
    /// Pixels.
    Png,
}

fn picture(text: &str) -> Result<PictureFile, String> {
    let path = PathBuf::from(text);
    let format = match path.extension().and_then(|end| end.to_str()) {
        Some("svg") => PictureFormat::Svg,
        Some("png") => PictureFormat::Png,
        _ => return Err("expected is a name that ends with .svg or .png".to_owned()),
    };
    Ok(PictureFile { path, format })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_its_name_says_what_a_picture_is() {
        assert_eq!(picture("a/b.svg").unwrap().format, PictureFormat::Svg);
        assert_eq!(picture("a/b.png").unwrap().format, PictureFormat::Png);
        for name in ["a.jpg", "svg", "a.SVG.txt", ""] {
            assert!(picture(name).is_err(), "{name}");
        }
    }
}
