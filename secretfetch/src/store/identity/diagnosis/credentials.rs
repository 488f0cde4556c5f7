//! Why there are no credentials: none configured, not readable, refused, or not in time.

use std::error::Error as _;
use std::io;
use std::time::{Duration, SystemTime};

use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::role::role;
use super::token::{unfit_token, unreadable};
use crate::error::{Error, ErrorKind, Failure, Setting};
use crate::store::identity::configured::{Configured, ROLE_ARN, TOKEN_FILE};
use crate::store::identity::variable::variable;
use crate::store::transport::{TransportError, WaitingFor, chain, find, no_answer};

const SOURCES: &str = "tried: AWS_ACCESS_KEY_ID, the profile files, a web identity (IRSA), \
                       the container endpoint (EKS Pod Identity, ECS) and instance metadata (IMDSv2)";

/// Diagnoses what a credentials provider says; `profile` is the one that was asked for by name. The
/// failure belongs to no secret.
pub(crate) fn credentials(error: &CredentialsError, profile: Option<&str>) -> Failure {
    diagnose(error, profile, Configured::find(variable))
}

/// Credentials that are none. In half an answer of STS the SDK takes what is missing for empty, and a time
/// for the year 1970.
pub(crate) fn unusable(credentials: &Credentials) -> Option<Failure> {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let expiry = credentials.expiry();
    let missing = |time: SystemTime| time < SystemTime::UNIX_EPOCH + YEAR;
    if credentials.access_key_id().is_empty()
        || credentials.secret_access_key().is_empty()
        || expiry.is_some_and(missing)
    {
        let failure =
            Failure::new(ErrorKind::InvalidResponse, "no credentials: the answer of their source is incomplete");
        return Some(failure.with_hint("check what is in between: a proxy, a service mesh, a firewall"));
    }
    expiry.filter(|expiry| *expiry <= SystemTime::now()).map(|_| {
        Failure::new(ErrorKind::CredentialsRejected, "the credentials have expired when their source gives them")
            .with_hint("check this machine's clock, and whether the source renews them")
    })
}

fn diagnose(error: &CredentialsError, profile: Option<&str>, configured: Option<Configured>) -> Failure {
    // Our own, of credentials that cannot be sent.
    if let Some(known) = find::<Error>(error) {
        return known.primary().clone();
    }
    if let Some(failure) = role(find::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>(error))
        .or_else(|| role(find::<SdkError<AssumeRoleError, HttpResponse>>(error)))
    {
        return failure;
    }
    // A role is assumed with other credentials: what keeps those away is the cause.
    let error = chain(error).filter_map(|cause| cause.downcast_ref()).last().unwrap_or(error);
    if let Some(error) = find::<ImdsError>(error) {
        return instance_metadata(error);
    }
    // The providers answer with free text, which may quote what an endpoint sent: only types are read.
    if find::<TransportError>(error).is_some() && !matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        let failure = no_answer(error);
        let (kind, retryable) = (failure.kind(), failure.is_retryable());
        let about = Failure::new(kind, format!("no credentials: {}", failure.message())).with_retryable(retryable);
        let absent = matches!(kind, ErrorKind::Timeout | ErrorKind::Connect);
        return match (configured.filter(|_| absent && profile.is_none()), failure.hint()) {
            (Some(source), _) => about.with_hint(check_agent(source)),
            (None, Some(hint)) => about.with_hint(hint),
            (None, None) => about,
        };
    }
    match (error, profile) {
        (CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_), Some(name)) => {
            self::profile(name, error)
        }
        (CredentialsError::CredentialsNotLoaded(_), None) => none_found(),
        (CredentialsError::ProviderTimedOut(details), _) => match configured {
            Some(source) => {
                let seconds = details.timeout_duration().as_secs_f64();
                let what = format!("no credentials: their source did not answer within {seconds:.1} s");
                Failure::new(ErrorKind::Timeout, what).with_hint(check_agent(source))
            }
            None => none_found(),
        },
        // A file's error stands right under it; one of a connection is further down.
        _ => match error.source().and_then(|cause| cause.downcast_ref::<io::Error>()) {
            Some(error) => unreadable(error, configured),
            None => endpoint_refused(error, configured),
        },
    }
}

/// Instance metadata is the last source, asked on any machine: that something else answers there, or
/// that no one does, means that there is none. Only a server error says that it exists.
fn instance_metadata(error: &ImdsError) -> Failure {
    let answer = match error {
        ImdsError::ErrorResponse(answer) => Some(answer.response()),
        // The first request, for a token.
        _ => find::<SdkError<TokenError, HttpResponse>>(error).and_then(SdkError::raw_response),
    };
    match answer.map(|answer| answer.status()).filter(|status| status.is_server_error()) {
        Some(status) => Failure::new(
            ErrorKind::ServiceUnavailable,
            format!("no credentials: instance metadata failed (HTTP status {})", status.as_u16()),
        )
        .with_hint("run it again later; if it stays so, check what answers at the instance's metadata address"),
        None => none_found(),
    }
}

