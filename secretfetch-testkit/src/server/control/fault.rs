//! Faults as JSON.

use std::time::Duration;

use secretfetch::Region;
use serde::Deserialize;

use crate::fake::fault::Fault;
use crate::fake::log::Operation;

/// The faults of a request's body: one, or a list of them.
pub(super) struct FaultSpecs(pub(super) Vec<Fault>);

impl<'de> Deserialize<'de> for FaultSpecs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = FaultSpecs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a fault or a list of faults")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<FaultSpecs, A::Error> {
                let FaultSpec(fault) = FaultSpec::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(FaultSpecs(vec![fault]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<FaultSpecs, A::Error> {
                let mut faults = Vec::new();
                while let Some(FaultSpec(fault)) = list.next_element()? {
                    faults.push(fault);
                }
                Ok(FaultSpecs(faults))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "Written")]
struct FaultSpec(Fault);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Written {
    fault: Kind,
    secret_id: Option<String>,
    operation: Option<String>,
    region: Option<String>,
    after: Option<u32>,
    times: Option<u32>,
    above_per_second: Option<u32>,
    probability: Option<f64>,
    seed: Option<u64>,
    /// Of latency and of a trickle.
    milliseconds: Option<u64>,
    /// Of a large body.
    bytes: Option<u64>,
    /// Of a status and of a page.
    status: Option<u16>,
    /// Of a redirect.
    location: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Throttled,
    AccessDenied,
    KmsAccessDenied,
    ExpiredToken,
    InvalidToken,
    NoCredentials,
    InternalError,
    Unavailable,
    Latency,
    Hang,
    Reset,
    TruncatedBody,
    ResetBody,
    MalformedBody,
    Trickle,
    LargeBody,
    Redirect,
    HtmlPage,
    Status,
    Rotation,
}

impl TryFrom<Written> for FaultSpec {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let mut fault = written.kind()?;
        if let Some(id) = written.secret_id {
            fault = fault.on(id);
        }
        if let Some(name) = written.operation {
            let operation = Operation::from_name(&name).or_else(|| Operation::of_s3(&name));
            fault = fault.on_operation(operation.ok_or_else(|| format!("the fake has no operation {name:?}"))?);
        }
        if let Some(region) = written.region {
            region.parse::<Region>().map_err(|error| error.to_string())?;
            fault = fault.in_region(&region);
        }
        if let Some(requests) = written.after {
            fault = fault.after(requests);
        }
        if let Some(per_second) = written.above_per_second {
            fault = fault.above(per_second);
        }
        match written.probability {
            Some(probability) if (0.0..=1.0).contains(&probability) => {
                fault = fault.with_probability(probability, written.seed.unwrap_or_default());
            }
            Some(probability) => return Err(format!("{probability} is not a probability: it is from 0 to 1")),
            None => {}
        }
        Ok(FaultSpec(match written.times {
            Some(times) => fault.times(times),
            None => fault,
        }))
    }
}

impl Written {
    fn kind(&self) -> Result<Fault, String> {
        let duration = || {
            let milliseconds = self.milliseconds.ok_or("this fault needs `milliseconds`")?;
            Ok::<_, String>(Duration::from_millis(milliseconds))
        };
        let status = || match self.status {
            Some(status) if (200..600).contains(&status) => Ok(status),
            _ => Err("this fault needs a `status` from 200 to 599".to_owned()),
        };
        Ok(match self.fault {
            Kind::Throttled => Fault::throttled(),
            Kind::AccessDenied => Fault::access_denied(),
            Kind::KmsAccessDenied => Fault::kms_access_denied(),
            Kind::ExpiredToken => Fault::expired_token(),
            Kind::InvalidToken => Fault::invalid_token(),
            Kind::NoCredentials => Fault::no_credentials(),
            Kind::InternalError => Fault::internal_error(),
            Kind::Unavailable => Fault::unavailable(),
            Kind::Latency => Fault::latency(duration()?),
            Kind::Hang => Fault::hang(),
            Kind::Reset => Fault::reset(),
            Kind::TruncatedBody => Fault::truncated_body(),
            Kind::ResetBody => Fault::reset_body(),
            Kind::MalformedBody => Fault::malformed_body(),
            Kind::Trickle => Fault::trickle(duration()?),
            Kind::LargeBody => Fault::large_body(self.bytes.ok_or("this fault needs `bytes`")?),
            Kind::Redirect => match &self.location {
                Some(location) if location.bytes().all(|byte| byte.is_ascii_graphic()) => Fault::redirect(location),
                _ => return Err("this fault needs a `location`, a URL".to_owned()),
            },
            Kind::HtmlPage => Fault::html_page(status()?),
            Kind::Status => Fault::status(status()?),
            Kind::Rotation => Fault::rotation(self.secret_id.clone().ok_or("this fault needs a `secretId`")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_in_a_fault_is_told_with_its_place() {
        for (text, said) in [
            (r#"{"fault": "trottled"}"#, "unknown variant `trottled`"),
            (r#"{"fault": "throttled", "time": 2}"#, "unknown field `time`"),
            (r#"{"fault": "latency"}"#, "needs `milliseconds`"),
            (r#"{"fault": "status", "status": 700}"#, "from 200 to 599"),
            (r#"{"fault": "rotation"}"#, "needs a `secretId`"),
            (r#"{"fault": "hang", "operation": "GetSecret"}"#, "no operation \"GetSecret\""),
            (r#"{"fault": "hang", "region": "no region"}"#, "region"),
            (r#"{"fault": "hang", "probability": 2}"#, "not a probability"),
            ("[{\"fault\": \"hang\"},\n{\"fault\": \"hung\"}]", "line 2"),
        ] {
            let error = serde_json::from_str::<FaultSpecs>(text).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains("line"), "{text}: {error}");
        }
        let FaultSpecs(faults) =
            serde_json::from_str(r#"[{"fault": "hang"}, {"fault": "reset", "times": 2}]"#).unwrap();
        assert_eq!(faults.len(), 2);
    }
}
