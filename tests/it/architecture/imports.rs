//! The files of a crate and which of them refers to which, read with `syn`.
//!
//! A path is followed through `mod`, `use`, `pub use` and glob imports to the file that defines the item. A re-export
//! is not a reference of the file it stands in: whoever uses it refers to the file behind it. Code under
//! `#[cfg(test)]` is left out. Method calls have no path and are not seen; their types nearly always do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// The names from the crate's root to a module, without `crate`.
type ModulePath = Vec<String>;

/// A file that refers to an item of another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    /// The path as it is written in `from`.
    pub(super) path: String,
}

/// The modules of a crate.
#[derive(Debug, Default)]
pub(super) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Debug, Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    /// Local name to imported path.
    uses: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    items: BTreeSet<String>,
    /// Every path in the module's code but those of re-exports.
    paths: BTreeSet<Vec<String>>,
}

/// The target of a path.
#[derive(Debug, PartialEq)]
enum Target {
    Module(ModulePath),
    ItemOf(ModulePath),
}

impl Crate {
    /// Reads a crate from its root file on.
    pub(super) fn read(root: &Path) -> Self {
        let folder = root.parent().unwrap();
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        Self::from_files(root.file_name().unwrap().to_str().unwrap(), &read)
    }

    /// The same for files from anywhere: `read` gives the text of a file, if there is one.
    fn from_files(root: &str, read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut modules = Self::default();
        modules.add(root, Path::new(""), &[], read);
        modules
    }

    fn add(&mut self, file: &str, folder: &Path, path: &[String], read: &dyn Fn(&str) -> Option<String>) {
        let text = read(file).unwrap();
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut reader = Reader { modules: BTreeMap::new(), here: path.to_vec(), file, outside: Vec::new() };
        file.clone_into(&mut reader.module().file);
        reader.visit_file(&parsed);
        let Reader { modules, outside, .. } = reader;
        self.modules.extend(modules);
        for child in outside {
            let inside = folder.join(child.strip_prefix(path).unwrap().join("/"));
            let plain = inside.with_extension("rs").to_str().unwrap().to_owned();
            let nested = inside.join("mod.rs").to_str().unwrap().to_owned();
            let file = if read(&plain).is_some() { plain } else { nested };
            self.add(&file, &inside, &child, read);
        }
    }

    /// Every reference of one file to another, once for each path.
    pub(super) fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for (here, module) in &self.modules {
            for path in &module.paths {
                if let Some(Target::ItemOf(target)) = self.resolve(here, path, 0) {
                    let to = &self.modules[&target].file;
                    if *to != module.file {
                        let from = module.file.clone();
                        imports.insert(Import { from, to: to.clone(), path: path.join("::") });
                    }
                }
            }
        }
        imports
    }

    /// Follows a path from a module. `None`: it leads out of the crate, or is a local name.
    fn resolve(&self, here: &ModulePath, path: &[String], depth: u32) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        if depth > 20 {
            return None;
        }
        match &first[..] {
            "crate" => self.walk(vec![], rest, depth),
            "self" => self.walk(here.clone(), rest, depth),
            "super" => {
                let (parent, mut rest) = (here.split_last()?.1.to_vec(), rest);
                let mut module = parent;
                while rest.first().is_some_and(|it| it == "super") {
                    module.pop()?;
                    rest = &rest[1..];
                }
                self.walk(module, rest, depth)
            }
            name => {
                let module = &self.modules[here];
                if module.children.contains(name) || module.items.contains(name) {
                    return self.walk(here.clone(), path, depth);
                }
                if let Some(imported) = module.uses.get(name).filter(|it| **it != path) {
                    let full: Vec<String> = imported.iter().chain(rest).cloned().collect();
                    return self.resolve(here, &full, depth + 1);
                }
                self.through_globs(here, path, depth)
            }
        }
    }

    /// Follows the names of a path that begins inside a module.
    fn walk(&self, mut here: ModulePath, mut path: &[String], depth: u32) -> Option<Target> {
        while let Some((name, rest)) = path.split_first() {
            let module = self.modules.get(&here)?;
            if module.children.contains(name) {
                here.push(name.clone());
                path = rest;
                continue;
            }
            if let Some(imported) = module.uses.get(name).filter(|_| !module.items.contains(name)) {
                let full: Vec<String> = imported.iter().chain(rest).cloned().collect();
                return self.resolve(&here, &full, depth + 1);
            }
            if !module.items.contains(name)
                && let Some(target) = self.through_globs(&here, path, depth)
            {
                return Some(target);
            }
            return Some(Target::ItemOf(here));
        }
        Some(Target::Module(here))
    }

    /// Looks a name up in the modules that are imported whole.
    fn through_globs(&self, here: &ModulePath, path: &[String], depth: u32) -> Option<Target> {
        self.modules[here].globs.iter().find_map(|glob| {
            let Target::Module(module) = self.resolve(here, glob, depth + 1)? else { return None };
            let has = &self.modules[&module];
            let name = &path[0];
            let known =
                has.items.contains(name) || has.uses.contains_key(name) || has.children.contains(name);
            if known { self.walk(module, path, depth + 1) } else { None }
        })
    }
}