/// Instance metadata that takes a connection and gives no answer to the request for a token. The packets of that answer
/// have a time to live of the hop limit ("Instance metadata access considerations" in the EC2 guide), those of the
/// connection's begin do not. To the SDK it is no source, and its chain forgets why.
pub(crate) fn mute_instance_metadata(error: &CredentialsError) -> Option<Failure> {
    let waited_for = match find::<TransportError>(error) {
        Some(TransportError::Late { waiting_for, .. }) => *waiting_for,
        _ => return None,
    };
    matches!(waited_for, WaitingFor::Answer | WaitingFor::Rest).then(|| {
        none_found_with(
            "instance metadata takes connections and gives no answer: from a container that is a hop limit of 1, which \
             `aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2` raises",
        )
    })
}

fn none_found() -> Failure {
    none_found_with(
        "in Kubernetes, annotate the service account with eks.amazonaws.com/role-arn or associate it with a role",
    )
}

/// No source at all; `remedy` is the likeliest.
fn none_found_with(remedy: &str) -> Failure {
    let half = match [TOKEN_FILE, ROLE_ARN].map(|name| variable(name).is_some()) {
        [true, false] => format!("{} is set without {}; ", TOKEN_FILE, ROLE_ARN),
        [false, true] => format!("{} is set without {}; ", ROLE_ARN, TOKEN_FILE),
        _ => String::new(),
    };
    Failure::new(ErrorKind::NoCredentials, "no AWS credentials are configured")
        .with_hint(format!("{half}{SOURCES}; {remedy}"))
}

fn check_agent(source: Configured) -> String {
    match source {
        Configured::WebIdentity => "check network policies, proxy and the VPC endpoint of STS".to_owned(),
        Configured::Container(variable) => {
            format!("{variable} names their source: check that its agent runs on this node and can be reached")
        }
    }
}

/// A `credential_process` that the run could not wait for any longer.
pub(crate) fn late_process(profile: &str, limit: Duration) -> Failure {
    let (name, seconds) = (crate::text::quoted(profile), limit.as_secs_f64());
    let what = format!("the `credential_process` of the AWS profile {name} did not end within {seconds:.1} s");
    Failure::new(ErrorKind::Timeout, what)
        .with_hint("run its command by hand: it may wait for an answer; or give it more time")
}

/// A profile that was asked for by name gives nothing. The SDK tells why only in words.
fn profile(name: &str, error: &CredentialsError) -> Failure {
    let name = crate::text::quoted(name);
    let lacks_feature = chain(error).any(|cause| cause.to_string().contains("cargo feature(s) enabled"));
    let unusable =
        |what: &str| Failure::new(ErrorKind::CredentialsUnreadable, format!("the AWS profile {name} {what}"));
    match error {
        CredentialsError::InvalidConfiguration(_) if lacks_feature => {
            unusable("needs SSO or `credential_process`, which this build leaves out")
                .with_hint("use a build with the features `sso` and `credential-process`")
        }
        CredentialsError::InvalidConfiguration(_) => {
            unusable("is not valid").with_hint("check it in the files ~/.aws/config and ~/.aws/credentials")
        }
        _ => unusable("does not exist or has no credentials")
            .with_hint("check the files ~/.aws/config and ~/.aws/credentials, AWS_PROFILE, and the profile of the run")
            .with_setting(Setting::Profile),
    }
}

