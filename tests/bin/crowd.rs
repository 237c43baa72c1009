//! `crowd`: a crowd of callers against the staged Functions app on this machine; `cargo xtask crowd` starts it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use quantx_dev_host::say;
use quantx_tests::crowd::{CrowdOptions, Place, run};

const USAGE: &str = "usage: crowd --app DIR --program FILE --folder DIR [--minutes N] [--callers N] [--store disk|blob]

  --app DIR       the script root, as `cargo xtask package` stages it
  --program FILE  the program quantx, which proves the lake in the end
  --folder DIR    a new folder for the lake and the handler's log
  --minutes N     how long they call; 10 if not given
  --callers N     how many call at once; 200 if not given
  --store PLACE   disk, or blob: the emulator of Blob Storage on a bad wire; disk if not given";

/// Every kind of answer that a vendor may give by mistake, and a few that never come. Rows without prices
/// are no mistake that a run of the same day puts right: holes are asked for again on another day.
const FAULTS: &str = "429=0.02,500=0.02,hang=0.0005,truncate=0.01,html=0.01,wrong-symbol=0.005";
/// Listings; so few that runs meet at the same ones.
const LISTINGS: usize = 60;
/// One life of the handler.
const BETWEEN_KILLS: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new();
    let (options, runtime) = match (options(&words), runtime) {
        (Ok(options), Ok(runtime)) => (options, runtime),
        (Err(problem), _) => {
            say(&format!("error: {problem}\n\n{USAGE}"));
            return ExitCode::FAILURE;
        }
        (_, Err(error)) => {
            say(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    say(&format!(
        "{} callers for {:?}, {} kills, {:?}, faults {}",
        options.callers, options.duration, options.kills, options.place, options.faults
    ));
    let Some(figures) = runtime.block_on(run(&options)) else {
        return ExitCode::FAILURE;
    };
    say(&format!("\n{figures}"));
    match figures.problems().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn options(words: &[String]) -> Result<CrowdOptions, String> {
    let mut options = CrowdOptions {
        app: PathBuf::new(),
        handler: None,
        program: PathBuf::new(),
        folder: PathBuf::new(),
        place: Place::Disk,
        duration: Duration::from_secs(600),
        callers: 200,
        listings: LISTINGS,
        kills: 0,
        faults: FAULTS.to_owned(),
    };
    let mut words = words.iter();
    while let Some(flag) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{flag} needs a value"))?;
        let number = |most: u32| match value.parse() {
            Ok(n) if (1..=most).contains(&n) => Ok(n),
            _ => Err(format!("{flag} {value}: expected is 1 to {most}")),
        };
        match (flag.as_str(), value.as_str()) {
            ("--app", _) => options.app = value.into(),
            ("--program", _) => options.program = value.into(),
            ("--folder", _) => options.folder = value.into(),
            ("--minutes", _) => options.duration = Duration::from_secs(60) * number(24 * 60)?,
            ("--callers", _) => options.callers = number(10_000)? as usize,
            ("--store", "disk") => options.place = Place::Disk,
            ("--store", "blob") => options.place = Place::Blob,
            _ => return Err(format!("{flag} {value} is not known")),
        }
    }
    if [&options.app, &options.program, &options.folder]
        .iter()
        .any(|path| path.as_os_str().is_empty())
    {
        return Err("--app, --program and --folder are needed".to_owned());
    }
    options.kills =
        u32::try_from(options.duration.as_secs() / BETWEEN_KILLS.as_secs()).unwrap_or(0);
    Ok(options)
}
