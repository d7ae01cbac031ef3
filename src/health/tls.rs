//! A TLS client that checks whether the handshake works and when the certificate expires.
//!
//! Any certificate is accepted and no chain is verified, as most SMTP clients do, and nothing secret is sent. But its dates are
//! checked, since an expired certificate is easily overlooked.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::{DateTime, Decode};

use crate::text;

/// A stream inside TLS.
pub type Stream<S> = StreamOwned<ClientConnection, S>;

/// Makes the handshake; returns the stream, and the dates of the server's certificate if they can be read.
///
/// # Errors
/// The error of reading or writing; see [`refusal`].
pub fn handshake<S: Read + Write>(mut stream: S, address: IpAddr) -> io::Result<(Stream<S>, Option<Validity>)> {
    let mut client = client(address)?;
    while client.is_handshaking() {
        client.complete_io(&mut stream)?;
    }
    let validity = client.peer_certificates().and_then(|chain| Validity::of(chain.first()?));
    Ok((StreamOwned::new(client, stream), validity))
}

/// Why the handshake was refused, if that is the error: the server speaks TLS, and one side refuses the other's offer. None for
/// everything else: silence, a closed connection, an answer that is not TLS.
pub fn refusal(error: &io::Error) -> Option<String> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidMessage(_) => None,
        rustls::Error::AlertReceived(alert) => Some(text::server_refuses(format_args!("{alert:?}"))),
        other => Some(other.to_string()),
    }
}

fn client(address: IpAddr) -> io::Result<ClientConnection> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut schemes = provider.signature_verification_algorithms.supported_schemes();
    // Nothing is verified, so key types are accepted that the library cannot verify.
    schemes.extend([SignatureScheme::ECDSA_NISTP521_SHA512, SignatureScheme::ED448]);
    let verifier = Arc::new(AnyCertificate(schemes));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::IpAddress(address.into())).map_err(io::Error::other)
}

/// The validity of a certificate, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub from: u64,
    pub until: u64,
}

impl Validity {
    /// Reads it from a certificate; None when that cannot be parsed.
    fn of(certificate: &CertificateDer<'_>) -> Option<Validity> {
        // Lenient parsing: other defects of the certificate do not matter here.
        let certificate = CertificateInner::<Raw>::from_der(certificate).ok()?;
        let validity = certificate.tbs_certificate().validity();
        let seconds = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs();
        Some(Validity { from: seconds(&validity.not_before), until: seconds(&validity.not_after) })
    }

    /// Reads it from the first certificate in a PEM file; None when that cannot be parsed.
    pub fn of_file(path: &Path) -> Option<Validity> {
        Validity::of(&CertificateDer::from_pem_file(path).ok()?)
    }

    /// What is wrong with the dates at `now`.
    pub fn date_problem(&self, now: SystemTime) -> Option<String> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        if now > self.until {
            Some(text::certificate_expired_on(self.date()))
        } else if now < self.from {
            Some(text::certificate_is_not_valid_before(day(self.from)))
        } else {
            None
        }
    }

    /// The day it expires, as 2027-01-31.
    pub fn date(&self) -> String {
        day(self.until)
    }
}

/// The day in UTC, from seconds since 1970.
fn day(seconds: u64) -> String {
    let when = DateTime::from_unix_duration(Duration::from_secs(seconds));
    when.map_or_else(|_| "9999-12-31".to_owned(), |d| format!("{}-{:02}-{:02}", d.year(), d.month(), d.day()))
}

/// Accepts every certificate.
#[derive(Debug)]
struct AnyCertificate(Vec<SignatureScheme>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_judged_by_the_clock() {
        let validity = Validity { from: 86_400, until: 2 * 86_400 };
        let at = |seconds| validity.date_problem(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(86_400), None);
        assert_eq!(at(2 * 86_400), None);
        assert_eq!(at(2 * 86_400 + 1).unwrap(), "it expired on 1970-01-03");
        assert_eq!(at(0).unwrap(), "it is not valid before 1970-01-02");
        assert_eq!(day(u64::MAX), "9999-12-31");
    }

    #[test]
    fn what_is_no_certificate_has_no_dates() {
        assert_eq!(Validity::of(&CertificateDer::from(vec![0x30, 0x03, 1, 2, 3])), None);
        assert_eq!(Validity::of(&CertificateDer::from(vec![])), None);
    }
}
