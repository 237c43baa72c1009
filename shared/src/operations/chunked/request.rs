//! What is wanted of a run: the body of a request, checked. Pure.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lake::LakeKey;
use crate::market::{Date, Listing, PhaseName};
use crate::settings::Settings;

/// What a run does with its listings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOperation {
    /// Up to the last final session.
    #[default]
    DailyUpdate,
    /// From one date to another.
    Backfill,
}

impl RunOperation {
    /// Name as in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DailyUpdate => "daily_update",
            Self::Backfill => "backfill",
        }
    }
}

/// Whether a run changes the lake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rehearsal {
    /// It does.
    #[default]
    Real,
    /// It only tells what it would do.
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
    let text = if body.trim().is_empty() { "{}" } else { body };
    let fields = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(vec!["the body is not a JSON object".to_owned()]),
        Err(error) => return Err(vec![format!("the body is not JSON: {error}")]),
    };
    let mut reading = Reading {
        fields: &fields,
        problems: Vec::new(),
    };
    let request = reading.request(settings);
    for key in fields.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let known = KEYS.join(", ");
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
                .number("lookback_days", 0, 3_650)
                .and_then(|n| u32::try_from(n).ok()),
            phase: self.text("phase"),
            universe: self.text("universe"),
            symbols: self.symbols(settings),
            chunk_size: self.count("chunk_size", 10_000),
            max_workers: self.count("max_workers", 256),
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

    fn count(&mut self, key: &str, most: u64) -> Option<NonZeroUsize> {
        let number = self.number(key, 1, most)?;
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
        for text in &texts {
            if let Err(fault) = Listing::parse(text, &settings.exchanges) {
                self.problems.push(format!("symbols: {fault}"));
            }
        }
        Some(texts)
    }

    fn check_dates(&mut self, request: &RunRequest) {
        let given = |key: &str| self.value(key).is_some();
        let problem = match (request.operation, request.start, request.end) {
            (RunOperation::DailyUpdate, ..) if given("start") || given("end") => {
                "start, end: only a backfill has dates"
            }
            (RunOperation::Backfill, ..) if !given("start") || !given("end") => {
                "start, end: a backfill needs both"
            }
            (RunOperation::Backfill, Some(start), Some(end)) if start > end => {
                "start, end: the start is after the end; the end is inclusive"
            }
            _ => return,
        };
        self.problems.push(problem.to_owned());
    }

    fn check_work(&mut self, request: &RunRequest, settings: &Settings) {
        let chosen = ["symbols", "universe", "phase"];
        if chosen
            .iter()
            .filter(|key| self.value(key).is_some())
            .count()
            > 1
        {
            let problem = "symbols, universe, phase: only one of them may say what is worked on";
            self.problems.push(problem.to_owned());
        }
        if let Some(path) = &request.universe
            && !matches!(LakeKey::parse(path), Ok(LakeKey::Universe { .. }))
        {
            let problem =
                format!("universe: {path:?} is not a path like meta/universe_phase_1.csv");
            self.problems.push(problem);
        }
        if let Some(phase) = &request.phase {
            let known = PhaseName::parse(phase).ok();
            if known.is_none_or(|name| settings.universes.phase(&name).is_none()) {
                let names: Vec<String> = settings
                    .universes
                    .phases()
                    .map(|(name, _)| name.to_string())
                    .collect();
                let problem = format!(
                    "phase: there is no {phase:?}; there are {}",
                    names.join(", ")
                );
                self.problems.push(problem);
            }
        }
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
