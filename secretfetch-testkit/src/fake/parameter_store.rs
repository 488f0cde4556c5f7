//! A test's hands on the parameters of a fake account.

use super::store::FakeSecretStore;
use crate::fake::parameter::name::parameter_arn;
use crate::fake::parameter::record::ParameterType;
use crate::fake::refusal::Refusal;
use crate::operations::{self, Action};
use crate::parameters::{DeleteParameter, LabelParameterVersion, PutParameter};

/// Parameter Store in the same account: it is read over the wire, from a
/// [`FakeSecretsManager`](crate::FakeSecretsManager).
///
/// `name` is also an ARN where a parameter is there already. The methods panic where Parameter Store would refuse.
impl FakeSecretStore {
    /// Creates a parameter of the type `String`, or puts a new version of it; gives the version's number.
    ///
    /// ```
    /// # use secretfetch_testkit::FakeSecretStore;
    /// let store = FakeSecretStore::new();
    /// assert_eq!(store.put_parameter("/team/app/port", "8080"), 1);
    /// assert_eq!(store.put_parameter("/team/app/port", "8081"), 2);
    /// store.label_parameter("/team/app/port", 1, &["stable"]);
    /// assert_eq!(
    ///     store.parameter_arn("/team/app/port"),
    ///     "arn:aws:ssm:us-east-1:123456789012:parameter/team/app/port"
    /// );
    /// ```
    #[track_caller]
    pub fn put_parameter(&self, name: &str, value: impl Into<String>) -> u32 {
        self.put_parameter_of(name, value.into(), ParameterType::String, None)
    }

    /// As [`put_parameter`](Self::put_parameter), of the type `StringList`: the values, joined by commas.
    #[track_caller]
    pub fn put_list_parameter(&self, name: &str, values: &[&str]) -> u32 {
        self.put_parameter_of(name, values.join(","), ParameterType::StringList, None)
    }

    /// As [`put_parameter`](Self::put_parameter), of the type `SecureString`, under the service's own key.
    #[track_caller]
    pub fn put_secure_parameter(&self, name: &str, value: impl Into<String>) -> u32 {
        self.put_parameter_of(name, value.into(), ParameterType::SecureString, None)
    }

    /// As [`put_secure_parameter`](Self::put_secure_parameter), under a key of one's own: its id, alias or ARN.
    #[track_caller]
    pub fn put_secure_parameter_with_key(&self, name: &str, value: impl Into<String>, key_id: &str) -> u32 {
        self.put_parameter_of(name, value.into(), ParameterType::SecureString, Some(key_id))
    }

    /// Moves labels to a version of a parameter, from wherever they were.
    #[track_caller]
    pub fn label_parameter(&self, name: &str, version: u32, labels: &[&str]) {
        let output = self.do_to(LabelParameterVersion::of(name, version, labels), "label", name);
        let invalid = output.invalid_labels;
        assert!(invalid.is_empty(), "cannot label the parameter {name:?} in the fake: {invalid:?} cannot be labels");
    }

    /// Deletes a parameter, with all its versions.
    #[track_caller]
    pub fn delete_parameter(&self, name: &str) {
        self.do_to(DeleteParameter::of(name), "delete", name);
    }

    /// The ARN that a parameter of this name has in the default region, be it there or not.
    pub fn parameter_arn(&self, name: &str) -> String {
        parameter_arn(self.region(), name)
    }

    #[track_caller]
    fn put_parameter_of(&self, name: &str, value: String, kind: ParameterType, key_id: Option<&str>) -> u32 {
        self.do_to(PutParameter::of(name, value, kind, key_id), "put", name).version
    }

    #[track_caller]
    fn do_to<A: Action>(&self, action: A, what: &str, name: &str) -> A::Output {
        let done: Result<A::Output, Refusal> = operations::prepare(self.shared(), self.region(), action);
        match done {
            Ok(output) => output,
            Err(Refusal::Parameter(refusal)) if refusal.to_string().is_empty() => {
                panic!("cannot {what} the parameter {name:?} in the fake: it is not there")
            }
            Err(refusal) => panic!("cannot {what} the parameter {name:?} in the fake: {refusal}"),
        }
    }
}
