//! `mycnf`: an option file of MySQL's and MariaDB's clients.
//!
//! The database stands in a group of its own: `mysqldump` and its like read `[client]` too, and fail on an option that they
//! do not know.

use super::field::{Field, Login, refuse_port};
use super::logins::Logins;
use crate::format::quote::mycnf::{refuse, value};

pub(super) const FORMAT: Logins = Logins {
    name: "mycnf",
    fields: &[
        Field::optional(&["host"], refuse),
        Field::optional(&["port"], refuse_port),
        Field::required(&["username"], refuse),
        Field::required(&["password"], refuse),
        Field::optional(&["dbname"], refuse),
    ],
    holds_several: false,
    must_be_private: false,
    hides: |_, _| None,
    write,
};

fn write(logins: &[Login<'_>], out: &mut dyn FnMut(&str)) {
    let mut option = |name: &str, text: Option<&str>| {
        let Some(text) = text else { return };
        out(name);
        value(text, out);
        out("\n");
    };
    for login in logins {
        option("[client]\nuser=", login.text("username"));
        option("password=", login.text("password"));
        option("host=", login.text("host"));
        option("port=", login.text("port"));
        option("\n[mysql]\ndatabase=", login.text("dbname"));
    }
}
