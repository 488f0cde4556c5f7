//! What must hold for a file of logins, whatever the values are.

use secretfetch::{Entries, ErrorKind, Flattening, Format, Nulls, SecretValue, Selection};

use crate::json;
use crate::programs::{mycnf, netrc, pgpass};
use crate::tree::Tree;

/// A host, a database, a name and a password.
pub type Login = [String; 4];

const KEYS: [&str; 4] = ["host", "dbname", "username", "password"];

/// The text of a file, or the keys that are refused.
fn write(format: &str, login: &Login) -> Result<String, Vec<String>> {
    let members: Vec<_> =
        KEYS.iter().zip(login).map(|(key, value)| ((*key).to_owned(), Tree::Text(value.clone()))).collect();
    let secret = SecretValue::from_text(json::object(&members));
    let entries = Entries::from_secret(&secret, &Selection::default(), &Flattening::Off).unwrap();
    Format::parse(format, None).unwrap().render(&entries, Nulls::Refuse).map_or_else(
        |error| {
            assert_eq!(error.kind(), ErrorKind::Unrepresentable, "{login:?}: {error}");
            Err(error.failures().iter().filter_map(|failure| failure.key().map(str::to_owned)).collect())
        },
        |written| Ok(String::from_utf8(written.expose_file().unwrap().to_vec()).unwrap()),
    )
}

/// The keys of a login whose values are refused.
fn refused(login: &Login, refuse: impl Fn(&str, &str) -> bool) -> Vec<String> {
    KEYS.iter().zip(login).filter(|(key, value)| refuse(key, value)).map(|(key, _)| (*key).to_owned()).collect()
}

/// `pgpass`: libpq takes the password for that connection and for no other one; or the value is one that no line holds.
pub fn pgpass(login: &Login) {
    let unfit = |key: &str, value: &str| {
        value.is_empty()
            || value.contains(['\n', '\0'])
            || key == "password" && value.ends_with('\r')
            || key == "host" && value.contains(',')
    };
    let [host, database, user, password] = login;
    match write("pgpass", login) {
        Ok(file) => {
            let other = format!("{file}*:*:*:*:other\n");
            for (connection, wanted) in [
                ([host, "5432", database, user], password.as_str()),
                ([&format!("{host}x"), "5432", database, user], "other"),
                ([host, "5433", database, user], "other"),
                ([host, "5432", &format!("{database}x"), user], "other"),
                ([host, "5432", database, &format!("x{user}")], "other"),
            ] {
                let found = pgpass::password(&other, connection);
                assert_eq!(found.as_deref(), Some(wanted), "{login:?} is written as {file:?}");
            }
        }
        Err(mut keys) => {
            let mut wanted = refused(login, unfit);
            keys.sort();
            wanted.sort();
            assert_eq!(keys, wanted, "{login:?}");
        }
    }
}

/// `mycnf`: the clients take the values as they are; or the value has no place in a line.
pub fn mycnf(login: &Login) {
    let unfit = |_: &str, value: &str| {
        let escaped = value.chars().map(|c| c.len_utf8() + usize::from("\"\\\n\r\t\u{8}".contains(c))).sum::<usize>();
        value.contains('\0') || escaped > 4083
    };
    let [host, database, user, password] = login;
    match write("mycnf", login) {
        Ok(file) => {
            let wanted = [
                ("client.user", user),
                ("client.password", password),
                ("client.host", host),
                ("mysql.database", database),
            ];
            let found = mycnf::options(&file).unwrap_or_else(|error| panic!("{login:?} is {file:?}: {error}"));
            let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value)).collect();
            assert_eq!(found, wanted, "{file:?}");
        }
        Err(mut keys) => {
            let mut wanted = refused(login, unfit);
            keys.sort();
            wanted.sort();
            assert_eq!(keys, wanted, "{login:?}");
        }
    }
}

/// `netrc`: curl and Python take the same of it; or one of them could not.
pub fn netrc(login: &Login) {
    let [host, _, user, password] = login;
    match write("netrc", login) {
        Ok(file) => {
            let wanted = [[host.clone(), user.clone(), password.clone()]];
            for read in [netrc::curl, netrc::python] {
                let found = read(&file).unwrap_or_else(|error| panic!("{login:?} is {file:?}: {error}"));
                assert_eq!(found, wanted, "{file:?}");
            }
        }
        Err(keys) => {
            for (key, value) in KEYS.iter().zip(login).filter(|(key, _)| keys.iter().any(|refused| refused == *key)) {
                let is_long = value.len() > 2000;
                let reason = value.contains(['\n', '\r', '\0']) || is_long || *key == "host" && value.is_empty();
                assert!(reason, "{key} of {login:?}");
            }
            assert!(!keys.is_empty(), "{login:?}");
        }
    }
}
