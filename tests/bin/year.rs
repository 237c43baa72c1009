//! `year`: a year of daily updates by the staged Functions app on this machine; `cargo xtask year` starts it.

use std::path::PathBuf;
use std::process::ExitCode;

use quantx_dev_host::say;
use quantx_tests::year::{YearOptions, run};

const USAGE: &str = "usage: year --app DIR --handler FILE --program FILE --folder DIR [--days N] [--listings N] [--seed N]

  --app DIR       the script root, as `cargo xtask package` stages it
  --handler FILE  the program handler_of_any_day
  --program FILE  the program quantx, which proves the lake in the end
  --folder DIR    a new folder for the lake and the handler's log
  --days N        weekdays; 260 if not given
  --listings N    listings of the market; 40 if not given
  --seed N        of the market and of everything that is left to chance; 1 if not given";

/// One request of twenty goes wrong.
const FAULTS: &str = "429=0.02,500=0.015,truncate=0.005,html=0.005,wrong-symbol=0.005";
/// A day has some fifteen calls of the handler; of a hundred calls one is killed.
const KILLS_PERCENT: u8 = 15;

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
    let YearOptions {
        days,
        listings,
        kills_percent,
        faults,
        ..
    } = &options;
    say(&format!(
        "{days} days, {listings} listings, a kill on {kills_percent} % of the days, faults {faults}"
    ));
    let figures = runtime.block_on(run(&options));
    say(&format!("\n{figures}"));
    match figures.problems().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn options(words: &[String]) -> Result<YearOptions, String> {
    let mut options = YearOptions {
        app: PathBuf::new(),
        handler: PathBuf::new(),
        program: PathBuf::new(),
        folder: PathBuf::new(),
        days: 260,
        listings: 40,
        faults: FAULTS.to_owned(),
        kills_percent: KILLS_PERCENT,
        seed: 1,
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
        match flag.as_str() {
            "--app" => options.app = value.into(),
            "--handler" => options.handler = value.into(),
            "--program" => options.program = value.into(),
            "--folder" => options.folder = value.into(),
            // The calendars end with 2030.
            "--days" => options.days = number(1_500)?,
            "--listings" => options.listings = number(10_000)? as usize,
            "--seed" => options.seed = u64::from(number(u32::MAX)?),
            _ => return Err(format!("{flag} is not known")),
        }
    }
    let paths = [
        &options.app,
        &options.handler,
        &options.program,
        &options.folder,
    ];
    if paths.iter().any(|path| path.as_os_str().is_empty()) {
        return Err("--app, --handler, --program and --folder are needed".to_owned());
    }
    Ok(options)
}