/// A credential endpoint that answered with something else than credentials. The SDK gives no type for
/// it; of its text only the HTTP status is read.
fn endpoint_refused(error: &CredentialsError, configured: Option<Configured>) -> Failure {
    if let (CredentialsError::InvalidConfiguration(_), Some(failure)) = (error, configured.and_then(unfit_token)) {
        return failure;
    }
    let text = chain(error).map(ToString::to_string).find(|text| text.contains("Non-success status"));
    let status: Option<u16> = text.and_then(|text| {
        let digits: String =
            text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let hint = match (configured.map(Configured::variable), error) {
        (Some(variable), CredentialsError::InvalidConfiguration(_)) => format!(
            "check {variable}: a URL with https, or with http to this machine or to an agent's link-local address; and \
             the token that goes with it: one line, without a line break"
        ),
        (Some(variable), _) if status.is_some_and(|status| status != 429 && status < 500) => {
            format!("{variable} names their source: check the role that is associated with this workload")
        }
        (Some(variable), _) => format!("{variable} names their source: check the agent's log"),
        (None, _) => SOURCES.to_owned(),
    };
    match (status, error) {
        (Some(status @ (429 | 500..)), _) => Failure::new(
            ErrorKind::ServiceUnavailable,
            format!("no credentials: their endpoint failed (HTTP status {status})"),
        ),
        (Some(status), _) => Failure::new(
            ErrorKind::CredentialsRejected,
            format!("no credentials: their endpoint refuses (HTTP status {status})"),
        ),
        (None, CredentialsError::InvalidConfiguration(_)) => {
            Failure::new(ErrorKind::CredentialsUnreadable, "a configured source of credentials is not valid")
        }
        (None, CredentialsError::ProviderError(_)) => {
            Failure::new(ErrorKind::CredentialsRejected, "a configured source gives no credentials")
        }
        (None, _) => {
            Failure::new(ErrorKind::InvalidResponse, "no credentials: the answer of their endpoint has none in it")
        }
    }
    .with_hint(hint)
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn sts(code: &str, message: &str) -> CredentialsError {
        let meta = ErrorMetadata::builder().code(code).message(message).build();
        let response = HttpResponse::new(400.try_into().unwrap(), SdkBody::empty());
        CredentialsError::provider_error(SdkError::service_error(
            AssumeRoleWithWebIdentityError::generic(meta),
            response,
        ))
    }

    #[test]
    fn the_causes_are_told_apart() {
        let io = |kind: io::ErrorKind| CredentialsError::provider_error(io::Error::from(kind));
        let endpoint = "127.0.0.1:1".to_owned();
        let refused = ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionRefused).into());
        let unreachable =
            ConnectorError::io(TransportError::Connection { endpoint, proxy: None, source: refused }.into());
        let status = |code| format!("Non-success status from HTTP credential provider: StatusCode({code})");
        for (error, kind, retryable) in [
            (CredentialsError::not_loaded_no_source(), ErrorKind::NoCredentials, false),
            (io(io::ErrorKind::PermissionDenied), ErrorKind::CredentialsUnreadable, false),
            (CredentialsError::unhandled(unreachable), ErrorKind::Connect, true),
            (CredentialsError::provider_error(status(500)), ErrorKind::ServiceUnavailable, true),
            (CredentialsError::provider_error(status(403)), ErrorKind::CredentialsRejected, false),
            (CredentialsError::invalid_configuration("bad uri"), ErrorKind::CredentialsUnreadable, false),
            (CredentialsError::unhandled("not json"), ErrorKind::InvalidResponse, true),
            (sts("ExpiredTokenException", "Token expired"), ErrorKind::CredentialsRejected, false),
            (sts("InvalidIdentityToken", "No OpenIDConnect provider found"), ErrorKind::CredentialsRejected, false),
            (
                sts("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
                ErrorKind::AccessDenied,
                false,
            ),
            (sts("Throttling", "Rate exceeded"), ErrorKind::Throttled, true),
            (sts("IDPCommunicationError", ""), ErrorKind::ServiceUnavailable, true),
        ] {
            let failure = diagnose(&error, None, None);
            assert_eq!((failure.kind(), failure.is_retryable()), (kind, retryable), "{failure}");
            assert!(failure.secret_id().is_none());
        }
    }

    #[test]
    fn silence_is_worth_another_try_only_where_a_source_is_configured() {
        let error = CredentialsError::provider_timed_out(Duration::from_secs(5));
        let failure = diagnose(&error, None, Some(Configured::Container("AWS_CONTAINER_CREDENTIALS_FULL_URI")));
        assert_eq!(failure.kind(), ErrorKind::Timeout);
        assert!(failure.is_retryable());
        assert_eq!(diagnose(&error, None, None).kind(), ErrorKind::NoCredentials);
    }

    #[test]
    fn a_profile_that_was_asked_for_is_named() {
        for (error, words) in [
            (CredentialsError::not_loaded("profile `dev` was not defined"), "does not exist"),
            (CredentialsError::invalid_configuration("profile formed an infinite loop"), "not valid"),
            (
                CredentialsError::invalid_configuration("requires following cargo feature(s) enabled: sso."),
                "leaves out",
            ),
        ] {
            let failure = diagnose(&error, Some("dev"), None);
            assert_eq!(failure.kind(), ErrorKind::CredentialsUnreadable);
            assert!(failure.message().contains("`dev`") && failure.message().contains(words), "{failure}");
        }
    }

    #[test]
    fn a_role_fails_for_what_keeps_its_own_credentials_away() {
        let inner = CredentialsError::not_loaded_no_source();
        let outer: SdkError<AssumeRoleError, HttpResponse> = SdkError::construction_failure(inner);
        assert_eq!(diagnose(&CredentialsError::provider_error(outer), None, None).kind(), ErrorKind::NoCredentials);
    }

    #[test]
    fn the_hints_name_what_to_do() {
        let unreadable = CredentialsError::provider_error(io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(diagnose(&unreadable, None, None).hint().unwrap().contains("fsGroup"));
        assert!(diagnose(&CredentialsError::not_loaded_no_source(), None, None).hint().unwrap().contains("IRSA"));
    }

    #[test]
    fn what_an_endpoint_sent_is_not_repeated() {
        for error in [
            CredentialsError::provider_error("failed to load credentials [x]: hunter2"),
            CredentialsError::invalid_configuration("hunter2"),
            sts("AccessDenied", "User: hunter2 is not authorized to perform: sts:AssumeRole"),
            sts("hunter2 !", "hunter2"),
        ] {
            let failure = diagnose(&error, None, None);
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
        }
    }
}
