//! What a real host has posted, posted again to the real binary: every trigger but the orchestrator,
//! whose recordings are answered by the replayer's own tests.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::StreamExt;
use quantx_dev_host::{DevHost, Event, Options, post};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{handler, settings, stage};

const ORCHESTRATOR: &str = "backfill_orchestrator";

/// One recorded post.
struct Recorded {
    place: String,
    function: String,
    path: String,
    invocation: String,
    body: String,
    chunks: Vec<Bytes>,
}

/// All posts but turns; `None` where the checkout has no recordings.
fn posts() -> Option<Vec<Recorded>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/host_recordings");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    let mut posts = Vec::new();
    for family in entries(&folder).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&family) {
            let text = fs::read_to_string(&file).unwrap();
            posts.extend(text.lines().filter_map(recorded));
        }
    }
    Some(posts)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn recorded(line: &str) -> Option<Recorded> {
    let exchange: Value = serde_json::from_str(line).unwrap();
    let request = &exchange["request"];
    let function = exchange["function"].as_str().unwrap_or_default();
    if exchange["direction"] != "host->handler"
        || request["method"] != "POST"
        || function == ORCHESTRATOR
    {
        return None;
    }
    let headers = request["headers"].as_array().unwrap();
    let id = headers
        .iter()
        .find(|it| it[0] == "X-Azure-Functions-InvocationId")
        .unwrap();
    let body = request["body"].as_str().unwrap().to_owned();
    Some(Recorded {
        place: format!("{} {}", exchange["scenario"], exchange["seq"]),
        function: function.to_owned(),
        path: request["path"].as_str().unwrap().to_owned(),
        invocation: id[1].as_str().unwrap().to_owned(),
        chunks: cut(&body, &request["chunk_sizes"]),
        body,
    })
}

