//! The program `dev-host`, as a person starts it and ends it.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{handler, stage};

/// A host and its handler, which do not outlive their test.
struct Running {
    host: Child,
    handler: Option<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // They have ended, unless the test failed.
        let _ = self.host.kill();
        let _ = self.host.wait();
        if let Some(pid) = &self.handler {
            signal(pid, "KILL");
        }
    }
}

fn signal(pid: &str, name: &str) -> bool {
    let status = Command::new("kill")
        .args(["-s", name, pid])
        .stderr(Stdio::null())
        .status();
    status.unwrap().success()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_it_is_serves_the_app_and_ends_with_its_handler() {
    let folder = TempDir::new().unwrap();
    let app = folder.path().join("app");
    stage(&app);
    std::os::unix::fs::symlink(handler(), app.join("handler")).unwrap();
    let settings = folder.path().join("local.settings.json");
    let checkout = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::copy(checkout.join("local.settings.json"), &settings).unwrap();
    let lake = folder.path().join("lake");
    let mut command = Command::new(handler().with_file_name("dev-host"));
    command
        .args(["--port", "0", "--replay", "sample", "--root"])
        .arg(&app)
        .arg("--settings")
        .arg(&settings)
        .args(["--set", &format!("LOCAL_STORAGE_ROOT={}", lake.display())])
        .env_clear()
        .stdout(Stdio::piped());
    let mut running = Running {
        host: command.spawn().unwrap(),
        handler: None,
    };
    let mut lines = BufReader::new(running.host.stdout.take().unwrap()).lines();
    let mut said: Vec<String> = Vec::new();
    // The handler's lines and the host's come in any order: what was said before counts.
    let mut until = |wanted: &str| loop {
        if let Some(line) = said.iter().find(|line| line.contains(wanted)) {
            return line.clone();
        }
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("{wanted:?} is not in {said:#?}"));
        said.push(line.unwrap());
    };
    until("It is NOT Azure");
    let address = |line: &str| line.split('\'').nth(1).unwrap().to_owned();
    let health = address(&until("health_check"));
    let trigger = address(&until("manual_trigger_update"));
    let started = until("handler started, process");
    let pid = started.rsplit(' ').next().unwrap().to_owned();
    running.handler = Some(pid.clone());
    until("handler listens");

    // The settings of a newcomer: the sample, out of the box, green.
    let body = r#"{"operation": "backfill", "start": "2010-01-04", "end": "2013-03-01"}"#;
    let url = format!("{trigger}&wait=30");
    let answer = reqwest::Client::new()
        .post(url)
        .body(body)
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(
        (&answer["status"], &answer["symbols_processed"]),
        (&"completed".into(), &5.into())
    );
    assert_eq!(answer["run"]["verdict"], "green", "{answer:#}");
    // Every line of the handler is JSON and tells to which invocation it belongs.
    let line: Value = serde_json::from_str(&until("ended green")).unwrap();
    assert_eq!(line["span"]["function"], "manual_trigger_update", "{line}");
    assert!(line["span"]["id"].as_str().unwrap().len() > 8, "{line}");
    assert!(lake.join("data").is_dir());
    assert_eq!(reqwest::get(health).await.unwrap().status(), 503);

    assert!(signal(&running.host.id().to_string(), "TERM"));
    // Read to the end, or it could not speak any more.
    until("ending");
    assert!(lines.all(|line| line.is_ok()));
    assert_eq!(running.host.wait().unwrap().code(), Some(0));
    assert!(!signal(&pid, "0"), "the handler lives on");
    // The number may be somebody else's soon.
    running.handler = None;
}

#[test]
fn what_it_cannot_run_it_refuses() {
    let folder = TempDir::new().unwrap();
    let dev_host = handler().with_file_name("dev-host");
    let run = |words: &[&str]| {
        let output = Command::new(&dev_host).args(words).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, said) = run(&[]);
    assert!(
        code == Some(1) && said.contains("--root is missing"),
        "{said}"
    );
    let (code, said) = run(&["--root", folder.path().to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("host.json"), "{said}");
    stage(folder.path());
    let (code, said) = run(&["--root", folder.path().to_str().unwrap()]);
    assert!(
        code == Some(1) && said.contains("_SCHEDULE is missing"),
        "{said}"
    );
}
