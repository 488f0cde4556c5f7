//! The sources of credentials that the environment names.

/// A source that the environment names: if it keeps silent, it is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Configured {
    /// A service account's token for a role (IRSA).
    WebIdentity,
    /// The endpoint that this variable names (EKS Pod Identity, ECS).
    Container(&'static str),
}

impl Configured {
    /// The one that is tried first.
    pub(super) fn find(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if variable(TOKEN_FILE).is_some() && variable(ROLE_ARN).is_some() {
            return Some(Configured::WebIdentity);
        }
        let container = CONTAINER.into_iter().find(|name| variable(name).is_some());
        container.map(Configured::Container)
    }

    /// The variable that names the source.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Configured::WebIdentity => TOKEN_FILE,
            Configured::Container(name) => name,
        }
    }

    /// The variable that names the file with the token for it.
    pub(super) fn token_variable(self) -> &'static str {
        match self {
            Configured::WebIdentity => TOKEN_FILE,
            Configured::Container(_) => "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        }
    }
}

pub(super) const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
pub(super) const ROLE_ARN: &str = "AWS_ROLE_ARN";
pub(super) const CONTAINER: [&str; 2] =
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_that_is_tried_first_is_the_one_that_is_told_of() {
        let find = |variables: &[&str]| Configured::find(|name| variables.contains(&name).then(|| "x".to_owned()));
        let [relative, full] = CONTAINER;
        assert_eq!(find(&[]), None);
        // One of the two names no source.
        assert_eq!(find(&[TOKEN_FILE]), None);
        assert_eq!(find(&[ROLE_ARN, full]), Some(Configured::Container(full)));
        assert_eq!(find(&[full, relative]), Some(Configured::Container(relative)));
        assert_eq!(find(&[TOKEN_FILE, ROLE_ARN, full]), Some(Configured::WebIdentity));
    }
}
