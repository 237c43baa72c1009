//! What is wanted of a run: the body of a request, checked. Pure.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::unique;
use crate::run::RunOperation;
use quantx_lake::LakeKey;
use quantx_market::{Date, Listing, PhaseName};
use quantx_settings::Settings;

/// Bytes of a body that are read; 50,000 symbols need less.
pub const LONGEST_BODY: usize = 1024 * 1024;
/// Listings per chunk at most.
const MAX_CHUNK_SIZE: usize = 10_000;
/// Listings fetched at the same time within a chunk at most.
pub(super) const MAX_WORKERS: usize = 256;
/// Sessions that a daily update looks back at most.
pub(super) const MAX_LOOKBACK: u32 = 3_650;
/// Problems of symbols in a message; the rest are counted.
const SYMBOLS_TOLD: usize = 10;
/// Keys of a body in a message.
const KEYS_TOLD: usize = 10;

/// Whether a run changes the lake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rehearsal {
    /// It does.
    #[default]
    Real,
    /// It only says what it would do.
    Dry,
}

/// What is wanted; what is absent is as in the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunRequest {
    /// What to do.
    pub operation: RunOperation,
    /// First date of a backfill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Date>,
    /// Last date of a backfill, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Date>,
    /// Sessions that a daily update looks back at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookback_days: Option<u32>,
    /// A phase of the universes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// A list in the lake, as `meta/universe_phase_1.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub universe: Option<String>,
    /// Symbols with their suffix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbols: Option<Vec<String>>,
    /// Listings per chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_size: Option<NonZeroUsize>,
    /// Listings fetched at the same time within a chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_workers: Option<NonZeroUsize>,
    /// Whether anything is stored.
    pub rehearsal: Rehearsal,
}

const KEYS: [&str; 10] = [
    "operation",
    "lookback_days",
    "start",
    "end",
    "phase",
    "universe",
    "symbols",
    "chunk_size",
    "max_workers",
    "dry_run",
];

/// Reads the body of a request; an empty one asks for the daily update of the settings.
///
/// # Errors
/// Every problem of the body, one sentence each.
pub fn read(body: &str, settings: &Settings) -> Result<RunRequest, Vec<String>> {
    // Before it is looked at: a body of nothing but blanks is too long too, and no order for a run.
    if body.len() > LONGEST_BODY {
        let problem = format!(
            "the body has {} bytes, allowed are {LONGEST_BODY}",
            body.len()
        );
        return Err(vec![problem]);
    }
    let text = if body.trim().is_empty() { "{}" } else { body };
    let (fields, twice) = match unique::read(text) {
        Ok((Value::Object(fields), twice)) => (fields, twice),
        Ok(_) => return Err(vec!["the body is not a JSON object".to_owned()]),
        Err(error) => return Err(vec![format!("the body is not JSON: {error}")]),
    };
    let mut reading = Reading {
        fields: &fields,
        problems: Vec::new(),
    };
    for key in twice.iter().take(KEYS_TOLD) {
        let key = shortened(key);
        let problem = format!("{key}: stands in the body more than once");
        reading.problems.push(problem);
    }
    let request = reading.request(settings);
    let unknown = fields.keys().filter(|key| !KEYS.contains(&key.as_str()));
    for key in unknown.take(KEYS_TOLD) {
        let (key, known) = (shortened(key), KEYS.join(", "));
        reading
            .problems
            .push(format!("{key}: unknown; known are {known}"));
    }
    if reading.problems.is_empty() {
        Ok(request)
    } else {
        Err(reading.problems)
    }
}

struct Reading<'a> {
    fields: &'a Map<String, Value>,
    problems: Vec<String>,
}

