//! The runs that a development host knows, through its management API.

use quantx_dev_host::DevHost;
use reqwest::Client;
use serde_json::Value;

/// A way to ask one host.
#[derive(Debug)]
pub struct Instances {
    client: Client,
    manage: String,
    code: String,
}

impl Instances {
    /// Those of `host`.
    pub fn of(host: &DevHost) -> Self {
        Self {
            client: Client::new(),
            manage: format!("{}/runtime/webhooks/durabletask/instances", host.base_url()),
            code: host.keys().system.clone(),
        }
    }

    /// Takes ended runs out of the host's memory: how many are under way, and the ended ones, as the API
    /// tells them.
    pub async fn take_ended(&self) -> (usize, Vec<Value>) {
        let Self {
            client,
            manage,
            code,
        } = self;
        let all = client.get(format!("{manage}?showInput=false&code={code}"));
        let all: Vec<Value> = all.send().await.unwrap().json().await.unwrap();
        let (mut under_way, mut ended) = (0, Vec::new());
        for instance in all {
            let text = |key: &str| instance[key].as_str().unwrap_or_default();
            if matches!(text("runtimeStatus"), "Pending" | "Running" | "Suspended") {
                under_way += 1;
                continue;
            }
            let url = format!("{manage}/{}?code={code}", text("instanceId"));
            client.delete(url).send().await.unwrap();
            ended.push(instance);
        }
        (under_way, ended)
    }
}
