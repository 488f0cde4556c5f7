//! The operations of Parameter Store. A request goes through them as through those of
//! [Secrets Manager](crate::operations).
//!
//! Source: the API reference of AWS Systems Manager.

mod answer;
mod authorization;
mod delete_parameter;
mod get_parameter;
mod get_parameter_history;
mod get_parameters;
mod get_parameters_by_path;
mod label_parameter_version;
mod names;
mod put_parameter;

pub(crate) use delete_parameter::{DeleteParameter, DeleteParameters};
pub(crate) use get_parameter::GetParameter;
pub(crate) use get_parameter_history::GetParameterHistory;
pub(crate) use get_parameters::GetParameters;
pub(crate) use get_parameters_by_path::GetParametersByPath;
pub(crate) use label_parameter_version::LabelParameterVersion;
pub(crate) use put_parameter::PutParameter;
