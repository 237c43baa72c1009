//! Identities. What they need stands in environment variables, which a test cannot set for itself:
//! each case runs in a child, which is this same test program.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::SignedDuration;
use quantx::clock::{Clock, SystemClock};
use quantx::settings::{AzureAccess, IdentityAccess, IdentityEnvironment, IdentityKind};
use quantx::storage::LakeStore;
use quantx::storage::blob::{BlobConfig, BlobStore};
use quantx_tests::azurite::Azurite;
use quantx_tests::certificates;
use quantx_tests::conformance::storage::run_all;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{config, error_chain};

const CHILD: &str = "QUANTX_TEST_CHILD";
const ENDPOINT: &str = "QUANTX_TEST_ENDPOINT";
const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";

#[expect(clippy::disallowed_methods, reason = "the child's instructions")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The child's part; in the parent's process it has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Some(case) = variable(CHILD) else {
        return;
    };
    let access = IdentityAccess {
        account_name: "quantxtest".to_owned(),
        endpoint: variable(ENDPOINT),
        kind: if case == "developer" {
            IdentityKind::DeveloperTools
        } else {
            IdentityKind::Detected
        },
        client_id: (case == "user-assigned").then(|| CLIENT_ID.to_owned()),
        environment: IdentityEnvironment {
            identity_endpoint: variable("IDENTITY_ENDPOINT"),
            ..IdentityEnvironment::default()
        },
    };
    let config = |container: &str| BlobConfig {
        access: AzureAccess::Identity(access.clone()),
        ..config("", container)
    };
    match BlobStore::open(config("lake"), Arc::new(SystemClock)).await {
        Ok(store) => eprintln!("CHILD: signed in with {}", store.sign_in()),
        Err(error) => return eprintln!("CHILD: {}", error_chain(&error, "no address")),
    }
    let n = AtomicU32::new(0);
    run_all(async || {
        let container = format!("lake-{}", n.fetch_add(1, Relaxed));
        let opened = BlobStore::open(config(&container), Arc::new(SystemClock)).await;
        Arc::new(opened.unwrap()) as Arc<dyn LakeStore>
    })
    .await;
    eprintln!("CHILD: kept the promise");
}

/// Runs the child and brings the lines that it says.
async fn run_child(case: &str, endpoint: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "blob::sign_in::child", "--nocapture"])
        .env(CHILD, case)
        .env(ENDPOINT, endpoint)
        .env_remove("AZURE_CLIENT_ID")
        .envs(variables.iter().copied());
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(
        ran.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&ran.stdout)
    );
    let lines = text.lines().filter_map(|line| line.split_once("CHILD: "));
    lines.map(|(_, said)| said.to_owned()).collect()
}

/// A token as the emulator wants it; nobody checks its signature.
fn token() -> String {
    let now = SystemClock.now();
    let at = |hours| (now + SignedDuration::from_hours(hours)).as_second();
    let tenant = "99999999-8888-7777-6666-555555555555";
    let claims = serde_json::json!({
        "aud": "https://storage.azure.com",
        "iss": format!("https://sts.windows.net/{tenant}/"),
        "iat": at(-1), "nbf": at(-1), "exp": at(23),
        "oid": CLIENT_ID, "tid": tenant, "sub": CLIENT_ID, "ver": "1.0",
    });
    let part = |json: serde_json::Value| azure_core::base64::encode_url_safe(json.to_string());
    let header = serde_json::json!({"alg": "RS256", "typ": "JWT"});
    format!("{}.{}.c2lnbmF0dXJl", part(header), part(claims)).replace('=', "")
}

/// Whether the app has an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AppIdentity {
    Issues,
    Refuses,
}

/// What Functions and Container Apps offer at IDENTITY_ENDPOINT.
struct IdentityEndpoint {
    address: String,
    token_requests: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

async fn identity_endpoint(app_identity: AppIdentity) -> IdentityEndpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/msi/token", listener.local_addr().unwrap());
    let token_requests = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&token_requests);
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let log = Arc::clone(&log);
            connections.spawn(async move {
                let service = service_fn(move |request: Request<_>| {
                    let answer = issue(&request, app_identity);
                    log.lock().unwrap().push(request.uri().to_string());
                    async move { Ok::<_, std::convert::Infallible>(answer) }
                });
                let served = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                drop(served.await);
            });
        }
    });
    IdentityEndpoint {
        address,
        token_requests,
        _server: server,
    }
}

