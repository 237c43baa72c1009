use super::*;

#[test]
fn azure_is_signed_in_to_in_one_way() {
    let text = |settings: &str| format!("storage: {{azure: {{{settings}}}}}\n");
    let azure = |settings: &str, variables: &[(&str, &str)]| {
        resolve(&text(settings), variables)
            .unwrap()
            .storage
            .azure
            .unwrap()
    };
    let connection = (
        "AZURE_STORAGE_CONNECTION_STRING",
        "AccountName=lake1;AccountKey=c2VjcmV0",
    );
    let identity = azure("account_name: lake1", &[]);
    assert!(
        matches!(identity.access, AzureAccess::Identity(identity) if identity.account_name == "lake1")
    );
    let keyed = azure("account_name: lake1", &[connection]);
    assert!(!format!("{keyed:?}").contains("c2VjcmV0"));
    assert!(
        matches!(&keyed.access, AzureAccess::ConnectionString(secret) if secret.expose() == connection.1)
    );
    assert!(matches!(
        azure("", &[connection]).access,
        AzureAccess::ConnectionString(_)
    ));

    let refused = |settings: &str, variables: &[(&str, &str)]| problems(&text(settings), variables);
    assert!(refused("account_name: lake1", &[connection, ("USE_MANAGED_IDENTITY", "true")])
        .starts_with("variable USE_MANAGED_IDENTITY: storage.azure.use_managed_identity: read \"true\"; allowed: false"));
    assert!(
        refused("use_managed_identity: true", &[connection]).starts_with(
            "settings.yaml:1:41: storage.azure.use_managed_identity: read \"true\"; allowed: false"
        ),
        "a key never takes the place of an identity in silence"
    );
    assert!(
        refused("account_name: lake2", &[connection])
            .contains("read \"lake2\"; allowed: the account of the connection string, lake1")
    );
    assert!(
        refused("account_name: lake1, use_managed_identity: false", &[])
            .contains("read false without a connection string")
    );
    assert!(
        refused("connection_string: abc", &[])
            .contains("(a secret: set the variable AZURE_STORAGE_CONNECTION_STRING)")
    );
}

#[test]
fn an_identity_is_what_settings_and_environment_say() {
    let azure = |settings: &str, variables: &[(&str, &str)]| {
        let text = format!("storage: {{azure: {{account_name: lake1, {settings}}}}}\n");
        let azure = resolve(&text, variables).unwrap().storage.azure.unwrap();
        match azure.access {
            AzureAccess::Identity(identity) => (identity, azure.create_container),
            AzureAccess::ConnectionString(_) => panic!("a key"),
        }
    };
    let (plain, creates) = azure("", &[]);
    let account_name = "lake1".to_owned();
    let expect = IdentityAccess {
        account_name,
        ..IdentityAccess::default()
    };
    assert_eq!((plain, creates), (expect.clone(), false));
    let client = "11111111-2222-3333-4444-55555555555A";
    let (full, creates) = azure(
        "identity: workload, create_container: true, endpoint: \"https://lake1.example.com/\"",
        &[
            ("AZURE_CLIENT_ID", client),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1:41/msi/token"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token"),
            ("AZURE_TENANT_ID", "contoso"),
        ],
    );
    let environment = IdentityEnvironment {
        identity_endpoint: Some("http://127.0.0.1:41/msi/token".to_owned()),
        federated_token_file: Some("/var/run/token".into()),
        tenant_id: Some("contoso".to_owned()),
    };
    let expect = IdentityAccess {
        endpoint: Some("https://lake1.example.com".to_owned()),
        kind: IdentityKind::Workload,
        client_id: Some(client.to_ascii_lowercase()),
        environment,
        ..expect
    };
    assert_eq!((full, creates), (expect, true));
    let refused = |settings: &str| problems(&format!("storage: {{azure: {{{settings}}}}}\n"), &[]);
    assert!(
        refused("identity: device").contains("allowed: detected, managed, workload or developer")
    );
    assert!(refused("client_id: me").contains("allowed: a UUID"));
    for endpoint in [
        "http://lake1.example.com",
        "https://",
        "https://a.b?sig=1",
        "https://u:p@a.b",
    ] {
        let problem = refused(&format!("endpoint: \"{endpoint}\""));
        assert!(
            problem.contains("allowed: an https address without a query"),
            "{problem}"
        );
    }
}

#[test]
fn no_problem_shows_a_secret() {
    for name in variables().iter().map(|variable| variable.name) {
        for value in [
            "AccountName=UPPER;AccountKey=c2VjcmV0\u{1}",
            "https://me:c2VjcmV0@host",
            "https://h/?sig=c2VjcmV0\u{1}",
        ] {
            if let Err(problems) = resolve("", &[(name, value)]) {
                assert!(!problems.to_string().contains("c2VjcmV0"), "{problems}");
            }
        }
    }
    let shown = problems("", &[("AZURE_STORAGE_CONNECTION_STRING", "c2VjcmV0")]);
    assert!(!shown.contains("c2VjcmV0"), "{shown}");
}
