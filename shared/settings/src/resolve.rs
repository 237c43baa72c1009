use std::time::Duration;

use super::constraint::{
    Constraint, base_address, count, count_u32, date, duration, duration_or_none, flag, header,
    lake_csv, number, one_of, rate, size, wait, whole,
};
use super::env::EnvMap;
use super::layers::{At, Layers};
use super::model::{
    AnswerLimits, FetcherSettings, LimitSettings, LogFormat, LogLevel, LoggingSettings,
    QualitySettings, RetrySettings, ScheduleSettings, SchemaSettings, Settings, SiteSettings,
    SourceSettings, YahooSettings,
};
use super::overrides::Overrides;
use super::problem::{Place, SettingsProblem, SettingsProblems};
use super::tree::Document;
use super::{
    Cron, UniverseSettings, alerts, asked_vendors, costs, exchanges, storage, universes, vendors,
};
use quantx_market::PhaseName;
use quantx_quality as quality;
use quantx_quality::{RuleSettings, Severity, Threshold};

/// The defaults, as shipped.
pub(super) const BUILT_IN_SETTINGS: &str = include_str!("../../../config/settings.yaml");
/// The universes, as shipped.
pub(super) const BUILT_IN_UNIVERSES: &str = include_str!("../../../config/universes.yaml");

/// What problems call the shipped settings file.
pub(super) const BUILT_IN_NAME: &str = "built-in settings.yaml";

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const MIB: u64 = 1 << 20;

/// A configuration file, read by the caller.
#[derive(Debug, Clone, Copy)]
pub struct ConfigFile<'a> {
    /// The name shown in problems.
    pub name: &'a str,
    /// Its content.
    pub text: &'a str,
}

impl Settings {
    /// Resolves all settings: defaults < files < environment < flags.
    ///
    /// Without a file its shipped version counts. A settings file may leave out keys; a universes
    /// file replaces the shipped one as a whole. Pure.
    ///
    /// # Errors
    /// [`SettingsProblems`]: every mistake of all sources at once.
    pub fn resolve(
        settings: Option<ConfigFile<'_>>,
        universes: Option<ConfigFile<'_>>,
        env: &EnvMap,
        flags: &Overrides,
    ) -> Result<Self, SettingsProblems> {
        let mut problems = Vec::new();
        let resolved = resolve(settings, universes, env, flags, &mut problems);
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        match resolved {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(SettingsProblems(problems)),
        }
    }
}

fn resolve(
    settings: Option<ConfigFile<'_>>,
    universes: Option<ConfigFile<'_>>,
    env: &EnvMap,
    flags: &Overrides,
    problems: &mut Vec<SettingsProblem>,
) -> Option<Settings> {
    let built_in = Document::parse(BUILT_IN_NAME, BUILT_IN_SETTINGS, problems)?;
    let universes = universes.unwrap_or(ConfigFile {
        name: "built-in universes.yaml",
        text: BUILT_IN_UNIVERSES,
    });
    let file = settings.and_then(|file| Document::parse(file.name, file.text, problems));
    let universes = Document::parse(universes.name, universes.text, problems);

    let mut layers = Layers::new(&built_in, file.as_ref(), env, flags);
    let storage = storage::read(&mut layers);
    let fetcher = fetcher(&mut layers);
    let logging = logging(&mut layers);
    let schedules = schedules(&mut layers);
    let schema = schema(&mut layers);
    let site_enabled = layers.value("site.enabled", &flag());
    let yahoo = yahoo(&mut layers);
    let vendors = vendors::read(&mut layers);
    let sources = sources(&mut layers);
    let (exchanges, calendars) = exchanges::read(&mut layers).unzip();
    let asked = asked_vendors::read(&mut layers, exchanges.as_ref());
    let quality = quality(&mut layers);
    let limits = limits(&mut layers);
    let costs = costs::read(&mut layers);
    let alerts = alerts::read(&mut layers);
    let phase = layers.read("universe.phase", &universes::phase_name());
    let universe_path = layers.value("universe.path", &lake_csv().or_nothing());
    let universes =
        universes.and_then(|document| universes::read(&document, exchanges.as_ref(), problems));
    problems.extend(layers.finish());

    Some(Settings {
        storage: storage?,
        fetcher: fetcher?,
        logging: logging?,
        schedules: schedules?,
        schema: schema?,
        site: SiteSettings {
            enabled: site_enabled?,
        },
        yahoo: yahoo?,
        vendors: vendors?,
        asked: asked?,
        sources: sources?,
        exchanges: exchanges?,
        calendars: calendars?,
        quality: quality?,
        limits: limits?,
        costs: costs?,
        alerts: alerts?,
        phase: default_phase(phase?, universes.as_ref()?),
        universes: universes?,
        universe_path: universe_path?,
    })
}

