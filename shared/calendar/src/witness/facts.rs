use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::civil::{Time, date};

use crate::{WeekMask, wall_time};
use quantx_market::Date;

/// Wall-clock open and close.
pub(super) type Hours = (Time, Time);

/// What the witness says of one exchange; the format is in `witness/witness.py`.
pub(super) struct Facts {
    pub(super) mic: String,
    pub(super) first: Date,
    pub(super) last: Date,
    hours: Vec<(Date, Hours)>,
    weeks: Vec<(Date, WeekMask)>,
    closed: BTreeSet<Date>,
    extra: BTreeSet<Date>,
    special: BTreeMap<Date, Hours>,
}

/// The folder of facts, which is part of the repository.
pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("witness")
}

/// All exchanges with facts, by MIC.
pub(super) fn read_all() -> Vec<Facts> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|it| it == "txt") && name != "differences" {
            all.push(Facts::parse(name, &std::fs::read_to_string(&path).unwrap()));
        }
    }
    all.sort_by(|a, b| a.mic.cmp(&b.mic));
    all
}

impl Facts {
    fn parse(name: &str, text: &str) -> Self {
        let mut facts = Self {
            mic: name.to_ascii_uppercase(),
            first: Date::MAX,
            last: Date::MIN,
            hours: Vec::new(),
            weeks: Vec::new(),
            closed: BTreeSet::new(),
            extra: BTreeSet::new(),
            special: BTreeMap::new(),
        };
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let from = |index: usize| words[index].parse::<Date>().unwrap();
            match words[0] {
                "#" | "zone" => {}
                "range" => (facts.first, facts.last) = (from(1), from(2)),
                "hours" => facts.hours.push((from(1), hours(words[2], words[3]))),
                "mask" => facts.weeks.push((from(1), week(words[2]))),
                year => {
                    let year = year.parse().unwrap();
                    let days = words[2..].iter().map(|word| (day(year, word), *word));
                    match words[1] {
                        "closed" => facts.closed.extend(days.map(|(day, _)| day)),
                        "extra" => facts.extra.extend(days.map(|(day, _)| day)),
                        "special" => facts.special.extend(days.map(|(day, word)| {
                            let (open, close) = word[5..].split_once('-').unwrap();
                            (day, hours(open, close))
                        })),
                        kind => panic!("{name}: unknown kind {kind}"),
                    }
                }
            }
        }
        facts
    }

    /// Hours of the session on `date`, if the witness has one.
    pub(super) fn session(&self, date: Date) -> Option<Hours> {
        let week = in_force(&self.weeks, date);
        let regular = week.contains(date.weekday()) && !self.closed.contains(&date);
        let open = regular || self.extra.contains(&date);
        let hours = self.special.get(&date).copied();
        open.then(|| hours.unwrap_or_else(|| in_force(&self.hours, date)))
    }
}

fn in_force<T: Copy>(entries: &[(Date, T)], date: Date) -> T {
    entries
        .iter()
        .rev()
        .find(|(from, _)| *from <= date)
        .unwrap()
        .1
}

fn hours(open: &str, close: &str) -> Hours {
    (wall_time(open).unwrap(), wall_time(close).unwrap())
}

fn day(year: i16, word: &str) -> Date {
    date(
        year,
        word[..2].parse().unwrap(),
        word[2..4].parse().unwrap(),
    )
}

fn week(mask: &str) -> WeekMask {
    let days = jiff::civil::Weekday::Monday
        .cycle_forward()
        .zip(mask.chars());
    WeekMask::of(days.filter(|(_, held)| *held == '1').map(|(day, _)| day)).unwrap()
}
