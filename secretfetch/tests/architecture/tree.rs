//! The modules of a crate, as its sources declare them: what each defines, imports and mentions.

use std::collections::{BTreeMap, HashMap, HashSet};

use syn::buffer::{Cursor, TokenBuffer};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, Token, UseTree, Visibility};

/// The text of each file, by its path.
pub(crate) type Sources = BTreeMap<String, String>;

/// The segments of a path in the code, such as `crate`, `store`, `SecretStore`.
pub(crate) type Path = Vec<String>;

pub(crate) struct Module {
    pub(crate) file: String,
    /// Of the root: itself.
    pub(crate) parent: usize,
    /// Several modules have one name where the platform decides between them.
    pub(crate) children: HashMap<String, Vec<usize>>,
    pub(crate) items: HashSet<String>,
    pub(crate) imports: Vec<Import>,
    /// The paths in its code.
    pub(crate) mentions: HashSet<Path>,
}

/// One name of a `use`, or all of a path's.
pub(crate) struct Import {
    pub(crate) path: Path,
    /// What it is called here; `None` for a glob.
    pub(crate) name: Option<String>,
    /// A `pub use` only hands names on.
    pub(crate) is_private: bool,
}

/// The modules of the crate with this root, the root first. What only tests are built with is left out.
///
/// # Panics
/// If a file is missing or is no Rust.
pub(crate) fn modules(sources: &Sources, root: &str) -> Vec<Module> {
    let mut modules = Vec::new();
    add_file(&mut modules, sources, 0, root.to_owned(), directory_of(root));
    modules
}

fn add_file(modules: &mut Vec<Module>, sources: &Sources, parent: usize, file: String, directory: &str) -> usize {
    let text = sources.get(&file).unwrap_or_else(|| panic!("there is no {file}"));
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    add_module(modules, sources, parent, file, directory, &parsed.items)
}

fn add_module(
    modules: &mut Vec<Module>,
    sources: &Sources,
    parent: usize,
    file: String,
    directory: &str,
    items: &[Item],
) -> usize {
    let number = modules.len();
    let mut content = Content::default();
    items.iter().for_each(|item| content.add(item));
    modules.push(Module {
        file: file.clone(),
        parent,
        children: HashMap::new(),
        items: items.iter().filter(|item| !is_for_tests(attributes(item))).filter_map(name).collect(),
        imports: content.imports,
        mentions: content.mentions,
    });
    for item in items {
        let Item::Mod(declared) = item else { continue };
        if is_for_tests(&declared.attrs) {
            continue;
        }
        let name = declared.ident.to_string();
        let below = format!("{directory}/{name}");
        let child = match (&declared.content, path_attribute(&declared.attrs)) {
            (Some((_, items)), _) => add_module(modules, sources, number, file.clone(), &below, items),
            (None, Some(path)) => {
                let path = path_from(directory_of(&file), &path);
                let directory = directory_of(&path).to_owned();
                add_file(modules, sources, number, path, &directory)
            }
            (None, None) => {
                let flat = format!("{below}.rs");
                let file = if sources.contains_key(&flat) { flat } else { format!("{below}/mod.rs") };
                add_file(modules, sources, number, file, &below)
            }
        };
        modules[number].children.entry(name).or_default().push(child);
    }
    number
}

fn directory_of(file: &str) -> &str {
    file.rsplit_once('/').map_or(".", |(directory, _)| directory)
}

/// A path that is written in a file of this directory; one may go up.
fn path_from(directory: &str, path: &str) -> String {
    match path.strip_prefix("../") {
        Some(rest) => path_from(directory_of(directory), rest),
        None => format!("{directory}/{path}"),
    }
}

/// The file that `#[path = "…"]` names.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    text(&pair.value)
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// `#[cfg(test)]`, alone or with what must hold besides.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.flat_map(|attribute| attribute.parse_args()).any(|condition: Meta| match &condition {
        Meta::List(list) if list.path.is_ident("all") => {
            let all = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap();
            all.iter().any(|condition| condition.path().is_ident("test"))
        }
        condition => condition.path().is_ident("test"),
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// What the items of a module import and mention. A `use` inside a function counts as the module's.
#[derive(Default)]
struct Content {
    imports: Vec<Import>,
    mentions: HashSet<Path>,
}

impl Content {
    fn add(&mut self, item: &Item) {
        // A module inside has contents of its own.
        if !matches!(item, Item::Mod(_)) {
            self.visit_item(item);
        }
    }

    fn import(&mut self, tree: &UseTree, path: &mut Path, is_private: bool) {
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.import(&step.tree, path, is_private);
                path.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, path, is_private)),
            UseTree::Glob(_) => self.imports.push(Import { path: path.clone(), name: None, is_private }),
            UseTree::Name(last) => self.import_as(last.ident.to_string(), None, path, is_private),
            UseTree::Rename(last) => {
                self.import_as(last.ident.to_string(), Some(last.rename.to_string()), path, is_private);
            }
        }
    }

    fn import_as(&mut self, last: String, name: Option<String>, path: &Path, is_private: bool) {
        let mut path = path.clone();
        // `use a::b::{self}` imports `b`.
        if last != "self" || path.is_empty() {
            path.push(last);
        }
        let name = name.or_else(|| path.last().cloned());
        self.imports.push(Import { path, name, is_private });
    }

    /// Paths in what a macro or an attribute is given, which is no Rust before it is expanded.
    fn scan(&mut self, mut cursor: Cursor<'_>) {
        let mut is_member = false;
        while !cursor.eof() {
            if let Some((inside, _, _, next)) = cursor.any_group() {
                self.scan(inside);
                cursor = next;
            } else if let Some((first, next)) = cursor.ident() {
                let mut path = vec![first.to_string()];
                cursor = next;
                while let Some((segment, next)) = colons(cursor).and_then(Cursor::ident) {
                    path.push(segment.to_string());
                    cursor = next;
                }
                if !is_member {
                    self.mentions.insert(path);
                }
            } else if let Some((_, next)) = cursor.token_tree() {
                // `.name` is a field or a method, `..name` is not.
                let is_dot = |cursor: Cursor<'_>| cursor.punct().is_some_and(|(punct, _)| punct.as_char() == '.');
                let was_dot = is_member;
                is_member = is_dot(cursor) && !was_dot;
                cursor = next;
                continue;
            }
            is_member = false;
        }
    }
}

/// What stands behind `::`.
fn colons(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, cursor) = cursor.punct()?;
    let (second, cursor) = cursor.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(cursor)
}

impl<'ast> Visit<'ast> for Content {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes: &[Attribute] = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            let is_private = matches!(item.vis, Visibility::Inherited);
            self.import(&item.tree, &mut Path::new(), is_private);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.mentions.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.scan(TokenBuffer::new2(call.tokens.clone()).begin());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        if attribute.path().is_ident("cfg") {
            return;
        }
        self.scan(TokenBuffer::new2(list.tokens.clone()).begin());
        // serde takes paths as texts: `#[serde(deserialize_with = "super::duration")]`.
        let pairs = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        for pair in pairs.into_iter().flatten() {
            let Meta::NameValue(pair) = pair else { continue };
            if let Some(path) = text(&pair.value).and_then(|text| syn::parse_str::<syn::Path>(&text).ok())
                && path.segments.len() > 1
            {
                self.visit_path(&path);
            }
        }
    }
}