/// The phase that was named, or the only one there is. Whether it exists is checked where it
/// is used: most commands work on no phase.
fn default_phase(phase: At<PhaseName>, universes: &UniverseSettings) -> PhaseName {
    let mut names = universes.phases().map(|(name, _)| name);
    match (names.next(), names.next()) {
        (Some(only), None) if phase.place.is_built_in() => only.clone(),
        _ => phase.value,
    }
}

fn fetcher(layers: &mut Layers<'_>) -> Option<FetcherSettings> {
    let max_workers = layers.value("fetcher.max_workers", &count(1..=256));
    let days = whole(0..=3650).then(|days| u32::try_from(days).ok());
    let lookback_days = layers.value("fetcher.lookback_days", &days);
    let chunk_size = layers.value("fetcher.chunk_size", &count(1..=10_000));
    let max_parallel_chunks = layers.value("fetcher.max_parallel_chunks", &count(1..=64));
    let backfill_start = layers.value("fetcher.backfill_start", &date());
    let backfill_new_symbols = layers.value("fetcher.backfill_new_symbols", &flag());
    let max_attempts = layers.value("fetcher.retry.max_attempts", &count_u32(1..=20));
    let exponential_base = layers.value("fetcher.retry.exponential_base", &number(1.0..=10.0));
    let min_wait = layers.read("fetcher.retry.min_wait", &wait(Duration::ZERO..=HOUR));
    let max_wait = layers.read("fetcher.retry.max_wait", &wait(Duration::ZERO..=HOUR));
    report_reversed(
        layers,
        ("fetcher.retry.min_wait", &min_wait),
        ("fetcher.retry.max_wait", &max_wait),
    );
    Some(FetcherSettings {
        max_workers: max_workers?,
        lookback_days: lookback_days?,
        chunk_size: chunk_size?,
        max_parallel_chunks: max_parallel_chunks?,
        backfill_start: backfill_start?,
        backfill_new_symbols: backfill_new_symbols?,
        retry: RetrySettings {
            max_attempts: max_attempts?,
            exponential_base: exponential_base?,
            min_wait: min_wait?.value,
            max_wait: max_wait?.value,
        },
    })
}

/// Reports a lower bound above its upper one, at the one of the two that is not a default.
pub(super) fn report_reversed(
    layers: &mut Layers<'_>,
    (low_key, low): (&str, &Option<At<Duration>>),
    (high_key, high): (&str, &Option<At<Duration>>),
) {
    let (Some(low), Some(high)) = (low, high) else {
        return;
    };
    if low.value <= high.value {
        return;
    }
    if matches!(&low.place, Place::File { name, .. } if name == BUILT_IN_NAME) {
        let allowed = format!("at least {low_key}, which is {} ({})", low.shown, low.place);
        layers.report_problem(high_key, high, allowed);
    } else {
        let allowed = format!(
            "at most {high_key}, which is {} ({})",
            high.shown, high.place
        );
        layers.report_problem(low_key, low, allowed);
    }
}

fn logging(layers: &mut Layers<'_>) -> Option<LoggingSettings> {
    let levels = one_of(&[
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("info", LogLevel::Info),
        ("debug", LogLevel::Debug),
        ("trace", LogLevel::Trace),
        // As the original wrote them.
        ("warning", LogLevel::Warn),
        ("critical", LogLevel::Error),
    ]);
    let formats = one_of(&[("json", LogFormat::Json), ("text", LogFormat::Text)]);
    let level = layers.value("logging.level", &levels);
    let format = layers.value("logging.format", &formats);
    Some(LoggingSettings {
        level: level?,
        format: format?,
    })
}

fn schedules(layers: &mut Layers<'_>) -> Option<ScheduleSettings> {
    let cron = Constraint::matching(
        "six fields: seconds minutes hours days months weekdays, as \"0 0 5 * * 2-6\"",
        Cron::parse,
    );
    let daily = layers.value("schedules.daily_data_update.cron", &cron);
    let weekly = layers.value("schedules.weekly_universe_refresh.cron", &cron);
    Some(ScheduleSettings {
        daily_data_update: daily?,
        weekly_universe_refresh: weekly?,
    })
}

fn schema(layers: &mut Layers<'_>) -> Option<SchemaSettings> {
    let level = whole(1..=22).then(|level| i32::try_from(level).ok());
    let compression_level = layers.value("schema.compression_level", &level);
    Some(SchemaSettings {
        compression_level: compression_level?,
    })
}

