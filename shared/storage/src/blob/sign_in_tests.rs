use super::*;
use quantx_settings::IdentityEnvironment;

fn access(
    kind: IdentityKind,
    client_id: Option<&str>,
    environment: IdentityEnvironment,
) -> IdentityAccess {
    IdentityAccess {
        account_name: "quantx".to_owned(),
        endpoint: None,
        kind,
        client_id: client_id.map(str::to_owned),
        environment,
    }
}

/// What App Service and Kubernetes would have set, as far as they are named.
fn environment(offers: &[&str]) -> IdentityEnvironment {
    let managed = offers.contains(&"IDENTITY_ENDPOINT");
    let workload = offers.contains(&"AZURE_FEDERATED_TOKEN_FILE");
    IdentityEnvironment {
        identity_endpoint: managed.then(|| "http://127.0.0.1/msi".to_owned()),
        federated_token_file: workload.then(|| "/var/token".into()),
        tenant_id: workload.then(|| "tenant".to_owned()),
    }
}

#[test]
fn the_environment_decides_only_when_nothing_is_told() {
    use IdentityKind::*;
    const NONE: &[&str] = &[];
    const M: &[&str] = &["IDENTITY_ENDPOINT"];
    const W: &[&str] = &["AZURE_FEDERATED_TOKEN_FILE"];
    const MW: &[&str] = &["IDENTITY_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE"];
    let client = Some("11111111-2222-3333-4444-555555555555");
    let user_assigned =
        "the user-assigned managed identity with client id 11111111-2222-3333-4444-555555555555";
    let workload = "the workload identity with client id 11111111-2222-3333-4444-555555555555";
    let system = "the system-assigned managed identity";
    let developer = "the developer's own sign-in (az or azd)";
    for (kind, client_id, offers, chosen) in [
        (Detected, None, M, system),
        (Detected, client, M, user_assigned),
        (Detected, client, MW, user_assigned),
        (Detected, client, W, workload),
        (Detected, None, NONE, developer),
        (Detected, client, NONE, developer),
        (Managed, None, NONE, system),
        (Managed, client, W, user_assigned),
        (Workload, client, MW, workload),
        (DeveloperTools, client, MW, developer),
    ] {
        let access = access(kind, client_id, environment(offers));
        let sign_in = SignIn::as_identity(&access).unwrap();
        assert_eq!(sign_in.to_string(), chosen, "{access:?}");
    }
}

#[test]
fn a_workload_identity_names_all_that_is_missing() {
    let missing = |client_id, offers: &[&str]| {
        let access = access(IdentityKind::Workload, client_id, environment(offers));
        SignIn::as_identity(&access).unwrap_err().to_string()
    };
    assert_eq!(
        missing(None, &[]),
        "workload identity needs AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE, which the workload identity webhook sets: is the pod labelled azure.workload.identity/use?"
    );
    assert!(
        missing(None, &["AZURE_FEDERATED_TOKEN_FILE"])
            .starts_with("workload identity needs AZURE_CLIENT_ID, which")
    );
}
