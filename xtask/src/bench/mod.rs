//! `cargo xtask bench`: whole runs of the release binary against the replay vendor in a process of
//! its own, and the same job in Python. Measures and prints; judges nothing by wall time.

mod config;
mod figures;
mod handler;
mod measured;
mod reference;
mod scratch;
mod vendor;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{ci, shell};
use config::{DAY_AFTER, DAY_OF_BACKFILL, Job, Scale};
use figures::{Figures, Rate};
use measured::{Usage, measure};
use scratch::Scratch;
use vendor::Vendor;

/// Starts of `--help`, of which the median is shown.
const STARTS: usize = 20;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    scale: Scale,
    reference: Option<PathBuf>,
    /// The Functions app instead of the program.
    handler: bool,
}

impl Options {
    /// Reads `[--quick] [--reference SCRIPT]`, or `--handler` alone.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self {
            scale: Scale::FULL,
            reference: None,
            handler: words == ["--handler"],
        };
        if options.handler {
            return Ok(options);
        }
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--quick" => options.scale = Scale::QUICK,
                "--reference" => {
                    let script = words.next().context("--reference needs a file")?;
                    options.reference = Some(PathBuf::from(script));
                }
                _ => bail!(
                    "bench knows --quick, --reference SCRIPT and --handler alone, not `{word}`"
                ),
            }
        }
        Ok(options)
    }
}

/// Builds the release binary, measures it and prints a table.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    if options.handler {
        return handler::run(root);
    }
    let target = ci::target_directory()?;
    // A typo should not cost the minutes of a build.
    let script = options.reference.as_deref().map(reference::script);
    let script = script.transpose()?;
    ci::build_programs(root, &target)?;
    let python = match script {
        Some(script) => Some((reference::python(&target)?, script)),
        None => None,
    };
    let scratch = Scratch::new(&target.join("bench"))?;
    let bench = Bench {
        program: target.join("release/quantx"),
        scale: options.scale,
        scratch: &scratch,
    };
    let load_before = shell::load_average();
    let mut figures = Figures {
        machine: shell::machine(),
        load: (load_before, String::new()),
        starts: bench.starts()?,
        ..Figures::default()
    };
    bench.runs(&mut figures, python.as_ref())?;
    figures.load.1 = shell::load_average();
    shell::say(&figures.markdown(options.scale));
    shell::say("removing the lakes, which may take a minute");
    Ok(())
}

struct Bench<'a> {
    program: PathBuf,
    scale: Scale,
    scratch: &'a Scratch,
}

impl Bench<'_> {
    fn runs(&self, figures: &mut Figures, python: Option<&(PathBuf, PathBuf)>) -> Result<()> {
        let most = self.scale.most();
        shell::say(&format!("vendor: {most} listings, 20 years"));
        let vendor = Vendor::start(&self.program, most)?;
        self.scratch
            .write_config(&vendor.base_url, self.scale.listings())?;
        self.warm_up(&vendor)?;
        let mut daily_lake = None;
        for n_listings in self.scale.listings() {
            let repeats = self.scale.repeats(n_listings);
            for repeat in 0..repeats {
                let lake = self
                    .scratch
                    .folder(&format!("lake_{n_listings}_{repeat}"))?;
                let usage = self.fill(Job::Backfill, n_listings, &lake)?;
                shell::say(&format!("backfill of {n_listings}: {usage}"));
                figures.backfills.push(Rate { n_listings, usage });
                if n_listings == self.scale.main {
                    daily_lake = Some(lake);
                }
            }
        }
        if let Some((python, script)) = python {
            // The first run lets the vendor render the answers that only it is asked for.
            for measured in [false, true] {
                let out = self.scratch.folder(&format!("reference_{measured}"))?;
                let n_listings = self.scale.reference;
                let run = reference::run(python, script, &vendor.base_url, n_listings, &out)?;
                if measured {
                    shell::say(&format!("reference: {run}"));
                    figures.reference = Some(run);
                }
            }
        }
        let lake = daily_lake.context("no backfill of the main size")?;
        vendor.set_as_of(DAY_AFTER)?;
        let n_listings = self.scale.main;
        let usage = self.fill(Job::Daily, n_listings, &lake)?;
        shell::say(&format!("daily update of {n_listings}: {usage}"));
        figures.daily = Some(Rate { n_listings, usage });
        let before = scratch::files(&lake)?;
        let usage = self.fill(Job::Daily, n_listings, &lake)?;
        figures.written_again = Some(scratch::changed(&before, &scratch::files(&lake)?));
        figures.daily_again = Some(Rate { n_listings, usage });
        Ok(())
    }

    /// Lets the vendor render every answer once, so that the client is measured and not the vendor.
    fn warm_up(&self, vendor: &Vendor) -> Result<()> {
        shell::say("warming up, not measured");
        let lake = self.scratch.folder("warm_up")?;
        self.fill(Job::Backfill, self.scale.most(), &lake)?;
        vendor.set_as_of(DAY_AFTER)?;
        self.fill(Job::Daily, self.scale.main, &lake)?;
        vendor.set_as_of(DAY_OF_BACKFILL)
    }

    fn fill(&self, job: Job, n_listings: usize, lake: &Path) -> Result<Usage> {
        let mut words = job.arguments(n_listings);
        for (flag, folder) in [
            ("--config", self.scratch.config()),
            ("--storage-root", lake.to_owned()),
        ] {
            let folder = folder.to_str().context("the folder is not UTF-8")?;
            words.extend([flag.to_owned(), folder.to_owned()]);
        }
        let (usage, report) = measure(&self.program, &words)?;
        // Nothing measured counts if the work was not done.
        if !report.contains("\"failed\": 0") || report.contains("\"verdict\": \"red\"") {
            bail!("the run of {n_listings} listings failed; its report:\n{report:.2000}");
        }
        Ok(usage)
    }

    /// Milliseconds from start to the end of `--help`, sorted.
    fn starts(&self) -> Result<Vec<f64>> {
        let mut starts = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            let (usage, _) = measure(&self.program, &["--help".to_owned()])?;
            starts.push(usage.wall.as_secs_f64() * 1e3);
        }
        starts.sort_by(f64::total_cmp);
        Ok(starts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_others_refused() {
        let options = Options::parse(&["--quick", "--reference", "a/b.py"]).unwrap();
        assert_eq!(
            (options.scale, options.reference),
            (Scale::QUICK, Some("a/b.py".into()))
        );
        assert_eq!(Options::parse(&[]).unwrap().scale, Scale::FULL);
        assert!(Options::parse(&["--handler"]).unwrap().handler);
        for wrong in [&["--reference"][..], &["--fast"], &["--quick", "--handler"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