fn yahoo(layers: &mut Layers<'_>) -> Option<YahooSettings> {
    let base_url = layers.value("providers.yahoo.base_url", &base_address());
    let user_agent = layers.value("providers.yahoo.user_agent", &header(512));
    let requests_per_second = layers.value("providers.yahoo.requests_per_second", &rate());
    let burst = layers.value("providers.yahoo.burst", &count_u32(1..=1000));
    let positive = duration(Duration::from_millis(1)..=10 * MINUTE);
    let connect_timeout = layers.read("providers.yahoo.connect_timeout", &positive);
    let timeout = layers.read("providers.yahoo.timeout", &positive);
    let body_limit = layers.value("providers.yahoo.body_limit", &size(1024..=1024 * MIB));
    let open_after = layers.value("providers.yahoo.circuit.open_after", &count_u32(1..=1000));
    let max_pause = layers.value(
        "providers.yahoo.circuit.max_pause",
        &duration(Duration::ZERO..=HOUR),
    );
    report_reversed(
        layers,
        ("providers.yahoo.connect_timeout", &connect_timeout),
        ("providers.yahoo.timeout", &timeout),
    );
    Some(YahooSettings {
        base_url: base_url?,
        user_agent: user_agent?,
        requests_per_second: requests_per_second?,
        burst: burst?,
        connect_timeout: connect_timeout?.value,
        timeout: timeout?.value,
        body_limit_bytes: body_limit?,
        circuit_open_after: open_after?,
        max_pause: max_pause?,
    })
}

fn sources(layers: &mut Layers<'_>) -> Option<SourceSettings> {
    let user_agent = layers.value("sources.user_agent", &header(512));
    let positive = duration(Duration::from_millis(1)..=10 * MINUTE);
    let connect_timeout = layers.read("sources.connect_timeout", &positive);
    let timeout = layers.read("sources.timeout", &positive);
    let page_limit = layers.value("sources.page_limit", &size(1024..=1024 * MIB));
    let excel_limit = layers.value("sources.excel_limit", &size(1024..=1024 * MIB));
    report_reversed(
        layers,
        ("sources.connect_timeout", &connect_timeout),
        ("sources.timeout", &timeout),
    );
    Some(SourceSettings {
        user_agent: user_agent?,
        connect_timeout: connect_timeout?.value,
        timeout: timeout?.value,
        page_limit_bytes: page_limit?,
        excel_limit_bytes: excel_limit?,
    })
}

fn quality(layers: &mut Layers<'_>) -> Option<QualitySettings> {
    let max_failure_rate = layers.value("quality.max_failure_rate", &number(0.0..=1.0));
    let asks = whole(0..=100).then(|asks| u32::try_from(asks).ok());
    let hole_asks = layers.value("quality.hole_asks", &asks);
    let window = whole(0..=260).then(|window| usize::try_from(window).ok());
    let hole_window = layers.value("quality.hole_window", &window);
    let outage_share = layers.value("quality.outage_share", &number(0.0..=1.0));
    let rules = rules(layers);
    Some(QualitySettings {
        rules: rules?,
        max_failure_rate: max_failure_rate?,
        hole_asks: hole_asks?,
        hole_window: hole_window?,
        outage_share: outage_share?,
    })
}

/// Severities of the rules where it is a matter of choice, as a row that is no bar is never stored, and
/// thresholds of all.
fn rules(layers: &mut Layers<'_>) -> Option<RuleSettings> {
    let severities = one_of(&[
        ("refuse", Some(Severity::Refuse)),
        ("suspect", Some(Severity::Suspect)),
        ("off", None),
    ]);
    let mut rules = RuleSettings::default();
    let mut good = true;
    for rule in quality::Rule::ALL {
        if rule.is_a_choice() {
            let severity = layers.value(&format!("quality.rules.{rule}.severity"), &severities);
            good &= severity.is_some();
            rules.set_severity(rule, severity.flatten());
        }
        // What is no price at all is not a matter of choice, but where that begins is.
        let section = match rule {
            quality::Rule::ImpossiblePrice => "quality",
            _ => "quality.rules",
        };
        for threshold in Threshold::of(rule) {
            let name = threshold.name();
            let (least, _, most) = threshold.bounds();
            let key = format!("{section}.{rule}.{name}");
            let value = layers.value(&key, &number(least..=most));
            good &= value.is_some_and(|value| rules.set(rule, name, value).is_ok());
        }
    }
    good.then_some(rules)
}

fn limits(layers: &mut Layers<'_>) -> Option<LimitSettings> {
    let deadline = duration_or_none(Duration::from_secs(1)..=7 * 24 * HOUR);
    let run_deadline = layers.value("limits.run_deadline", &deadline);
    let commit_attempts = layers.value("limits.commit_attempts", &count_u32(1..=100));
    let max_symbols = layers.value("limits.max_symbols", &count(1..=1_000_000));
    let runs_at_once = layers.value("limits.runs_at_once", &count(1..=64));
    let answer_rows = layers.value("limits.answer_rows", &count(1000..=1_000_000));
    let answer_events = layers.value("limits.answer_events", &count(100..=1_000_000));
    let answer_years = layers.value("limits.answer_years", &count(1..=1000));
    Some(LimitSettings {
        run_deadline: run_deadline?,
        commit_attempts: commit_attempts?,
        max_symbols: max_symbols?,
        runs_at_once: runs_at_once?,
        answer: AnswerLimits {
            rows: answer_rows?,
            events: answer_events?,
            years: answer_years?,
        },
    })
}
