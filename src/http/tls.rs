//! What went wrong with TLS, in words, and what can be done about it.

use std::error::Error as StdError;
use std::io;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription as Alert, CertificateError, Error, InvalidMessage};

use crate::text::scrub;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A clause: `its certificate is expired since 2026-01-03`.
    pub said: String,
    pub hint: &'static str,
    /// Whether the other side does not speak TLS at all.
    pub is_not_tls: bool,
}

const RENEW: &str = "its operators have to renew the certificate; nothing was sent to it";
const CLOCK: &str = "is this machine's clock right? nothing was sent";
const NAME: &str = "use a name in the address that the certificate is for, or have the certificate \
                    extended; nothing was sent";
const ISSUER: &str = "of an authority of your own: add its certificate to those that this machine \
                      trusts (package ca-certificates), or name its file in SSL_CERT_FILE; nothing \
                      was sent";
const OPERATORS: &str = "its operators have to correct its TLS settings; nothing was sent to it";
const PORT: &str = "is the port right? nothing was sent that is secret";

/// The TLS error among the causes of `error`, in words; `host` is the host we wanted to reach.
pub fn fault(error: &(dyn StdError + 'static), host: &str) -> Option<Fault> {
    find(error).map(|error| Fault::of(error, host))
}

/// An `io::Error` hides what it carries from the chain of sources.
fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    if let Some(found) = error.downcast_ref::<Error>() {
        return Some(found);
    }
    let carried = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    let inner = carried.and_then(|inner| find(inner as &'a (dyn StdError + 'static)));
    inner.or_else(|| find(error.source()?))
}

impl Fault {
    fn of(error: &Error, host: &str) -> Self {
        let (said, hint) = match error {
            Error::InvalidCertificate(error) => certificate(error, host),
            Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
                ("it does not speak TLS".to_owned(), PORT)
            }
            Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => {
                ("what it sends is no proper TLS".to_owned(), PORT)
            }
            Error::PeerIncompatible(_) | Error::AlertReceived(Alert::ProtocolVersion) => (
                "it speaks no version of TLS that is still safe (1.2 or 1.3)".to_owned(),
                OPERATORS,
            ),
            Error::AlertReceived(Alert::HandshakeFailure | Alert::InsufficientSecurity) => (
                "it and this machine have no way of encrypting in common".to_owned(),
                OPERATORS,
            ),
            Error::AlertReceived(Alert::UnrecognisedName) => {
                (format!("it has no site called {}", scrub(host)), NAME)
            }
            Error::AlertReceived(Alert::CertificateRequired | Alert::AccessDenied) => (
                "it asks for a client certificate, which selaras does not have".to_owned(),
                OPERATORS,
            ),
            Error::AlertReceived(_) => ("it broke off the TLS handshake".to_owned(), OPERATORS),
            Error::NoCertificatesPresented => ("it shows no certificate".to_owned(), OPERATORS),
            _ => ("the TLS handshake failed".to_owned(), OPERATORS),
        };
        Self {
            said,
            hint,
            is_not_tls: matches!(
                error,
                Error::InvalidMessage(InvalidMessage::InvalidContentType)
            ),
        }
    }
}

fn certificate(error: &CertificateError, host: &str) -> (String, &'static str) {
    use CertificateError as Certificate;
    match error {
        Certificate::ExpiredContext { not_after, .. } => {
            let since = date(*not_after);
            (format!("its certificate is expired since {since}"), RENEW)
        }
        Certificate::Expired => ("its certificate is expired".to_owned(), RENEW),
        Certificate::NotValidYetContext { not_before, .. } => {
            let from = date(*not_before);
            (format!("its certificate is not valid before {from}"), CLOCK)
        }
        Certificate::NotValidYet => ("its certificate is not valid yet".to_owned(), CLOCK),
        Certificate::NotValidForNameContext { presented, .. } => {
            let names: Vec<_> = presented.iter().take(5).map(|name| bare(name)).collect();
            let said = format!(
                "its certificate is for {}, not for {}",
                if names.is_empty() {
                    "no name at all".to_owned()
                } else {
                    names.join(", ")
                },
                scrub(host)
            );
            (said, NAME)
        }
        Certificate::NotValidForName => {
            (format!("its certificate is not for {}", scrub(host)), NAME)
        }
        Certificate::UnknownIssuer => {
            let said = "its certificate is from an issuer that this machine does not know";
            (said.to_owned(), ISSUER)
        }
        Certificate::Revoked => ("its certificate was revoked".to_owned(), RENEW),
        Certificate::BadSignature | Certificate::BadEncoding => {
            ("its certificate is damaged or forged".to_owned(), OPERATORS)
        }
        Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => (
            "its certificate is not one for servers".to_owned(),
            OPERATORS,
        ),
        // Signed by itself, as an authority: what `openssl req -x509` makes.
        other if other.to_string().contains("CaUsedAsEndEntity") => {
            let said = "its certificate is from an issuer that this machine does not know (itself)";
            (said.to_owned(), ISSUER)
        }
        _ => ("its certificate cannot be accepted".to_owned(), OPERATORS),
    }
}

/// `DnsName("dev.example")` as `dev.example`.
fn bare(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    scrub(inner.trim_matches(['(', ')', '"']))
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}
