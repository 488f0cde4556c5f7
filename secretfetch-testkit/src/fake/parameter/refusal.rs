//! How Parameter Store says no.

use std::fmt;

/// One refusal that Secrets Manager has not. `Display` is the service's own wording, as far as it is documented or was
/// reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParameterRefusal {
    NotFound,
    VersionNotFound { name: String, version: String },
    LabelNotFound { name: String, label: String },
    AlreadyExists,
    TypeMismatch,
    TooManyLevels,
    OldestVersionHasLabel { name: String, version: u32 },
    TooManyLabels,
    InvalidNextToken,
    Name,
    NameTooLong,
    NotFullyQualified,
    ReservedPrefix,
    Reserved(String),
    Path,
    Validation(&'static str),
    KmsAccessDenied,
    InternalServerError,
}

impl ParameterRefusal {
    /// The status and `__type`.
    pub(crate) fn code(&self) -> (u16, &'static str) {
        match self {
            ParameterRefusal::NotFound => (400, "ParameterNotFound"),
            ParameterRefusal::VersionNotFound { .. } | ParameterRefusal::LabelNotFound { .. } => {
                (400, "ParameterVersionNotFound")
            }
            ParameterRefusal::AlreadyExists => (400, "ParameterAlreadyExists"),
            ParameterRefusal::TypeMismatch => (400, "HierarchyTypeMismatchException"),
            ParameterRefusal::TooManyLevels => (400, "HierarchyLevelLimitExceededException"),
            ParameterRefusal::OldestVersionHasLabel { .. } => (400, "ParameterMaxVersionLimitExceeded"),
            ParameterRefusal::TooManyLabels => (400, "ParameterVersionLabelLimitExceeded"),
            ParameterRefusal::InvalidNextToken => (400, "InvalidNextToken"),
            ParameterRefusal::Name
            | ParameterRefusal::NameTooLong
            | ParameterRefusal::NotFullyQualified
            | ParameterRefusal::ReservedPrefix
            | ParameterRefusal::Path
            | ParameterRefusal::Validation(_) => (400, "ValidationException"),
            ParameterRefusal::Reserved(_) | ParameterRefusal::KmsAccessDenied => (400, "AccessDeniedException"),
            ParameterRefusal::InternalServerError => (500, "InternalServerError"),
        }
    }

    /// The member of the answer that has the message: the API's model spells it in both ways.
    pub(crate) fn member(&self) -> &'static str {
        match self {
            ParameterRefusal::InvalidNextToken | ParameterRefusal::InternalServerError => "Message",
            _ => "message",
        }
    }
}

impl fmt::Display for ParameterRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The service has no word for it.
            ParameterRefusal::NotFound => Ok(()),
            ParameterRefusal::VersionNotFound { name, version } => write!(
                f,
                "Systems Manager could not find version {version} of {name}. Verify the version and try again."
            ),
            ParameterRefusal::LabelNotFound { name, label } => {
                write!(f, "Systems Manager could not find label {label} of {name}. Verify the label and try again.")
            }
            ParameterRefusal::AlreadyExists => f.write_str(
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to \
                 true.",
            ),
            ParameterRefusal::TypeMismatch => f.write_str(
                "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't \
                 change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
            ),
            ParameterRefusal::TooManyLevels => f.write_str("A hierarchy can have a maximum of 15 levels."),
            ParameterRefusal::OldestVersionHasLabel { name, version } => write!(
                f,
                "You attempted to create a new version of {name} by calling the PutParameter API with the overwrite \
                 flag. Version {version}, the oldest version, can't be deleted because it has a label associated with \
                 it. Move the label to another version of the parameter, and try again."
            ),
            ParameterRefusal::TooManyLabels => f.write_str("A parameter version can have a maximum of ten labels."),
            ParameterRefusal::InvalidNextToken => f.write_str("The specified token isn't valid."),
            ParameterRefusal::Name => f.write_str(
                "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist \
                 of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the \
                 following 3 symbols .-_",
            ),
            ParameterRefusal::NameTooLong => f.write_str("The parameter name is too long: with its ARN it has at most 1011 characters."),
            ParameterRefusal::NotFullyQualified => f.write_str("Parameter name must be a fully qualified name."),
            ParameterRefusal::ReservedPrefix => {
                f.write_str("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
            }
            ParameterRefusal::Reserved(name) => write!(f, "No access to reserved parameter name: {name}."),
            ParameterRefusal::Path => f.write_str(
                "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a \
                 forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only \
                 letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters \
                 are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: \
                 /get/parameters2-/by1./path0_.",
            ),
            ParameterRefusal::Validation(message) => f.write_str(message),
            // KMS's own answer, handed on.
            ParameterRefusal::KmsAccessDenied => f.write_str(
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or \
                 you are not allowed to access. (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; \
                 Request ID: 00000000-0000-4000-8000-000000000000; Proxy: null)",
            ),
            ParameterRefusal::InternalServerError => f.write_str("An error occurred on the server side."),
        }
    }
}
