//! `pgpass`: libpq's password file, `host:port:database:user:password` on each line, of which the first that fits counts.
//!
//! libpq before 14 reads 319 bytes of a line; those of PostgreSQL's own documentation are shorter.

use super::field::{Field, Login, refuse_port};
use super::logins::Logins;
use crate::format::quote::pgpass::{field, refuse, refuse_inside};

pub(super) const FORMAT: Logins = Logins {
    name: "pgpass",
    fields: &[
        Field::optional(&["host"], refuse_host),
        Field::optional(&["port"], refuse_port),
        Field::optional(&["dbname"], refuse_inside),
        Field::required(&["username"], refuse_inside),
        Field::required(&["password"], refuse),
    ],
    holds_several: true,
    must_be_private: true,
    hides,
    write,
};

/// What stands between the colons where a login is the same whatever there is.
const ANY: &str = "*";

fn refuse_host(host: &str) -> Option<&'static str> {
    let several = host.contains(',').then_some("the value has a comma, and libpq takes it for several hosts");
    refuse_inside(host).or(several)
}

/// What a connection is matched with. Secrets without a port mean PostgreSQL's own; those without a host, such as RDS's
/// managed ones, say nothing of the server.
fn pattern<'a>(login: &'a Login<'_>) -> [Option<&'a str>; 4] {
    let host = login.text("host");
    let port = login.text("port").or(host.map(|_| "5432"));
    [host, port, login.text("dbname"), login.text("username")]
}

fn hides(first: &Login<'_>, second: &Login<'_>) -> Option<&'static str> {
    let hidden = pattern(first).iter().zip(pattern(second)).all(|(first, second)| first.is_none() || *first == second);
    hidden.then_some("libpq would never come to this login, since the line of another one fits all that it fits")
}

fn write(logins: &[Login<'_>], out: &mut dyn FnMut(&str)) {
    for login in logins {
        for part in pattern(login) {
            match part {
                Some(part) => field(part, out),
                None => out(ANY),
            }
            out(":");
        }
        field(login.required("password"), out);
        out("\n");
    }
}
