use proptest::prelude::*;
use secretfetch_readers::check::logins;

use crate::generate::{config, value};

/// Each of the values odd in its turn, or all.
fn login() -> impl Strategy<Value = logins::Login> {
    let plain = ["db.example.com", "orders", "app", "hunter2"].map(str::to_owned);
    prop_oneof![
        4 => (0..4_usize, value()).prop_map(move |(place, value)| {
            let mut login = plain.clone();
            login[place] = value;
            login
        }),
        1 => [value(), value(), value(), value()],
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn libpq_takes_the_password_for_its_connection_alone(login in login()) {
        logins::pgpass(&login);
    }

    #[test]
    fn mysql_takes_every_option_as_it_was(login in login()) {
        logins::mycnf(&login);
    }

    #[test]
    fn curl_and_python_take_the_same_login(login in login()) {
        logins::netrc(&login);
    }
}

/// Each character once: escapes are chosen by character.
#[test]
fn every_character_is_read_back_or_refused() {
    for character in ('\0'..='\u{3000}').chain(['\u{feff}', '\u{ffff}', '😀']) {
        let login = ["h", "d", "u", &format!("{character}a{character}")].map(str::to_owned);
        logins::pgpass(&login);
        logins::mycnf(&login);
        logins::netrc(&login);
    }
}