/// The body in the chunks in which it came. Where something was replaced in it the sizes do not fit;
/// then the last chunk is longer or shorter.
fn cut(body: &str, sizes: &Value) -> Vec<Bytes> {
    let mut rest = Bytes::copy_from_slice(body.as_bytes());
    let mut chunks = Vec::new();
    for size in sizes.as_array().into_iter().flatten() {
        let size = usize::try_from(size.as_u64().unwrap()).unwrap();
        chunks.push(rest.split_to(size.min(rest.len())));
    }
    chunks.push(rest);
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

/// A running app on an empty lake, without a vendor.
async fn host(folder: &TempDir) -> DevHost {
    let app = folder.path().join("app");
    stage(&app);
    let mut settings = settings(folder.path().join("lake").to_str().unwrap());
    settings.insert(
        "QUANTX_YAHOO_BASE_URL".to_owned(),
        "http://127.0.0.1:9".to_owned(),
    );
    let options = Options {
        root: app,
        handler: Some(handler()),
        settings,
        ..Options::default()
    };
    DevHost::start(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_post_is_answered() {
    let Some(posts) = posts() else { return };
    let folder = TempDir::new().unwrap();
    let host = host(&folder).await;
    let address = host.handler_address().await.unwrap();
    let answers = futures::stream::iter(&posts)
        .map(|it| answered(address, it))
        .buffer_unordered(8);
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (function, kind) in answers.collect::<Vec<_>>().await {
        *counts.entry((function, kind)).or_default() += 1;
    }
    let shown: Vec<String> = counts
        .iter()
        .map(|((function, kind), n)| format!("{function}: {n} {kind}"))
        .collect();
    eprintln!("{} posts\n{}", posts.len(), shown.join("\n"));
    assert!(posts.len() > 350, "{}", posts.len());
    let all = |function: &str, kind: &str| {
        let of = |(name, _): &&(String, String)| name == function;
        let kinds: Vec<_> = counts
            .keys()
            .filter(of)
            .map(|(_, kind)| kind.as_str())
            .collect();
        assert_eq!(kinds, [kind], "{function}");
    };
    // The inputs of the recorded activity are not ours: a failure that is told, not a 5xx.
    all("backfill_chunk", "failure");
    all("daily_data_update", "starts a run");
    all("weekly_universe_refresh", "empty");
    all("health_check", "503");
    all("start_backfill", "unknown");
    all("chunk_queue", "unknown");
    // Nobody died, and the process is the one that was started.
    let deaths = host.events();
    assert!(
        !deaths
            .iter()
            .any(|it| matches!(it, Event::HandlerEnded { .. })),
        "{deaths:?}"
    );
    assert_eq!(host.handler_address().await.unwrap(), address);
}

/// Posts, checks what every answer must be, and names its kind.
async fn answered(address: SocketAddr, recorded: &Recorded) -> (String, String) {
    let place = &recorded.place;
    let answer = post(
        address,
        &recorded.path,
        &recorded.invocation,
        recorded.chunks.clone(),
    )
    .await;
    let answer = answer.unwrap_or_else(|error| panic!("{place}: {error}"));
    let body: Value = serde_json::from_slice(&answer.body)
        .unwrap_or_else(|error| panic!("{place}: {error}: {:?}", answer.body));
    assert!(body.is_object(), "{place}: {body}");
    let kind = match answer.status {
        404 => "unknown".to_owned(),
        200 => kind(recorded, &body),
        other => panic!("{place}: {other} {body}"),
    };
    (recorded.function.clone(), kind)
}

fn kind(recorded: &Recorded, body: &Value) -> String {
    for field in ["Outputs", "Logs", "ReturnValue"] {
        assert!(
            body.get(field).is_some(),
            "{}: no {field} in {body}",
            recorded.place
        );
    }
    let outputs = &body["Outputs"];
    if let Some(status) = outputs["res"]["statusCode"].as_u64() {
        if recorded.function == "manual_trigger_update" {
            assert_problems(recorded, &outputs["res"], &outputs["starter"]);
        }
        return status.to_string();
    }
    if let Some(id) = outputs["starter"]["InstanceId"].as_str() {
        let date = id.strip_prefix("daily-").unwrap_or_else(|| panic!("{id}"));
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{id}");
        return "starts a run".to_owned();
    }
    let Some(text) = body["ReturnValue"].as_str() else {
        return "empty".to_owned();
    };
    let told: Value = serde_json::from_str(text).unwrap();
    let failure = told.get("err");
    assert!(
        failure.is_some_and(|it| !it.is_null()),
        "{}: {told}",
        recorded.place
    );
    "failure".to_owned()
}

/// A request that is not ours is refused with every problem of it; an empty one starts a run.
fn assert_problems(recorded: &Recorded, res: &Value, starter: &Value) {
    let posted: Value = serde_json::from_str(&recorded.body).unwrap();
    let told: Value = serde_json::from_str(res["body"].as_str().unwrap()).unwrap();
    let asked = posted["Data"]["req"]["Body"].as_str().unwrap_or_default();
    let parsed = serde_json::from_str::<Value>(asked);
    let problems = match &parsed {
        _ if asked.is_empty() => 0,
        Ok(Value::Object(fields)) => {
            let known = ["symbols", "operation", "start", "end", "phase"];
            fields
                .keys()
                .filter(|key| !known.contains(&key.as_str()))
                .count()
        }
        _ => 1,
    };
    let (status, n_told) = (
        res["statusCode"].as_u64().unwrap(),
        told["problems"].as_array(),
    );
    if problems == 0 {
        assert_eq!((status, n_told), (202, None), "{}: {told}", recorded.place);
        assert_eq!(starter["FunctionName"], ORCHESTRATOR);
    } else {
        assert_eq!(
            (status, n_told.unwrap().len()),
            (400, problems),
            "{}: {told}",
            recorded.place
        );
        assert_eq!(starter, &Value::Null, "{}", recorded.place);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_invocation_is_a_failure_and_no_more() {
    let folder = TempDir::new().unwrap();
    let host = host(&folder).await;
    let address = host.handler_address().await.unwrap();
    let send = async |path: &str, body: &str| {
        let chunks = vec![Bytes::copy_from_slice(body.as_bytes())];
        post(address, path, "id", chunks).await.unwrap().status
    };
    for body in ["{", "[]", "null", "\u{0}", "{\"Data\": 7}"] {
        assert_eq!(send("/backfill_chunk", body).await, 500, "{body:?}");
    }
    let turn = json!({"Data": {"context": "\"no base64\""}}).to_string();
    assert_eq!(send("/backfill_orchestrator", &turn).await, 500);
    assert_eq!(send("/backfill_orchestrator", "{}").await, 500);
    assert_eq!(send("/nobody", "{}").await, 404);
    let problem = |it: &Event| matches!(it, Event::HandlerEnded { .. });
    assert!(!host.events().iter().any(problem));
}

/// A history may be long, and the host must never wait for an answer to `GET /`.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_sixty_megabytes_are_read_and_who_asks_meanwhile_is_answered() {
    const MB: usize = 1 << 20;
    const POSTS: usize = 4;
    let folder = TempDir::new().unwrap();
    let host = host(&folder).await;
    let address = host.handler_address().await.unwrap();
    let padding = Bytes::from(vec![b'x'; MB]);
    let mut chunks = vec![Bytes::from_static(b"{\"Data\":{\"chunk\":\"")];
    chunks.extend(std::iter::repeat_n(padding, 60));
    chunks.push(Bytes::from_static(b"\"},\"Metadata\":{}}"));
    let mut under_way = tokio::task::JoinSet::new();
    for _ in 0..POSTS {
        let chunks = chunks.clone();
        under_way.spawn(async move { post(address, "/backfill_chunk", "id", chunks).await });
    }
    let ready = format!("http://{address}/");
    let mut asked = 0;
    while !under_way.is_empty() {
        tokio::select! {
            Some(answer) = under_way.join_next() => {
                let answer = answer.unwrap().unwrap();
                assert_eq!(answer.status, 200, "{:?}", answer.body);
                let body: Value = serde_json::from_slice(&answer.body).unwrap();
                let told: Value = serde_json::from_str(body["ReturnValue"].as_str().unwrap()).unwrap();
                assert!(told["err"].is_object(), "a text is no order of a chunk: {told:.200}");
            }
            answer = reqwest::get(&ready) => {
                assert_eq!(answer.unwrap().status(), 200);
                asked += 1;
            }
        }
    }
    assert!(asked > 0, "nobody asked while the posts were under way");
    let died = |it: &Event| matches!(it, Event::HandlerEnded { .. });
    assert!(!host.events().iter().any(died));
}