/// Collects the modules of one file.
struct Reader<'a> {
    modules: BTreeMap<ModulePath, Module>,
    here: ModulePath,
    file: &'a str,
    /// Modules that have a file of their own.
    outside: Vec<ModulePath>,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        self.modules.entry(self.here.clone()).or_default()
    }

    fn add_use(&mut self, tree: &syn::UseTree, prefix: &[String], is_re_export: bool) {
        let with = |name: &syn::Ident| {
            let own = (name != "self" || prefix.is_empty()).then(|| name.to_string());
            prefix.iter().cloned().chain(own).collect::<Vec<_>>()
        };
        let (path, local) = match tree {
            syn::UseTree::Path(tree) => return self.add_use(&tree.tree, &with(&tree.ident), is_re_export),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.add_use(tree, prefix, is_re_export));
            }
            syn::UseTree::Glob(_) => return self.module().globs.push(prefix.to_vec()),
            syn::UseTree::Name(tree) => (with(&tree.ident), None),
            syn::UseTree::Rename(tree) => (with(&tree.ident), Some(tree.rename.to_string())),
        };
        let local = local.or_else(|| path.last().cloned()).unwrap_or_default();
        if !is_re_export {
            self.module().paths.insert(path.clone());
        }
        if local != "_" {
            self.module().uses.insert(local, path);
        }
    }

    /// The paths of code that a macro gets as tokens.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.end_of_path(&mut path);
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                token => {
                    self.end_of_path(&mut path);
                    colons = 0;
                    if let TokenTree::Group(group) = token {
                        self.add_tokens(group.stream());
                    }
                }
            }
        }
        self.end_of_path(&mut path);
    }

    fn end_of_path(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.module().paths.insert(path);
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

fn attributes_and_name(item: &syn::Item) -> (&[syn::Attribute], Option<&syn::Ident>) {
    match item {
        syn::Item::Const(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        syn::Item::Static(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Type(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        syn::Item::Impl(item) => (&item.attrs, None),
        syn::Item::Mod(item) => (&item.attrs, None),
        syn::Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attributes, name) = attributes_and_name(item);
        if is_for_tests(attributes) {
            return;
        }
        if let Some(name) = name {
            let name = name.to_string();
            self.module().items.insert(name);
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        self.module().children.insert(name.clone());
        self.here.push(name);
        if let Some((_, items)) = &item.content {
            let file = self.file.to_owned();
            self.module().file = file;
            for item in items {
                self.visit_item(item);
            }
        } else {
            self.outside.push(self.here.clone());
        }
        self.here.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.module().paths.insert(names);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
    }
}

/// The groups of files that refer to each other, each with one shortest way round.
pub(super) fn cycles(imports: &BTreeSet<Import>) -> Vec<Cycle> {
    let mut targets: BTreeMap<&str, BTreeMap<&str, &Import>> = BTreeMap::new();
    for import in imports {
        targets.entry(&import.from).or_default().entry(&import.to).or_insert(import);
    }
    let reachable: BTreeMap<&str, BTreeSet<&str>> =
        targets.keys().map(|file| (*file, reachable_from(file, &targets))).collect();
    let reaches = |from: &str, to: &str| reachable.get(from).is_some_and(|it| it.contains(to));
    let mut cycles: Vec<Cycle> = Vec::new();
    for file in targets.keys().filter(|file| reaches(file, file)) {
        if cycles.iter().any(|cycle| cycle.files.contains(*file)) {
            continue;
        }
        let files: BTreeSet<String> = reachable[file]
            .iter()
            .filter(|other| reaches(other, file))
            .map(|other| (*other).to_owned())
            .collect();
        let shortest = files.iter().map(|file| way_round(file, &targets)).min_by_key(Vec::len).unwrap();
        cycles.push(Cycle { files, shortest });
    }
    cycles
}

/// Files that refer to each other.
#[derive(Debug, PartialEq)]
pub(super) struct Cycle {
    pub(super) files: BTreeSet<String>,
    /// A shortest way from one of them back to itself.
    pub(super) shortest: Vec<Import>,
}

impl std::fmt::Display for Cycle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} files refer to each other: {:?}", self.files.len(), self.files)?;
        for Import { from, to, path } in &self.shortest {
            writeln!(f, "  {from} uses {path}, which is in {to}")?;
        }
        Ok(())
    }
}

type Targets<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>;

fn reachable_from<'a>(start: &str, targets: &Targets<'a>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        for next in targets.get(file).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(*next) {
                open.push(next);
            }
        }
    }
    found
}