fn issue(
    request: &Request<hyper::body::Incoming>,
    app_identity: AppIdentity,
) -> Response<Full<bytes::Bytes>> {
    let knows = request
        .headers()
        .get("x-identity-header")
        .is_some_and(|it| it == "quite-secret");
    let (status, body) = if app_identity == AppIdentity::Refuses || !knows {
        (
            400,
            serde_json::json!({"statusCode": 400, "message": "No managed identity was found for this app."}),
        )
    } else {
        let expires = (SystemClock.now() + SignedDuration::from_hours(23)).as_second();
        (
            200,
            serde_json::json!({
                "access_token": token(), "expires_on": expires.to_string(),
                "resource": "https://storage.azure.com", "token_type": "Bearer", "client_id": CLIENT_ID,
            }),
        )
    };
    let answer = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    answer.body(Full::new(body.to_string().into())).unwrap()
}

fn trusting(authority: &Path) -> [(&'static str, &str); 1] {
    [("SSL_CERT_FILE", authority.to_str().unwrap())]
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_identities_keep_the_promise_over_https() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, certificate) = certificates::for_this_machine(folder.path());
    let Some(azurite) = Azurite::start_with_oauth(&certificate) else {
        return;
    };
    let identity = identity_endpoint(AppIdentity::Issues).await;
    let [trust] = trusting(&authority);
    let variables = [
        trust,
        ("IDENTITY_ENDPOINT", identity.address.as_str()),
        ("IDENTITY_HEADER", "quite-secret"),
    ];
    let said = run_child("user-assigned", &azurite.endpoint(), &variables).await;
    assert_eq!(
        said,
        [
            &format!(
                "signed in with the user-assigned managed identity with client id {CLIENT_ID}"
            ),
            "kept the promise",
        ]
    );
    let token_requests = std::mem::take(&mut *identity.token_requests.lock().unwrap());
    assert!(!token_requests.is_empty());
    for query in &token_requests {
        assert!(
            query.contains("resource=https%3A%2F%2Fstorage.azure.com"),
            "{query}"
        );
        assert!(query.contains(&format!("client_id={CLIENT_ID}")), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_that_cannot_sign_in_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, certificate) = certificates::for_this_machine(folder.path());
    let Some(azurite) = Azurite::start_with_oauth(&certificate) else {
        return;
    };
    let [trust] = trusting(&authority);
    let identity = identity_endpoint(AppIdentity::Refuses).await;
    let variables = [
        trust,
        ("IDENTITY_ENDPOINT", identity.address.as_str()),
        ("IDENTITY_HEADER", "quite-secret"),
        // There, but never taken.
        (
            "AZURE_STORAGE_CONNECTION_STRING",
            "UseDevelopmentStorage=true",
        ),
    ];
    let refused = run_child("system-assigned", &azurite.endpoint(), &variables).await;
    let token_requests = identity.token_requests.lock().unwrap().clone();
    assert!(
        token_requests
            .iter()
            .all(|query| !query.contains("client_id"))
    );
    let no_tools = run_child(
        "developer",
        &azurite.endpoint(),
        &[trust, ("PATH", "/nonexistent")],
    )
    .await;
    let distrusted = run_child("developer", "http://quantxtest.blob.core.windows.net", &[]).await;
    let untrusted = {
        let identity = identity_endpoint(AppIdentity::Issues).await;
        let variables = [
            ("IDENTITY_ENDPOINT", identity.address.as_str()),
            ("IDENTITY_HEADER", "quite-secret"),
        ];
        run_child("system-assigned", &azurite.endpoint(), &variables).await
    };
    let error_chain = [refused, no_tools, distrusted, untrusted]
        .concat()
        .join("\n");
    let error_chain = error_chain.replace(azurite.address(), "https://azurite");
    assert!(!error_chain.contains("quite-secret"));
    insta::assert_snapshot!(error_chain);
}
