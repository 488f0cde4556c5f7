//! What a format of logins is made of, and how it is written.

use std::fmt;

use zeroize::Zeroizing;

use super::field::{Field, Login};
use crate::entries::{Entries, Nulls};
use crate::error::{Error, ErrorKind, Result};
use crate::format::write::exact_bytes;

/// How a file is written of its logins, piece by piece.
type Write = fn(&[Login<'_>], &mut dyn FnMut(&str));

/// A program's file of logins.
pub(in crate::format) struct Logins {
    pub(in crate::format) name: &'static str,
    pub(super) fields: &'static [Field],
    /// Whether the file has a place for more than one.
    pub(in crate::format) holds_several: bool,
    /// Whether the program passes over a file that its group or others may open.
    pub(in crate::format) must_be_private: bool,
    /// Why the program would never come to the second of two logins.
    pub(super) hides: fn(&Login<'_>, &Login<'_>) -> Option<&'static str>,
    pub(super) write: Write,
}

impl Logins {
    /// The names of the keys that it takes.
    pub(in crate::format) fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().flat_map(|field| field.keys).copied()
    }

    /// Writes a login of each part.
    pub(in crate::format) fn render(&self, parts: &[Entries], nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
        let (mut logins, mut errors) = (Vec::with_capacity(parts.len()), Vec::new());
        for part in parts {
            match Login::take(self.fields, part, nulls) {
                Ok(login) => logins.push(login),
                Err(error) => errors.push(error),
            }
        }
        if let Some(error) = Error::join(errors) {
            return Err(error);
        }
        let hidden = logins.iter().enumerate().filter_map(|(at, login)| {
            let reason = logins[..at].iter().find_map(|before| (self.hides)(before, login))?;
            let hint = "change the order of the sources, or write one of them to a file of its own";
            Some(Error::from(login.failure(ErrorKind::Unrepresentable, reason).with_hint(hint)))
        });
        match Error::join(hidden) {
            Some(error) => Err(error),
            None => exact_bytes(|out| (self.write)(&logins, out)),
        }
    }
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::FORMATS;
    use super::*;
    use crate::{Flattening, SecretValue, Selection};

    fn render(format: &str, secrets: &[&str]) -> Result<String> {
        let format = FORMATS.iter().find(|row| row.name == format).unwrap();
        let entries = |secret: &&str| {
            let secret = SecretValue::from_text((*secret).to_owned());
            Entries::from_secret(&secret, &Selection::default(), &Flattening::Off)
        };
        let parts: Vec<Entries> = secrets.iter().map(entries).collect::<Result<_>>()?;
        Ok(String::from_utf8(format.render(&parts, Nulls::Refuse)?.to_vec()).unwrap())
    }

    fn refused(format: &str, secrets: &[&str]) -> (ErrorKind, Vec<String>) {
        let error = render(format, secrets).unwrap_err();
        (error.kind(), error.failures().iter().filter_map(|failure| failure.key().map(str::to_owned)).collect())
    }

    const RDS: &str = r##"{"engine":"postgres","host":"db.example.com","username":"app","password":"a:b\\\"# ","dbname":"orders",
        "port":6432,"dbInstanceIdentifier":"db","masterarn":"arn:aws:secretsmanager:eu-west-1:1:secret:m"}"##;
    const MANAGED: &str = r#"{"username":"admin","password":"x"}"#;

    #[test]
    fn an_rds_secret_is_a_login_of_each_program() {
        for (format, written) in [
            ("pgpass", "db.example.com:6432:orders:app:a\\:b\\\\\"# \n"),
            (
                "mycnf",
                "[client]\nuser=\"app\"\npassword=\"a:b\\\\\\\"# \"\nhost=\"db.example.com\"\nport=\"6432\"\n\n[mysql]\ndatabase=\"orders\"\n",
            ),
            ("netrc", "machine db.example.com\nlogin app\npassword \"a:b\\\\\\\"# \"\n"),
            (
                "dockerconfigjson",
                "{\"auths\":{\"db.example.com\":{\"username\":\"app\",\"password\":\"a:b\\\\\\\"# \",\"auth\":\"YXBwOmE6YlwiIyA=\"}}}\n",
            ),
        ] {
            assert_eq!(render(format, &[RDS]).unwrap(), written);
        }
    }

    #[test]
    fn what_a_secret_does_not_say_is_left_open_or_has_its_usual_value() {
        for (format, written) in [
            ("pgpass", "*:*:*:admin:x\n"),
            ("mycnf", "[client]\nuser=\"admin\"\npassword=\"x\"\n"),
            (
                "dockerconfigjson",
                "{\"auths\":{\"https://index.docker.io/v1/\":{\"username\":\"admin\",\"password\":\"x\",\"auth\":\"YWRtaW46eA==\"}}}\n",
            ),
        ] {
            assert_eq!(render(format, &[MANAGED]).unwrap(), written);
        }
        assert_eq!(render("pgpass", &[r#"{"host":"h","username":"u","password":"p"}"#]).unwrap(), "h:5432:*:u:p\n");
        assert_eq!(refused("netrc", &[MANAGED]), (ErrorKind::KeyNotFound, vec!["host".to_owned()]));
    }

    #[test]
    fn every_missing_key_is_named_with_the_nearest() {
        let error = render("pgpass", &[r#"{"user_name":"u","pass":"p"}"#]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeyNotFound);
        let shown = error.to_string();
        assert!(shown.contains("`user_name`") && shown.contains("`pass`"), "{shown}");
    }

    #[test]
    fn a_value_that_a_program_reads_differently_names_its_key() {
        let with = |key: &str, value: &str| {
            let mut members = vec![("host", r#""h""#), ("username", r#""u""#), ("password", r#""p""#)];
            members.retain(|(name, _)| *name != key && (*name, key) != ("host", "registry"));
            members.push((key, value));
            let members: Vec<_> = members.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
            format!("{{{}}}", members.join(","))
        };
        for (format, key, value) in [
            ("pgpass", "password", r#""a\nb""#),
            ("pgpass", "password", r#""""#),
            ("pgpass", "host", r#""a,b""#),
            ("pgpass", "port", "70000"),
            ("pgpass", "port", "5432.0"),
            ("pgpass", "dbname", "null"),
            ("pgpass", "dbname", r#"["a"]"#),
            ("mycnf", "password", r#""a\u0000b""#),
            ("mycnf", "port", r#""""#),
            ("netrc", "password", r#""a\rb""#),
            ("netrc", "host", r#""""#),
            ("netrc", "machine", r#""m""#),
            ("dockerconfigjson", "username", r#""a:b""#),
            ("dockerconfigjson", "registry", r#""a b""#),
            ("dockerconfigjson", "password", r#""a\u0000""#),
        ] {
            let (kind, keys) = refused(format, &[&with(key, value)]);
            assert_eq!(kind, ErrorKind::Unrepresentable, "{format} {key}");
            // Of two keys for one thing it is the first.
            assert_eq!(keys, [if key == "machine" { "host" } else { key }], "{format} {key}");
        }
    }

    #[test]
    fn each_source_is_a_login_unless_another_one_hides_it() {
        let login = |host: &str, user: &str| format!(r#"{{"host":"{host}","username":"{user}","password":"p"}}"#);
        let (first, second, shouted) = (login("a", "u"), login("b", "u"), login("A", "v"));
        assert_eq!(render("pgpass", &[&first, &second]).unwrap(), "a:5432:*:u:p\nb:5432:*:u:p\n");
        assert_eq!(
            render("netrc", &[&first, &second]).unwrap(),
            "machine a\nlogin u\npassword p\n\nmachine b\nlogin u\npassword p\n"
        );
        for (format, secrets) in [
            ("pgpass", [&*first, &first]),
            ("pgpass", [MANAGED, r#"{"host":"h","username":"admin","password":"y"}"#]),
            ("netrc", [&first, &shouted]),
            ("dockerconfigjson", [MANAGED, MANAGED]),
        ] {
            assert_eq!(refused(format, &secrets).0, ErrorKind::Unrepresentable, "{format}");
        }
        assert!(render("pgpass", &[&second, MANAGED]).is_ok(), "a line that fits more stands behind");
    }
}