/// A shortest way from a file back to itself, breadth first.
fn way_round(start: &str, targets: &Targets<'_>) -> Vec<Import> {
    let mut came_by: BTreeMap<&str, &Import> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(file) = open.pop_front() {
        for (next, import) in targets.get(file).into_iter().flatten() {
            if !came_by.contains_key(next) {
                came_by.insert(next, import);
                open.push_back(next);
            }
        }
    }
    let mut way = vec![came_by[start].clone()];
    while way[way.len() - 1].from != start {
        let last: &str = &way[way.len() - 1].from;
        way.push(came_by[last].clone());
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `from -> to` of a crate whose files are given with their text.
    fn imports(files: &[(&str, &str)]) -> BTreeSet<Import> {
        let read =
            |file: &str| files.iter().find(|(name, _)| *name == file).map(|(_, text)| (*text).to_owned());
        Crate::from_files("lib.rs", &read).imports()
    }

    fn edges(files: &[(&str, &str)]) -> BTreeSet<String> {
        imports(files).into_iter().map(|it| format!("{} -> {}", it.from, it.to)).collect()
    }

    #[track_caller]
    fn assert_edges(files: &[(&str, &str)], expected: &[&str]) {
        assert_eq!(edges(files), expected.iter().map(|it| (*it).to_owned()).collect());
    }

    #[test]
    fn every_way_to_write_a_path_leads_to_the_file_of_the_item() {
        for written in [
            "use crate::b::Item;",
            "use crate::{b::Item};",
            "use crate::{b::{self, Item as Other}};",
            "use super::b::Item;",
            "use super::{b::*, c}; fn f(_: Item) {}",
            "use crate::b; fn f(_: &b::Item) {}",
            "use super::b as other; fn f() -> Option<Box<other::Item>> { None }",
            "fn f() { let _ = crate::b::Item { }; }",
            "fn f() { use super::b::Item; }",
            "fn f() { println!(\"{:?}\", (1, crate::b::Item)); }",
            "mod inner { use super::super::b::Item; }",
            "impl From<super::b::Item> for u8 {}",
            "impl super::b::Trait for u8 {}",
            "use crate::b::Trait as _;",
            "use crate::again::Item;",
            "use crate::again::Renamed;",
        ] {
            let files = [
                ("lib.rs", "mod a; mod b; mod c; mod again;"),
                ("a.rs", written),
                ("b.rs", "pub struct Item; pub trait Trait {}"),
                ("c.rs", ""),
                ("again.rs", "pub use crate::b::{Item, Item as Renamed};"),
            ];
            assert_eq!(edges(&files), BTreeSet::from(["a.rs -> b.rs".to_owned()]), "{written}");
        }
    }

    #[test]
    fn modules_in_folders_and_their_re_exports_are_followed() {
        let files = [
            ("lib.rs", "mod a; mod c;"),
            ("a/mod.rs", "mod deep; pub(crate) use deep::Item; pub struct Own;"),
            ("a/deep/mod.rs", "mod deeper; pub use self::deeper::Item;"),
            ("a/deep/deeper.rs", "pub struct Item; fn f(_: super::super::Own) {}"),
            ("c.rs", "fn f(_: crate::a::Item) {}"),
        ];
        assert_edges(&files, &["a/deep/deeper.rs -> a/mod.rs", "c.rs -> a/deep/deeper.rs"]);
    }

    #[test]
    fn tests_comments_texts_and_other_crates_are_no_imports() {
        let code = r#"
            use std::fmt; use ::b::Item; use serde::b;
            // crate::b::Item
            /// [`crate::b::Item`]
            fn f() -> fmt::Result { let _ = "crate::b::Item"; Ok(()) }
            #[cfg(test)] mod tests { use crate::b::Item; }
            #[cfg(test)] mod more;
            #[cfg(test)] use crate::b::Item;
            #[cfg(test)] impl crate::b::Item {}
        "#;
        assert_edges(&[("lib.rs", "mod a; mod b;"), ("a.rs", code), ("b.rs", "pub struct Item;")], &[]);
    }

    #[test]
    fn a_cycle_is_found_with_the_shortest_way_round() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod one; mod two; mod three; mod end; pub use one::One;"),
            ("a/one.rs", "use super::two::Two; use super::end::End; pub struct One;"),
            ("a/two.rs", "use super::three; pub struct Two; type T = three::Three;"),
            ("a/three.rs", "pub struct Three; fn f() { vec![super::One]; }"),
            ("a/end.rs", "pub struct End;"),
        ];
        let found = cycles(&imports(&files));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].files.iter().collect::<Vec<_>>(), ["a/one.rs", "a/three.rs", "a/two.rs"]);
        let way: Vec<_> = found[0].shortest.iter().map(|it| &it.from[..]).collect();
        assert_eq!(way, ["a/one.rs", "a/two.rs", "a/three.rs"]);
        assert!(found[0].to_string().contains("a/three.rs uses super::One, which is in a/one.rs"));
    }

    #[test]
    fn a_parent_and_a_child_that_use_each_other_are_a_cycle_but_a_re_export_is_not() {
        let child = ("a/child.rs", "pub struct Child; fn f(_: super::Parent) {}");
        let with = |parent| [("lib.rs", "mod a;"), ("a/mod.rs", parent), child];
        let found = cycles(&imports(&with("mod child; pub use child::Child; pub struct Parent;")));
        assert_eq!(found, []);
        let found = cycles(&imports(&with("mod child; pub struct Parent(child::Child);")));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].files.iter().collect::<Vec<_>>(), ["a/child.rs", "a/mod.rs"]);
    }
}
