//! Names to values: an entry of that very name, or else the one value at that path.

use std::collections::HashMap;

use super::name::{Run, SlotName, cuts};
use crate::entries::{Entries, Entry};
use crate::json::Value;

/// A value that a slot names.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) entry: &'a Entry,
    pub(super) value: &'a Value,
}

impl Found<'_> {
    /// Whether it is inside the entry's value.
    pub(super) fn is_nested(&self) -> bool {
        !std::ptr::eq(self.value, &self.entry.value)
    }
}

/// Why a name has no value.
pub(super) enum Absent<'a> {
    /// No entry; or none of the values in this one.
    Missing(Option<&'a Entry>),
    Twice,
}

/// The entries by name; and the objects that were looked into, so that each is gone through once however many slots name
/// something in it.
pub(super) struct Lookup<'a> {
    entries: HashMap<&'a str, &'a Entry>,
    objects: HashMap<*const Value, HashMap<&'a str, &'a Value>>,
}

impl<'a> Lookup<'a> {
    pub(super) fn of(entries: &'a Entries) -> Self {
        let entries = entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
        Lookup { entries, objects: HashMap::new() }
    }

    pub(super) fn find(&mut self, name: &SlotName) -> Result<Found<'a>, Absent<'a>> {
        let Some((first, runs)) = name.runs().split_first() else { return Err(Absent::Missing(None)) };
        let mut search = Search { objects: &mut self.objects, found: Vec::new() };
        let mut nearest = None;
        match first {
            Run::Quoted(key) => {
                nearest = self.entries.get(key.as_str()).copied();
                if let Some(entry) = nearest {
                    search.descend(entry, &entry.value, "", runs);
                }
            }
            Run::Bare(path) => {
                if let (Some(entry), []) = (self.entries.get(path.as_str()), runs) {
                    return Ok(Found { entry, value: &entry.value });
                }
                for cut in cuts(path) {
                    if let Some(entry) = self.entries.get(&path[..cut]) {
                        nearest = Some(*entry);
                        search.descend(entry, &entry.value, &path[cut..], runs);
                    }
                }
            }
        }
        match search.found.as_slice() {
            [found] => Ok(*found),
            [] => Err(Absent::Missing(nearest)),
            _ => Err(Absent::Twice),
        }
    }
}

struct Search<'s, 'a> {
    objects: &'s mut HashMap<*const Value, HashMap<&'a str, &'a Value>>,
    found: Vec<Found<'a>>,
}

impl<'a> Search<'_, 'a> {
    /// Goes on at `value` with what is left of a run without quotes, which begins with a dot or a bracket, and then the
    /// other runs.
    fn descend(&mut self, entry: &'a Entry, value: &'a Value, left: &str, runs: &[Run]) {
        if let Some(path) = left.strip_prefix('.') {
            return self.member(entry, value, path, runs);
        }
        if !left.is_empty() {
            return self.index(entry, value, left, runs);
        }
        match runs.split_first() {
            None => self.found.push(Found { entry, value }),
            Some((Run::Quoted(key), runs)) => {
                if let Some(value) = self.get(value, key) {
                    self.descend(entry, value, "", runs);
                }
            }
            Some((Run::Bare(path), runs)) if path.starts_with('[') => self.index(entry, value, path, runs),
            Some((Run::Bare(path), runs)) => self.member(entry, value, path, runs),
        }
    }

    /// The members whose key is the path, or begins it.
    fn member(&mut self, entry: &'a Entry, value: &'a Value, path: &str, runs: &[Run]) {
        for cut in cuts(path) {
            if let Some(value) = self.get(value, &path[..cut]) {
                self.descend(entry, value, &path[cut..], runs);
            }
        }
    }

    /// The item of an array; or a member, where a key begins with a bracket, as it does in flattened names.
    fn index(&mut self, entry: &'a Entry, value: &'a Value, path: &str, runs: &[Run]) {
        let Value::Array(items) = value else { return self.member(entry, value, path, runs) };
        let Some((number, left)) = path[1..].split_once(']') else { return };
        let is_number = number == "0" || (number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0'));
        let item = number.parse::<usize>().ok().filter(|_| is_number).and_then(|index| items.get(index));
        if let (Some(item), true) = (item, left.is_empty() || left.starts_with(['.', '['])) {
            self.descend(entry, item, left, runs);
        }
    }

    fn get(&mut self, value: &'a Value, key: &str) -> Option<&'a Value> {
        let Value::Object(members) = value else { return None };
        let index = || members.iter().map(|(key, value)| (key.as_str(), value)).collect();
        self.objects.entry(std::ptr::from_ref(value)).or_insert_with(index).get(key).copied()
    }
}
