//! Ten parameters in one request, and ten requests at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secretfetch::{Call, SecretStore as _, StoreEvent};
use secretfetch_testkit::{Fault, assert_requests};

use crate::apart::apart;
use crate::scene::{open_at, request, serving, told, values};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("/app/{n:04}")).collect()
}

#[test]
fn ten_parameters_are_one_request_of_any_type() {
    apart(async |_| {
        let (fake, server) = serving();
        let names = names(10);
        for (n, name) in names.iter().enumerate() {
            match n % 3 {
                0 => fake.put_parameter(name, format!("<{n}>")),
                1 => fake.put_secure_parameter(name, format!("<{n}>")),
                _ => fake.put_list_parameter(name, &[&format!("<{n}>"), "b"]),
            };
        }
        let got = values(&open_at(server.url()), names.iter().map(String::as_str)).await;
        let expected: Vec<_> =
            (0..10).map(|n| if n % 3 == 2 { format!("<{n}>,b") } else { format!("<{n}>") }).collect();
        assert_eq!(got, expected);
        assert_requests(&fake).exactly(1);
        assert_eq!(server.requests()[0].secret_ids, names);
    });
}

#[test]
fn a_thousand_parameters_are_a_hundred_requests_and_no_more_than_ten_at_once() {
    apart(async |_| {
        let (fake, server) = serving();
        let names = names(1000);
        for name in &names {
            fake.put_parameter(name, name);
        }
        fake.inject(Fault::latency(Duration::from_millis(5)));
        let told = Arc::new(AtomicUsize::new(0));
        let counted = told.clone();
        let call = Call::current().with_observer(move |event| {
            if let StoreEvent::Answered { secrets } = event {
                counted.fetch_add(*secrets, Ordering::SeqCst);
            }
        });
        let store = open_at(server.url());
        assert_eq!(call.run(values(&store, names.iter().map(String::as_str))).await, names);
        assert_requests(&fake).exactly(100);
        assert_eq!(fake.most_in_flight(), 10);
        assert_eq!(told.load(Ordering::SeqCst), 1000);
        assert!(server.connections() <= 10, "{} connections", server.connections());
    });
}

#[test]
fn each_missing_parameter_is_named_and_the_others_come() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        fake.put_parameter("/b", "B");
        let requests = ["/a", "/no", "/b", "/nor", "/a"].map(request);
        let results = open_at(server.url()).fetch_many(&requests).await;
        for (request, result) in requests.iter().zip(&results) {
            let id = request.secret_id().as_str();
            match result {
                Ok(secret) => assert_eq!(secret.value.expose_text(), Some(id.to_uppercase().trim_start_matches('/'))),
                Err(error) => {
                    let words = [id, "does not exist", "eu-west-1", "leading slash"];
                    assert_eq!(told(error, &words), ("secretNotFound", false));
                    assert_eq!(error.secret_id(), Some(request.secret_id()));
                }
            }
        }
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, false, true]);
        // The same parameter twice takes another request: a call has each name once.
        assert_requests(&fake).exactly(2);
    });
}

#[test]
fn an_empty_list_of_requests_asks_nothing() {
    apart(async |_| {
        let (fake, server) = serving();
        assert!(open_at(server.url()).fetch_many(&[]).await.is_empty());
        assert_requests(&fake).none();
    });
}

#[test]
fn every_character_of_a_value_comes_as_it_was_put() {
    apart(async |_| {
        let (fake, server) = serving();
        let texts = [
            " leading, trailing \t\r\n",
            "\u{0}\u{1}\u{8}\u{c}\u{1b}\u{7f}\u{2028}\u{feff}",
            "\"quotes\" \\ / ' ` $(x) ${x} {{ssm:x}}",
            r"\u0041 \n \ud83d",
            "é e\u{301} 世 \u{1f511} \u{10ffff}",
            r#"{"a": 1.0, "a": null}"#,
        ];
        for (n, text) in texts.iter().enumerate() {
            fake.put_secure_parameter(&format!("/text/{n}"), *text);
        }
        let names: Vec<_> = (0..texts.len()).map(|n| format!("/text/{n}")).collect();
        assert_eq!(values(&open_at(server.url()), names.iter().map(String::as_str)).await, texts);
    });
}
