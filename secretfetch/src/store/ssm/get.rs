//! `GetParameters`: ten parameters in one request
//! ([API](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)).

use super::answer::{Found, Refused};
use super::api;
use super::diagnosis::{self, Asked};
use super::pace::Pace;
use crate::bounds::ANSWER;
use crate::error::{Error, Result};
use crate::json::{self, Value};
use crate::secret::{Region, Secret, SecretRequest};
use crate::store::identity::Refusal;
use crate::store::signed::SignedClient;

/// The most names in one request.
pub(super) const LARGEST: usize = 10;

/// What became of the requests of one call, by their place.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) results: Vec<(usize, Result<Secret>)>,
    /// To be asked each by itself: one of them has spoiled the answer for all.
    pub(super) again: Vec<usize>,
}

/// Sorts the places of requests into calls: at most [`LARGEST`] in each, and no parameter twice in one.
pub(super) fn calls(requests: &[SecretRequest], places: &[usize]) -> Vec<Vec<usize>> {
    let mut calls: Vec<Vec<usize>> = Vec::new();
    // Nearly always the last one has room: looked through from the end, of which only few can refuse.
    for &place in places {
        let id = requests[place].secret_id();
        let fits = |call: &&mut Vec<usize>| {
            call.len() < LARGEST && call.iter().all(|&other| requests[other].secret_id() != id)
        };
        match calls.iter_mut().rev().take(LARGEST).find(fits) {
            Some(call) => call.push(place),
            None => calls.push(vec![place]),
        }
    }
    calls
}

/// One call, for the requests at these places.
pub(super) async fn fetch(
    client: &SignedClient,
    pace: &Pace,
    region: &Region,
    requests: &[SecretRequest],
    places: Vec<usize>,
) -> Outcome {
    pace.turn().await;
    let names = places.iter().map(|&place| Value::String(name(&requests[place]).into())).collect();
    let input = Value::Object(vec![
        ("Names".to_owned(), Value::Array(names)),
        ("WithDecryption".to_owned(), Value::Bool(true)),
    ]);
    let mut body = String::with_capacity(json::compact_len(&input));
    json::compact(&input, &mut body);
    let asked = |place: usize| Asked {
        id: Some(requests[place].secret_id()),
        action: "ssm:GetParameters",
        region,
        endpoint: client.session().endpoint(),
    };
    let all = |failure: &dyn Fn(Asked<'_>) -> Error| Outcome {
        results: places.iter().map(|&place| (place, Err(failure(asked(place))))).collect(),
        again: Vec::new(),
    };
    let response = match client.send(region, api::call("GetParameters", body), ANSWER).await {
        Ok(response) => response,
        Err(unanswered) => return all(&|asked| diagnosis::unanswered(&unanswered, asked)),
    };
    if response.status != 200 {
        let refused = Refused::read(&response.body);
        let refusal = diagnosis::refusal(&refused, &response);
        if refusal == Refusal::Throttled && pace.slow_down() {
            tracing::debug!(target: "secretfetch::aws", %region, "Parameter Store is throttled: asking more slowly");
        }
        let may_be_one = matches!(
            refusal,
            Refusal::Denied
                | Refusal::Decryption
                | Refusal::NotFound
                | Refusal::InvalidParameter
                | Refusal::InvalidRequest
        );
        if may_be_one && places.len() > 1 {
            return Outcome { results: Vec::new(), again: places };
        }
        return all(&|asked| diagnosis::refused(&refused, &response, asked));
    }
    let Some(mut found) = Found::read(&response.body) else {
        return all(&|asked| diagnosis::not_parameters("the answer is not one of Parameter Store", asked));
    };
    let mut outcome = Outcome::default();
    for &place in &places {
        let request = &requests[place];
        let known = found.parameters.iter().position(|parameter| parameter.is_of(request));
        let result = match known {
            Some(known) => Ok(found.parameters.swap_remove(known).into_secret(region, Some(request))),
            None if found.invalid.contains(&name(request)) => Err(diagnosis::missing(request, asked(place))),
            None => {
                Err(diagnosis::not_parameters("the answer has neither the parameter nor its absence", asked(place)))
            }
        };
        outcome.results.push((place, result));
    }
    outcome
}

/// The name with the version that is asked for.
fn name(request: &SecretRequest) -> String {
    let id = request.secret_id();
    match (request.version_id(), request.version_stage()) {
        (Some(version), _) => format!("{id}:{version}"),
        (None, Some(stage)) if !stage.is_current() => format!("{id}:{stage}"),
        _ => id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_ten_names_and_none_twice() {
        let request = |name: &str, version: &str| {
            SecretRequest::new(name.parse().unwrap()).with_version_id(version.parse().unwrap())
        };
        let mut requests: Vec<SecretRequest> = (0..25).map(|n| request(&format!("/p{n}"), "1")).collect();
        requests.extend([request("/p24", "2"), request("/p24", "3")]);
        let places: Vec<usize> = (0..requests.len()).collect();
        let calls = calls(&requests, &places);
        let mut all: Vec<usize> = calls.concat();
        all.sort_unstable();
        assert_eq!(all, places);
        assert!(calls.iter().all(|call| call.len() <= LARGEST), "{calls:?}");
        let names =
            |call: &Vec<usize>| call.iter().map(|&place| requests[place].secret_id().as_str()).collect::<Vec<_>>();
        for call in &calls {
            let mut unique = names(call);
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), call.len());
        }
        assert_eq!(calls.len(), 5, "two full ones, one with five, and two that have a name again: {calls:?}");
    }
}
