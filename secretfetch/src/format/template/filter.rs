//! The filters as data: each is the escape of one place, what it cannot hold, and which values keep their type.
//! docs/templates.md has the table for users.

use crate::format::quote::{base64, mycnf, nginx, pgpass, shell, sql, toml, url, xml};
use crate::format::{properties, yaml};
use crate::json::{self, Value};

/// The escape of one place.
pub(super) struct Filter {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
}

/// Why a place would not give a value back.
type Refuse<V> = fn(&V) -> Option<&'static str>;

/// Gives a value's token, piece by piece.
type Write<V, P> = fn(&V, &mut dyn FnMut(&P));

/// Which values a filter takes, and how it writes them.
pub(super) enum Takes {
    /// Any bytes.
    Bytes { write: Write<[u8], [u8]> },
    /// A text; numbers and booleans are the text that they have in JSON.
    Text { refuse: Refuse<str>, write: Write<str, str> },
    /// A text, and numbers and booleans as they stand.
    Scalar { write: Write<str, str>, refuse_number: Refuse<str> },
    /// Any value of JSON.
    Tree { refuse: Refuse<Value>, write: Write<Value, str> },
}

const fn text(name: &'static str, refuse: Refuse<str>, write: Write<str, str>) -> Filter {
    Filter { name, takes: Takes::Text { refuse, write } }
}

/// Every filter, in the order of the documentation.
pub(super) static FILTERS: &[Filter] = &[
    Filter { name: "raw", takes: Takes::Bytes { write: |bytes, out| out(bytes) } },
    Filter {
        name: "base64",
        takes: Takes::Bytes { write: |bytes, out| base64::write(bytes, &mut |text| out(text.as_bytes())) },
    },
    text("shell", shell::refuse, shell::write),
    Filter { name: "json", takes: Takes::Tree { refuse: |_| None, write: json::write } },
    Filter { name: "yaml", takes: Takes::Tree { refuse: yaml::unfit, write: yaml::write_flow } },
    Filter { name: "toml", takes: Takes::Scalar { write: toml::string, refuse_number: toml::refuse_number } },
    text("xml", xml::refuse, xml::write),
    text("properties", |_| None, properties::write_value),
    text("url", url::refuse, url::write),
    text("sql", sql::refuse, sql::write),
    text("pgpass", pgpass::refuse, pgpass::field),
    text("mycnf", refuse_mycnf, mycnf::value),
    text("nginx", nginx::refuse, nginx::write),
];

/// The longest value of an option file, escaped: a line has room for 4,094 bytes, and the name in front is the author's.
const LONGEST_MYCNF: usize = 4_000;

fn refuse_mycnf(text: &str) -> Option<&'static str> {
    let mut length = 0;
    mycnf::value(text, &mut |part| length += part.len());
    let reason =
        "the value is longer than a line of an option file can be (4,000 bytes, escaped, and the option's name)";
    mycnf::refuse(text).or((length > LONGEST_MYCNF).then_some(reason))
}

/// The filter of this name.
pub(super) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

/// The filters' names, for a message.
pub(super) fn names() -> String {
    FILTERS.iter().map(|filter| format!("`{}`", filter.name)).collect::<Vec<_>>().join(", ")
}
