//! Which file takes what from which, and which of them end up at themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{Import, Module, Path, Sources, modules};

/// From a file to those that define what it names, with the names.
pub(crate) type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The arrows between the files of the crate with this root.
///
/// Names are followed through `use`, be they handed on or not, to the file that defines the item. A `mod`, a
/// `pub use` and the import of a module are no arrows, but what is then named through them is one. Methods of a
/// type are not seen: they need no import.
pub(crate) fn arrows(sources: &Sources, root: &str) -> Arrows {
    let modules = modules(sources, root);
    let mut arrows = Arrows::new();
    for (number, module) in modules.iter().enumerate() {
        let imported = module.imports.iter().filter(|import| import.is_private).map(|import| &import.path);
        for path in imported.chain(&module.mentions) {
            for (file, name) in Names(&modules).resolve(number, path, &mut Vec::new()).items {
                if file != module.file {
                    arrows.entry(module.file.clone()).or_default().entry(file).or_default().insert(name);
                }
            }
        }
    }
    arrows
}

/// The sets of files each of which leads to every other.
pub(crate) fn circles(arrows: &Arrows) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|file| (file.as_str(), reach(arrows, file))).collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|files| files.contains(to));
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for (file, files) in &reached {
        if files.contains(file) && circles.iter().all(|circle| !circle.contains(file)) {
            circles.push(files.iter().copied().filter(|other| leads(other, file)).collect());
        }
    }
    circles
}

fn reach<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![from];
    while let Some(file) = ahead.pop() {
        for to in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.as_str()) {
                ahead.push(to);
            }
        }
    }
    reached
}

/// The arrows inside a circle, one a line.
pub(crate) fn show(arrows: &Arrows, circle: &BTreeSet<&str>) -> String {
    let mut text = String::new();
    for from in circle {
        for (to, names) in arrows.get(*from).into_iter().flatten().filter(|(to, _)| circle.contains(to.as_str())) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            text += &format!("  {from} -> {to}: {}\n", names.join(", "));
        }
    }
    text
}

/// What a path stands for: items with the file of each, and modules, since one name can be both.
#[derive(Default)]
struct Found {
    items: BTreeSet<(String, String)>,
    modules: BTreeSet<usize>,
}

impl Found {
    fn module(number: usize) -> Self {
        Found { modules: BTreeSet::from([number]), ..Found::default() }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.modules.is_empty()
    }

    fn add(&mut self, other: Found) {
        self.items.extend(other.items);
        self.modules.extend(other.modules);
    }
}

struct Names<'a>(&'a [Module]);

impl<'a> Names<'a> {
    /// What `path` stands for in a module. `through` are the imports on the way, which may name each other.
    fn resolve(&self, from: usize, path: &[String], through: &mut Vec<&'a Import>) -> Found {
        let Some((first, rest)) = path.split_first() else { return Found::default() };
        let mut found = match first.as_str() {
            "crate" => Found::module(0),
            "self" => Found::module(from),
            "super" => Found::module(self.0[from].parent),
            name => self.look_up(from, name, through),
        };
        for name in rest {
            let mut next = Found::default();
            for &module in &found.modules {
                next.add(match name.as_str() {
                    "super" => Found::module(self.0[module].parent),
                    name => self.look_up(module, name, through),
                });
            }
            // The rest is inside an item: a variant, an associated function.
            if next.is_empty() {
                next.items = found.items;
            }
            found = next;
        }
        found
    }

    /// What a module calls by this name.
    fn look_up(&self, number: usize, name: &str, through: &mut Vec<&'a Import>) -> Found {
        let module = &self.0[number];
        let mut found = Found::default();
        found.modules.extend(module.children.get(name).into_iter().flatten());
        if module.items.contains(name) {
            found.items.insert((module.file.clone(), name.to_owned()));
        }
        for import in module.imports.iter().filter(|import| import.name.as_deref() == Some(name)) {
            found.add(self.follow(import, through, |names, through| names.resolve(number, &import.path, through)));
        }
        // What is named one by one hides what a glob brings.
        if found.is_empty() {
            for glob in module.imports.iter().filter(|import| import.name.is_none()) {
                found.add(self.follow(glob, through, |names, through| {
                    let path: Path = glob.path.iter().cloned().chain([name.to_owned()]).collect();
                    let whole = names.resolve(number, &glob.path, through);
                    if whole.modules.is_empty() { Found::default() } else { names.resolve(number, &path, through) }
                }));
            }
        }
        found
    }

    fn follow(
        &self,
        import: &'a Import,
        through: &mut Vec<&'a Import>,
        resolve: impl FnOnce(&Self, &mut Vec<&'a Import>) -> Found,
    ) -> Found {
        if through.iter().any(|known| std::ptr::eq(*known, import)) {
            return Found::default();
        }
        through.push(import);
        let found = resolve(self, through);
        through.pop();
        found
    }
}