impl Reading<'_> {
    fn request(&mut self, settings: &Settings) -> RunRequest {
        let operation = match self.text("operation").as_deref() {
            None | Some("daily_update") => RunOperation::DailyUpdate,
            Some("backfill") => RunOperation::Backfill,
            Some(other) => {
                let other = shortened(other);
                let problem = format!("operation: {other:?} is neither daily_update nor backfill");
                self.problems.push(problem);
                RunOperation::DailyUpdate
            }
        };
        let request = RunRequest {
            operation,
            start: self.date("start"),
            end: self.date("end"),
            lookback_days: self
                .number("lookback_days", 0, MAX_LOOKBACK.into())
                .and_then(|n| u32::try_from(n).ok()),
            phase: self.text("phase"),
            universe: self.text("universe"),
            symbols: self.symbols(settings),
            chunk_size: self.count("chunk_size", MAX_CHUNK_SIZE),
            max_workers: self.count("max_workers", MAX_WORKERS),
            rehearsal: self.rehearsal(),
        };
        self.check_dates(&request);
        self.check_work(&request, settings);
        request
    }

    /// The field; JSON `null` counts as absent.
    fn value(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    fn expected(&mut self, key: &str, read: &Value, expected: &str) {
        let read = shortened(&read.to_string());
        self.problems
            .push(format!("{key}: {read} is not {expected}"));
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let value = self.value(key)?.clone();
        if let Some(text) = value.as_str() {
            return Some(text.to_owned());
        }
        self.expected(key, &value, "a text");
        None
    }

    fn date(&mut self, key: &str) -> Option<Date> {
        let text = self.text(key)?;
        // The parser also takes `20240503` and dates with a time behind them.
        let date = text.parse().ok().filter(|_| text.len() == 10);
        if date.is_none() {
            let text = shortened(&text);
            self.problems
                .push(format!("{key}: {text:?} is not a date such as 2024-05-03"));
        }
        date
    }

    fn number(&mut self, key: &str, least: u64, most: u64) -> Option<u64> {
        let value = self.value(key)?.clone();
        let number = value.as_u64().filter(|n| (least..=most).contains(n));
        if number.is_none() {
            self.expected(
                key,
                &value,
                &format!("a whole number from {least} to {most}"),
            );
        }
        number
    }

    fn count(&mut self, key: &str, most: usize) -> Option<NonZeroUsize> {
        let number = self.number(key, 1, u64::try_from(most).unwrap_or(u64::MAX))?;
        NonZeroUsize::new(usize::try_from(number).ok()?)
    }

    fn rehearsal(&mut self) -> Rehearsal {
        match self.value("dry_run").cloned() {
            None | Some(Value::Bool(false)) => Rehearsal::Real,
            Some(Value::Bool(true)) => Rehearsal::Dry,
            Some(other) => {
                self.expected("dry_run", &other, "true or false");
                Rehearsal::Dry
            }
        }
    }

    fn symbols(&mut self, settings: &Settings) -> Option<Vec<String>> {
        let value = self.value("symbols")?.clone();
        let texts = value.as_array().and_then(|entries| {
            let texts = entries
                .iter()
                .map(|entry| entry.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<String>>>()
        });
        let Some(texts) = texts.filter(|texts| !texts.is_empty()) else {
            self.expected(
                "symbols",
                &value,
                "a list of symbols such as [\"AAPL\", \"0700.HK\"]",
            );
            return None;
        };
        self.problems.extend(symbol_problems(&texts, settings));
        Some(texts)
    }

    fn check_dates(&mut self, request: &RunRequest) {
        let given = |key: &str| self.value(key).is_some();
        let problem = match request.operation {
            RunOperation::DailyUpdate if given("start") || given("end") => {
                Some("start, end: only a backfill has dates")
            }
            RunOperation::Backfill if !given("start") || !given("end") => {
                Some("start, end: a backfill needs both")
            }
            _ => reversed(request),
        };
        self.problems.extend(problem.map(str::to_owned));
    }

    fn check_work(&mut self, request: &RunRequest, settings: &Settings) {
        let chosen = ["symbols", "universe", "phase"];
        let n_chosen = chosen.iter().filter(|key| self.value(key).is_some());
        self.problems.extend(one_choice(n_chosen.count()));
        self.problems.extend(list_problems(request, settings));
    }
}

/// What is wrong with a request that did not come through [`read`]: the input of an activity may be
/// anybody's. Limits are the same; dates may be absent, the settings have them.
///
/// # Errors
/// Every problem, one sentence each.
pub(super) fn check(request: &RunRequest, settings: &Settings) -> Result<(), Vec<String>> {
    let mut problems: Vec<String> = reversed(request).map(str::to_owned).into_iter().collect();
    let mut limit = |key: &str, read: Option<usize>, most: usize| {
        if let Some(read) = read.filter(|read| *read > most) {
            problems.push(format!("{key}: {read} is more than {most}"));
        }
    };
    let sessions = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    limit(
        "chunk_size",
        request.chunk_size.map(NonZeroUsize::get),
        MAX_CHUNK_SIZE,
    );
    limit(
        "max_workers",
        request.max_workers.map(NonZeroUsize::get),
        MAX_WORKERS,
    );
    limit(
        "lookback_days",
        request.lookback_days.map(sessions),
        sessions(MAX_LOOKBACK),
    );
    let chosen = [
        request.symbols.is_some(),
        request.universe.is_some(),
        request.phase.is_some(),
    ];
    problems.extend(one_choice(chosen.into_iter().filter(|it| *it).count()));
    if let Some(symbols) = &request.symbols {
        problems.extend(symbol_problems(symbols, settings));
    }
    problems.extend(list_problems(request, settings));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn reversed(request: &RunRequest) -> Option<&'static str> {
    let (start, end) = (request.start?, request.end?);
    (start > end).then_some("start, end: the start is after the end; the end is inclusive")
}

fn one_choice(n_chosen: usize) -> Option<String> {
    let problem = "symbols, universe, phase: only one of them may say what is worked on";
    (n_chosen > 1).then(|| problem.to_owned())
}

fn symbol_problems(symbols: &[String], settings: &Settings) -> Vec<String> {
    let allowed = settings.limits.max_symbols.get();
    if symbols.len() > allowed {
        let n = symbols.len();
        return vec![format!(
            "symbols: {n} are more than limits.max_symbols allows, {allowed}"
        )];
    }
    let faults = symbols.iter().filter_map(|text| {
        let fault = Listing::parse(text, &settings.exchanges).err()?;
        Some(format!("symbols: {}", shortened(&fault.to_string())))
    });
    let mut problems: Vec<String> = faults.collect();
    let untold = problems.len().saturating_sub(SYMBOLS_TOLD);
    if untold > 0 {
        problems.truncate(SYMBOLS_TOLD);
        problems.push(format!("symbols: {untold} more cannot be used"));
    }
    problems
}

fn list_problems(request: &RunRequest, settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(path) = &request.universe
        && !matches!(LakeKey::parse(path), Ok(LakeKey::Universe { .. }))
    {
        let path = shortened(path);
        problems.push(format!(
            "universe: {path:?} is not a path like meta/universe_phase_1.csv"
        ));
    }
    if let Some(phase) = &request.phase {
        let known = PhaseName::parse(phase).ok();
        if known.is_none_or(|name| settings.universes.phase(&name).is_none()) {
            let names = settings.universes.phases();
            let names: Vec<String> = names.map(|(name, _)| name.to_string()).collect();
            let phase = shortened(phase);
            problems.push(format!(
                "phase: there is no {phase:?}; there are {}",
                names.join(", ")
            ));
        }
    }
    problems
}

/// The beginning of a text that somebody sent.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 200;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
