//! What callers of the development host see: keys, methods, the management API, a handler that dies.

use quantx::operations::chunked::ORCHESTRATOR;
use quantx_dev_host::{DevHost, Event, Options, RuntimeStatus};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{handler, settings, stage};

async fn host(folder: &TempDir) -> DevHost {
    let app = folder.path().join("app");
    stage(&app);
    let mut settings = settings(folder.path().join("lake").to_str().unwrap());
    // Nobody listens there.
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

/// Status and body of one call.
async fn call(method: Method, url: String, body: &str) -> (u16, Value) {
    let asked = reqwest::Client::new().request(method, url);
    let answer = asked.body(body.to_owned()).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_methods_are_asked_for_as_recorded() {
    let folder = TempDir::new().unwrap();
    let host = host(&folder).await;
    let (base, keys) = (host.base_url(), host.keys().clone());
    let api = |path: &str| format!("{base}/api/{path}");
    let health = call(Method::GET, api("health"), "").await;
    assert_eq!(
        (health.0, health.1["storage"].as_str()),
        (503, Some("ok")),
        "{health:?}"
    );
    assert_eq!(call(Method::POST, api("health"), "{}").await.0, 404);
    assert_eq!(call(Method::GET, api("nothing"), "").await.0, 404);
    let trigger = |key: &str| api(&format!("trigger-update?code={key}"));
    assert_eq!(call(Method::POST, api("trigger-update"), "{}").await.0, 401);
    assert_eq!(call(Method::POST, trigger("wrong"), "{}").await.0, 401);
    assert_eq!(call(Method::POST, trigger(&keys.system), "{}").await.0, 401);
    assert_eq!(call(Method::GET, trigger(&keys.function), "").await.0, 404);
    for key in [&keys.function, &keys.master] {
        let (status, told) = call(Method::POST, trigger(key), "{\"no_such_key\": 1}").await;
        assert_eq!(
            (status, told["problems"].as_array().map(Vec::len)),
            (400, Some(1)),
            "{told}"
        );
    }
    let (status, told) = call(Method::POST, trigger(&keys.function), "{\"dry_run\": true}").await;
    assert_eq!(status, 202, "{told}");
    let id = told["id"].as_str().unwrap().to_owned();
    host.wait_for(1, |it| matches!(it, Event::InstanceEnded { .. }))
        .await;
    let instance = host.instance(&id).unwrap();
    assert_eq!(
        instance.status,
        RuntimeStatus::Completed,
        "{:?}",
        instance.output()
    );

    let admin = |key: &str| format!("{base}/admin/functions/weekly_universe_refresh?code={key}");
    assert_eq!(call(Method::POST, admin(&keys.function), "{}").await.0, 401);
    assert_eq!(call(Method::POST, admin(&keys.master), "{}").await.0, 202);
    let is_weekly = |it: &Event| matches!(it, Event::Called { function, .. } if function == "weekly_universe_refresh");
    host.wait_for(1, is_weekly).await;
    let code = &keys.master;
    let unknown = format!("{base}/admin/functions/backfill_chunk?code={code}");
    assert_eq!(call(Method::POST, unknown, "{}").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_managed_as_recorded() {
    let folder = TempDir::new().unwrap();
    let host = host(&folder).await;
    let (base, keys) = (host.base_url(), host.keys().clone());
    let url =
        |path: &str, key: &str| format!("{base}/runtime/webhooks/durabletask/{path}code={key}");
    let own = |path: &str| url(path, &keys.system);
    assert_eq!(
        call(Method::GET, url("instances?", "wrong"), "").await.0,
        401
    );
    assert_eq!(
        call(Method::GET, url("instances?", &keys.function), "")
            .await
            .0,
        403
    );
    assert_eq!(call(Method::GET, own("instances/nobody?"), "").await.0, 404);
    assert_eq!(
        call(Method::POST, own("instances/nobody/terminate?"), "")
            .await
            .0,
        404
    );
    let start = format!("orchestrators/{ORCHESTRATOR}/run?");
    assert_eq!(call(Method::POST, own(&start), "{").await.0, 400);
    // Every chunk fails for want of a vendor, and then waits for a quarter of a minute.
    let input = json!({"operation": "backfill", "start": "2024-01-02", "end": "2024-01-31", "symbols": ["AAPL"]});
    let (status, urls) = call(Method::POST, own(&start), &input.to_string()).await;
    assert_eq!((status, urls["id"].as_str()), (202, Some("run")));
    assert_eq!(call(Method::POST, own(&start), "{}").await.0, 500);
    let shown = || async { call(Method::GET, own("instances/run?"), "").await };
    let (status, running) = shown().await;
    assert_eq!(
        (status, running["name"].as_str()),
        (202, Some(ORCHESTRATOR))
    );
    assert_eq!(running["input"], input);
    host.wait_for(2, |it| matches!(it, Event::ActivityDone { .. }))
        .await;
    assert_eq!(
        call(Method::POST, own("instances/run/suspend?reason=r&"), "")
            .await
            .0,
        202
    );
    let (status, suspended) = shown().await;
    assert_eq!(
        (status, suspended["runtimeStatus"].as_str()),
        (202, Some("Suspended"))
    );
    assert_eq!(suspended["output"], "r");
    assert_eq!(
        call(Method::POST, own("instances/run/resume?reason=r&"), "")
            .await
            .0,
        202
    );
    assert_eq!(
        call(Method::POST, own("instances/run/raiseEvent/x?"), "")
            .await
            .0,
        400
    );
    assert_eq!(
        call(Method::POST, own("instances/run/raiseEvent/x?"), "1")
            .await
            .0,
        202
    );
    assert_eq!(
        call(
            Method::POST,
            own("instances/run/terminate?reason=stop%20now&"),
            ""
        )
        .await
        .0,
        202
    );
    host.wait_for(1, |it| matches!(it, Event::InstanceEnded { .. }))
        .await;
    let (status, ended) = shown().await;
    assert_eq!(
        (status, ended["runtimeStatus"].as_str()),
        (200, Some("Terminated"))
    );
    assert_eq!(ended["output"], "stop now");
    for verb in ["terminate?", "suspend?", "raiseEvent/x?"] {
        let (status, _) = call(Method::POST, own(&format!("instances/run/{verb}")), "1").await;
        assert_eq!(status, 410, "{verb}");
    }
    let (status, unknown) = call(Method::POST, own("orchestrators/nope/other?"), "{}").await;
    assert_eq!((status, unknown["id"].as_str()), (202, Some("other")));
    host.wait_for(2, |it| matches!(it, Event::InstanceEnded { .. }))
        .await;
    let (status, failed) = call(
        Method::GET,
        own("instances/other?returnInternalServerErrorOnFailure=true&"),
        "",
    )
    .await;
    assert_eq!(
        (status, failed["runtimeStatus"].as_str()),
        (500, Some("Failed"))
    );
    assert!(
        failed["output"]["message"]
            .as_str()
            .unwrap()
            .contains("'nope' doesn't exist")
    );
    assert_eq!(
        call(Method::GET, own("instances?"), "")
            .await
            .1
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(call(Method::DELETE, own("instances/run?"), "").await.0, 200);
    assert_eq!(call(Method::DELETE, own("instances/run?"), "").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_was_killed_is_started_again() {
    let folder = TempDir::new().unwrap();
    let host = host(&folder).await;
    for n in 1..=4 {
        host.handler_address().await.unwrap();
        host.kill_handler();
        let is_death = |it: &Event| matches!(it, Event::HandlerEnded { .. });
        host.wait_for(n, is_death).await;
    }
    // Calls wait for the new process.
    let answer = reqwest::get(format!("{}/api/health", host.base_url()))
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.json::<Value>().await.unwrap()["reasons"].is_array());
}
