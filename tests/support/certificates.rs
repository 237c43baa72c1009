//! A certificate authority for one test, and a certificate for this machine.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::azurite::Certificate;

/// Writes an authority and a certificate for 127.0.0.1 into `folder`: the authority's file, for
/// `SSL_CERT_FILE`, and the server's.
pub fn for_this_machine(folder: &Path) -> (PathBuf, Certificate) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "authority of the tests");
    let authority_pem = authority
        .self_signed(&authority_key)
        .expect("a certificate")
        .pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let server_pem = server
        .signed_by(&key, &issuer)
        .expect("a certificate")
        .pem();

    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).expect("the folder can be written");
        path
    };
    let certificate = Certificate {
        certificate: write("server.pem", server_pem),
        key: write("server.key", key.serialize_pem()),
    };
    (write("authority.pem", authority_pem), certificate)
}
