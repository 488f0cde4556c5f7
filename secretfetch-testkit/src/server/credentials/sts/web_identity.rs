//! Whether a web identity's token is one that a role trusts.

use std::time::SystemTime;

use super::answer::error;
use crate::fake::role::WebIdentity;
use crate::server::answer::Answer;
use crate::server::credentials::web_token::Claims;

/// Who a token says that its bearer is.
pub(super) struct WebCaller {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) audience: String,
}

/// Looks at a token. With no one to trust in particular any text is one that has not ended, and who it is of is
/// told only if it says all of that.
pub(super) fn check(
    token: &str,
    trusted: Option<&[WebIdentity]>,
    now: SystemTime,
) -> Result<Option<WebCaller>, Answer> {
    let claims = match (Claims::read(token), trusted) {
        (Some(claims), _) => claims,
        (None, None) => return Ok(None),
        (None, Some(_)) => {
            let message =
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
            return Err(invalid(message));
        }
    };
    if claims.have_ended(now) {
        return Err(expired());
    }
    let audiences = claims.audiences();
    let Claims { iss: issuer, sub: subject, .. } = claims;
    if let Some(trusted) = trusted {
        let Some(issuer) = &issuer else { return Err(invalid("Missing a required claim: iss")) };
        let Some(subject) = &subject else { return Err(invalid("Missing a required claim: sub")) };
        let of_issuer: Vec<_> = trusted.iter().filter(|identity| identity.is_of(issuer)).collect();
        if of_issuer.is_empty() {
            return Err(unknown_issuer(issuer));
        }
        let mut for_audience = of_issuer.into_iter().filter(|identity| identity.is_for(&audiences)).peekable();
        if for_audience.peek().is_none() {
            return Err(invalid("Incorrect token audience"));
        }
        if !for_audience.any(|identity| identity.is_about(subject)) {
            let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
            return Err(error(403, "AccessDenied", message));
        }
    }
    let caller = issuer.zip(subject).zip(audiences.into_iter().next());
    Ok(caller.map(|((issuer, subject), audience)| WebCaller { issuer, subject, audience }))
}

pub(super) fn unknown_issuer(issuer: &str) -> Answer {
    invalid(&format!("No OpenIDConnect provider found in your account for {issuer}"))
}

pub(super) fn expired() -> Answer {
    let message = "Token expired: current date/time must be before the expiration date/time";
    error(400, "ExpiredTokenException", message)
}

fn invalid(message: &str) -> Answer {
    error(400, "InvalidIdentityToken", message)
}
