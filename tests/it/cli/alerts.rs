//! Heartbeats and messages of real runs, and the doctor, against a receiver on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::{DATES, Desk, SAMPLE};

/// Takes requests and remembers them: the path, and the body as JSON.
struct Receiver {
    address: String,
    taken: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let taken: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let own = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                own.lock().unwrap().push(take(stream));
            }
        });
        Self { address, taken }
    }

    /// What came since the last call.
    fn news(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }

    fn variables(&self) -> [(&'static str, String); 2] {
        [
            (
                "QUANTX_HEARTBEAT_URL",
                format!("{}/ping/token", self.address),
            ),
            ("QUANTX_WEBHOOK_URL", format!("{}/hook/token", self.address)),
        ]
    }
}

fn take(mut stream: TcpStream) -> (String, Value) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .unwrap();
    let path = first.split(' ').nth(1).unwrap().to_owned();
    (path, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn run(desk: &Desk, receiver: &Receiver, words: &[&str]) -> i32 {
    let variables = receiver.variables();
    let variables = variables.each_ref().map(|(n, v)| (*n, v.as_str()));
    let ran = desk.run_with(words.iter().chain(&SAMPLE), &variables);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!shown.contains("token"), "{shown}");
    ran.code.unwrap()
}

#[test]
fn each_run_has_a_heartbeat_and_only_a_change_of_state_has_a_message() {
    let (desk, receiver) = (Desk::new(), Receiver::start());
    let backfill = [&["backfill", "-q"][..], &DATES].concat();
    assert_eq!(run(&desk, &receiver, &backfill), 0);
    let first = receiver.news();
    let beats: Vec<&str> = first.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(beats[..2], ["/ping/token/start", "/ping/token/0"]);
    // The sample ends in 2013: its exchange is behind, and that is said once.
    let messages: Vec<&Value> = first.iter().skip(2).map(|(_, body)| body).collect();
    assert!(
        messages
            .iter()
            .any(|it| it["condition"] == "sessions_behind" && it["change"] == "began"),
        "{messages:#?}"
    );
    assert!(messages.iter().all(|it| it["source"] == "quantx"));
    // Nothing new: a heartbeat and no message.
    assert_eq!(run(&desk, &receiver, &backfill), 0);
    let paths: Vec<String> = receiver.news().into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/ping/token/start", "/ping/token/0"]);
    // As of a day of the sample the exchange is not behind: it is over, and said once.
    let daily = ["update-daily", "-q", "--as-of", "2013-03-01T23:59:00Z"];
    assert_eq!(run(&desk, &receiver, &daily), 0);
    let last = receiver.news();
    let over = last.iter().filter(|(_, body)| body["change"] == "ended");
    assert_eq!(over.count(), 1, "{last:#?}");
}

#[test]
fn a_receiver_that_is_away_fails_no_run_and_the_message_waits() {
    let (desk, receiver) = (Desk::new(), Receiver::start());
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/token", gone.local_addr().unwrap());
    drop(gone);
    let words = [
        "backfill",
        "-q",
        "--start",
        "2010-01-04",
        "--end",
        "2013-03-01",
    ];
    let away = [("QUANTX_WEBHOOK_URL", address.as_str())];
    let ran = desk.run_with(words.iter().chain(&SAMPLE), &away);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!format!("{ran:?}").contains("token"), "{ran:?}");
    assert_eq!(run(&desk, &receiver, &words), 0);
    let news = receiver.news();
    assert!(
        news.iter()
            .any(|(_, body)| body["condition"] == "sessions_behind"),
        "{news:#?}"
    );
}

#[test]
fn the_doctor_says_what_to_do_and_leaves_nothing_behind() {
    let desk = Desk::new();
    let sick = desk
        .run(&["doctor", "--offline", "--use-local"])
        .ends_with(0);
    assert!(sick.stdout.contains("quantx backfill --help"), "{sick:?}");
    let desk = Desk::with_sample();
    let before = desk.lake();
    let words = ["doctor", "--provider", "sample", "--use-local", "--json"];
    let found = desk.run(&words).ends_with(0).json();
    assert_eq!(desk.lake(), before);
    let checks = found["checks"].as_array().unwrap();
    let state = |name: &str| {
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        check["state"].as_str().unwrap().to_owned()
    };
    for name in ["program", "settings", "store", "lake", "vendor"] {
        assert_eq!(state(name), "ok", "{found:#}");
    }
    assert_eq!(state("alerts"), "look");
    // A lake that cannot be opened is a line of the table, and exit code 1.
    std::fs::write(desk.path("file"), "no folder").unwrap();
    let words = [
        "doctor",
        "--offline",
        "--use-local",
        "--storage-root",
        "file",
    ];
    let wrong = desk.run(&words).ends_with(1);
    assert!(wrong.stdout.contains("wrong"), "{wrong:?}");
}
