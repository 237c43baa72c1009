//! Sends heartbeats and messages: a few short attempts each, and no address in any error.

use std::time::Duration;

use reqwest::{Client, Method, Request, StatusCode, Url, redirect, retry};
use serde_json::Value;

use super::heartbeat::{Beat, Heartbeat};

/// How much patience delivery has.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one attempt.
    pub timeout: Duration,
    /// Attempts at one heartbeat or message.
    pub attempts: u32,
    /// Between attempts; doubles.
    pub pause: Duration,
}

impl Default for Limits {
    /// Ten seconds and two attempts more: a run waits half a minute at most.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(8),
            attempts: 3,
            pause: Duration::from_millis(500),
        }
    }
}

/// Why something was not delivered. Names no address: it holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlertError {
    /// The HTTP client cannot be made: the system has no certificates.
    #[error("cannot make the HTTP client for alerts")]
    Setup(#[source] reqwest::Error),
    /// The address is none.
    #[error("the address is not one to send to")]
    Address,
    /// Nobody answered.
    #[error("not delivered after {attempts} attempts")]
    Unreachable {
        attempts: u32,
        #[source]
        source: reqwest::Error,
    },
    /// The receiver refused it.
    #[error("the receiver answered {status} after {attempts} attempts")]
    Refused { attempts: u32, status: u16 },
}

/// The client of heartbeats and messages.
#[derive(Debug, Clone)]
pub struct AlertClient {
    http: Client,
    limits: Limits,
}

impl AlertClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`AlertError::Setup`].
    pub fn new(limits: Limits) -> Result<Self, AlertError> {
        let http = Client::builder()
            .tls_backend_rustls()
            .timeout(limits.timeout)
            .user_agent(concat!("quantx/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .build()
            .map_err(|error| AlertError::Setup(error.without_url()))?;
        Ok(Self { http, limits })
    }

    /// Sends a heartbeat.
    ///
    /// # Errors
    /// [`AlertError`]; the run goes on.
    pub async fn beat(&self, heartbeat: &Heartbeat, beat: Beat) -> Result<(), AlertError> {
        let request = Request::new(Method::GET, heartbeat.url(beat));
        self.send(request).await
    }

    /// Posts a body to a webhook.
    ///
    /// # Errors
    /// [`AlertError`]; the run goes on.
    pub async fn post(&self, address: &str, body: &Value) -> Result<(), AlertError> {
        let url = Url::parse(address).map_err(|_| AlertError::Address)?;
        let request = self.http.post(url).json(body).build();
        let request = request.map_err(|_| AlertError::Address)?;
        self.send(request).await
    }

    async fn send(&self, request: Request) -> Result<(), AlertError> {
        let mut pause = self.limits.pause;
        let mut attempts = 0;
        loop {
            attempts += 1;
            // Bodies are small texts, which can be sent again.
            let again = request.try_clone().ok_or(AlertError::Address)?;
            let answer = self.http.execute(again).await;
            let is_last = attempts >= self.limits.attempts;
            match answer {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) if is_last || !may_pass(answer.status()) => {
                    let status = answer.status().as_u16();
                    return Err(AlertError::Refused { attempts, status });
                }
                Err(error) if is_last => {
                    let source = error.without_url();
                    return Err(AlertError::Unreachable { attempts, source });
                }
                Ok(_) | Err(_) => {}
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
    }
}

/// Whether another attempt may be answered otherwise.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const QUICK: Limits = Limits {
        timeout: Duration::from_millis(500),
        attempts: 3,
        pause: Duration::from_millis(1),
    };

    #[expect(
        clippy::disallowed_methods,
        reason = "the receiver answers while the client waits"
    )]
    /// Answers each connection with the next status; how many came.
    async fn receiver(statuses: &'static [u16]) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/secret-token", listener.local_addr().unwrap());
        let came = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&came);
        tokio::spawn(async move {
            for status in statuses {
                let (mut socket, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let mut bytes = [0; 4096];
                let _ = socket.read(&mut bytes).await;
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                let _ = socket.write_all(head.as_bytes()).await;
            }
        });
        (address, came)
    }

    #[tokio::test]
    async fn a_receiver_that_recovers_gets_the_message() {
        let (address, came) = receiver(&[503, 429, 200]).await;
        let client = AlertClient::new(QUICK).unwrap();
        client.post(&address, &json!({"text": "x"})).await.unwrap();
        assert_eq!(came.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_refusal_is_final_and_names_no_address() {
        let (address, came) = receiver(&[404]).await;
        let client = AlertClient::new(QUICK).unwrap();
        let heartbeat = Heartbeat::new(&address).unwrap();
        let error = client.beat(&heartbeat, Beat::Start).await.unwrap_err();
        assert!(matches!(
            error,
            AlertError::Refused {
                attempts: 1,
                status: 404
            }
        ));
        assert_eq!(came.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn nobody_there_is_an_error_after_some_attempts_and_names_no_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/secret-token", listener.local_addr().unwrap());
        drop(listener);
        let client = AlertClient::new(QUICK).unwrap();
        let error = client.post(&address, &json!({})).await.unwrap_err();
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        assert!(matches!(error, AlertError::Unreachable { attempts: 3, .. }));
        assert!(!text.contains("secret-token"), "{text}");
    }
}
