//! `dev-host`: runs a staged Functions app on this machine, without Azure and without `func`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use quantx::report::with_causes;
use quantx_dev_host::{DevHost, Echo, HandlerOutput, Options, local_settings, say};
use quantx_replay::{ReplayOptions, ReplayServer};

const USAGE: &str = "usage: dev-host --root DIR [--port N] [--settings FILE] [--set NAME=VALUE].. [--replay MARKET]

  --root DIR         the script root, as `cargo xtask package` stages it
  --port N           where to listen on 127.0.0.1; 7071 if not given
  --settings FILE    a local.settings.json, whose Values become the app settings
  --set NAME=VALUE   one more app setting
  --replay MARKET    starts the replay vendor and makes the app ask it: sample, synthetic:40:us, ..";

/// A request that the sample market can answer.
const SAMPLE_YEARS: &str =
    r#"{"operation": "backfill", "start": "2010-01-04", "end": "2013-03-01"}"#;

struct Wish {
    root: PathBuf,
    port: u16,
    settings: BTreeMap<String, String>,
    replay: Option<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new();
    let ran = match (wish(&words), runtime) {
        (Ok(wish), Ok(runtime)) => runtime.block_on(run(wish)),
        (Err(problem), _) => Err(format!("{problem}\n\n{USAGE}").into()),
        (_, Err(error)) => Err(error.into()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {}", with_causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

fn wish(words: &[String]) -> Result<Wish, String> {
    let mut wish = Wish {
        root: PathBuf::new(),
        port: 7071,
        settings: BTreeMap::new(),
        replay: None,
    };
    let mut added = BTreeMap::new();
    let mut words = words.iter();
    while let Some(flag) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--root" => wish.root = PathBuf::from(value),
            "--port" => wish.port = value.parse().map_err(|_| format!("{value} is no port"))?,
            "--settings" => {
                let read = local_settings(value.as_ref());
                wish.settings = read.map_err(|trouble| trouble.to_string())?;
            }
            "--set" => {
                let pair = value.split_once('=');
                let (name, value) = pair.ok_or_else(|| format!("{value} is not NAME=VALUE"))?;
                added.insert(name.to_owned(), value.to_owned());
            }
            "--replay" => wish.replay = Some(value.clone()),
            _ => return Err(format!("{flag} is not known")),
        }
    }
    if wish.root.as_os_str().is_empty() {
        return Err("--root is missing".to_owned());
    }
    // As with `func`: the file, then the environment, then what is said here.
    wish.settings.extend(environment());
    wish.settings.append(&mut added);
    // As `func` says: here a lake may lie in the app's own folder.
    wish.settings
        .entry("AZURE_FUNCTIONS_ENVIRONMENT".to_owned())
        .or_insert_with(|| "Development".to_owned());
    Ok(wish)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the handler inherits the host's environment"
)]
fn environment() -> BTreeMap<String, String> {
    let text = |word: std::ffi::OsString| word.into_string().ok();
    std::env::vars_os()
        .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
        .collect()
}

async fn run(wish: Wish) -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = wish.settings;
    say(
        "This is a DEVELOPMENT host. It is NOT Azure: it runs the app on this machine only, keeps all",
    );
    say("histories in memory, and forgets them when it ends.\n");
    // Its end is the end of this function.
    let vendor = match &wish.replay {
        Some(market) => {
            let server = ReplayServer::start(ReplayOptions::new(market.parse()?)).await?;
            let url = server.base_url();
            say(&format!(
                "Prices come from the replay vendor ({market}) at {url}, not from Yahoo."
            ));
            settings.insert("QUANTX_YAHOO_BASE_URL".to_owned(), url);
            settings.insert("QUANTX_REQUESTS_PER_SECOND".to_owned(), "0".to_owned());
            Some(server)
        }
        None => None,
    };
    if let Some(lake) = settings.get("LOCAL_STORAGE_ROOT") {
        say(&format!("The lake is in {lake}."));
    }
    let host = DevHost::start(Options {
        root: wish.root,
        port: wish.port,
        settings,
        echo: Echo::Terminal,
        output: HandlerOutput::Shown,
        ..Options::default()
    });
    let host = host.await?;
    print_entrances(&host, wish.replay.as_deref());
    interrupted().await?;
    say("ending");
    host.stop().await;
    if let Some(vendor) = vendor {
        vendor.shutdown().await;
    }
    Ok(())
}

fn print_entrances(host: &DevHost, market: Option<&str>) {
    let (base, keys) = (host.base_url(), host.keys());
    let (routes, timers) = host.entrances();
    say(&format!(
        "\nListening on {base}. Ctrl-C ends it and the handler. Try:\n"
    ));
    for (methods, url, name) in routes {
        say(&format!("  curl -X {methods} '{url}'    # {name}"));
        if market == Some("sample") && methods == "POST" {
            say(&format!("  curl -X {methods} '{url}' -d '{SAMPLE_YEARS}'"));
        }
    }
    for name in timers {
        let code = &keys.master;
        say(&format!(
            "  curl -X POST '{base}/admin/functions/{name}?code={code}'    # fires the timer"
        ));
    }
    let code = &keys.system;
    say(&format!(
        "  curl '{base}/runtime/webhooks/durabletask/instances?code={code}'    # all runs\n"
    ));
    if market == Some("sample") {
        say(
            "The sample's prices end on 2013-03-01: an update of today finds nothing and says so.\n",
        );
    }
}

/// Ctrl-C, or whoever ends us politely.
async fn interrupted() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut term = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended,
            _ = term.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
