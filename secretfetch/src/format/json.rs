//! `json`: the entries as one compact object; number tokens, `null` and nesting as they were.

use zeroize::Zeroizing;

use super::write::exact_bytes;
use crate::entries::Entries;
use crate::error::Result;
use crate::json::{self, Value};

pub(super) fn render(entries: &Entries) -> Result<Zeroizing<Vec<u8>>> {
    let member = |name: &str, value: &Value, out: &mut dyn FnMut(&str)| {
        json::write_string(name, &mut *out);
        out(":");
        json::write(value, out);
    };
    exact_bytes(|out| {
        out("{");
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                out(",");
            }
            member(&entry.name, &entry.value, out);
        }
        out("}\n");
    })
}
