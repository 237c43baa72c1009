use super::*;

#[test]
fn endpoints_come_from_every_form() {
    let key = "AccountKey=a2V5";
    for (text, endpoint) in [
        (
            format!("DefaultEndpointsProtocol=https;AccountName=quantx;{key};EndpointSuffix=core.windows.net"),
            "https://quantx.blob.core.windows.net",
        ),
        (format!("accountname=quantx; {key} ;"), "https://quantx.blob.core.windows.net"),
        (
            format!("AccountName=quantx;{key};EndpointSuffix=core.chinacloudapi.cn"),
            "https://quantx.blob.core.chinacloudapi.cn",
        ),
        (
            format!("AccountName=a;{key};BlobEndpoint=http://127.0.0.1:10000/a/"),
            "http://127.0.0.1:10000/a",
        ),
        (format!("AccountName=a;{key};BlobEndpoint=http://[::1]:1/a"), "http://[::1]:1/a"),
        (format!("AccountName=a;{key};BlobEndpoint=http://azurite:10000/a"), "http://azurite:10000/a"),
        ("UseDevelopmentStorage=true".to_owned(), "http://127.0.0.1:10000/devstoreaccount1"),
        (
            "UseDevelopmentStorage=True;DevelopmentStorageProxyUri=http://azurite/".to_owned(),
            "http://azurite:10000/devstoreaccount1",
        ),
        (
            "BlobEndpoint=https://quantx.blob.core.windows.net/;SharedAccessSignature=?sv=1&sig=a%3D".to_owned(),
            "https://quantx.blob.core.windows.net",
        ),
    ] {
        assert_eq!(ConnectionString::parse(&text).unwrap().endpoint, endpoint, "{text}");
    }
}

#[test]
fn a_signature_keeps_its_equal_signs_and_loses_its_question_mark() {
    let text = "BlobEndpoint=https://a.example;SharedAccessSignature=?sv=2024-11-04&sig=ab%3D&x==";
    let read = ConnectionString::parse(text).unwrap();
    let SharedKey::Signature(signature) = read.key else {
        panic!("a signature");
    };
    assert_eq!(signature.expose(), "sv=2024-11-04&sig=ab%3D&x==");
}

#[test]
fn mistakes_are_told_without_their_values() {
    use ConnectionStringError::*;
    for (text, error) in [
        ("", NoAccount),
        ("hunter2", NotAPair { number: 1 }),
        ("AccountName=a;hunter2", NotAPair { number: 2 }),
        ("AccountName=a", NoKey),
        (
            "AccountKey=aHVudGVyMg==;BlobEndpoint=https://a.example",
            KeyWithoutName,
        ),
        ("AccountName=a;AccountKey=hunter2!", BadKey),
        ("AccountName=a;AccountKey=", NoKey),
        (
            "AccountName=a;AccountKey=aHVudGVyMg==;BlobEndpoint=hunter2",
            BadEndpoint,
        ),
        (
            "AccountName=a;AccountKey=aHVudGVyMg==;BlobEndpoint=https://a.example/?sig=hunter2",
            BadEndpoint,
        ),
        (
            "AccountName=a;AccountKey=aHVudGVyMg==;BlobEndpoint=ftp://a.example",
            BadEndpoint,
        ),
        (
            "AccountName=a;AccountKey=aHVudGVyMg==;DefaultEndpointsProtocol=http",
            Insecure,
        ),
    ] {
        let found = ConnectionString::parse(text).unwrap_err();
        assert_eq!(found, error, "{text}");
        let shown = format!("{found} {found:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("aHVudGVyMg"),
            "{shown}"
        );
    }
}

#[test]
fn debug_shows_no_key() {
    let text = "AccountName=a;AccountKey=aHVudGVyMg==";
    let read = ConnectionString::parse(text).unwrap();
    assert!(!format!("{read:?}").contains("aHVudGVyMg"));
}
