//! Files that name each other in a circle: only a module and what lies below it may.
//!
//! A name is followed to the file that has it: `crate::a::b::Name`, `super::Name`, each name of a
//! group, and through `pub use`. Names taken in by `*` are not seen.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, complain, sources};

/// A path of modules or names, from the root of the crate.
type Path = Vec<String>;

/// The modules of the crate, each with its file and the names it hands on.
struct Modules<'a> {
    files: BTreeMap<Path, &'a Source>,
    handed_on: BTreeMap<Path, BTreeMap<String, Path>>,
}

/// `users::apply` for `src/users/apply.rs`; nothing for `src/lib.rs`.
fn module(file: &Source) -> Path {
    let path = file.path.strip_prefix("src/").unwrap_or(&file.path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    match path {
        "lib" => Path::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

/// The paths of a `use` tree, such as `a::{b, c::{self, D as E}}`, each with the name it gets here.
fn leaves(tree: &str, before: &[String], found: &mut Vec<(Path, String)>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let mut start = before.to_vec();
        start.extend(segments(&tree[..open]));
        let inner = tree[open + 1..].trim_end().strip_suffix('}').unwrap_or("");
        for part in split_at_top(inner) {
            leaves(part, &start, found);
        }
        return;
    }
    let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
    let mut whole = before.to_vec();
    whole.extend(
        segments(path)
            .into_iter()
            .filter(|part| part != "self" || before.is_empty()),
    );
    let last = whole.last().cloned().unwrap_or_default();
    let name = if name.is_empty() {
        last
    } else {
        name.trim().to_owned()
    };
    if !whole.is_empty() && !name.is_empty() {
        found.push((whole, name));
    }
}

fn segments(path: &str) -> Path {
    let parts = path.split("::").map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What commas outside of inner braces part.
fn split_at_top(inner: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in inner.char_indices() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if letter == ',' && depth == 0 {
            parts.push(&inner[start..at]);
            start = at + 1;
        }
    }
    parts.push(&inner[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The `use` declarations of a text: whether each is handed on, its path, its name here.
fn uses(text: &str) -> Vec<(bool, Path, String)> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .trim_start();
        let public = line.starts_with("pub");
        if !(line.is_empty() || public && line.trim_end().ends_with([')', 'b'])) {
            continue;
        }
        let Some(end) = code[at..].find(';') else {
            continue;
        };
        let mut paths = Vec::new();
        leaves(&code[at + 4..at + end], &[], &mut paths);
        found.extend(paths.into_iter().map(|(path, name)| (public, path, name)));
    }
    found
}

/// Paths that are named without a `use`: `crate::a::b` and `super::a`.
fn named_in_passing(text: &str) -> Vec<Path> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("//") || line.contains("use ") {
            continue;
        }
        for start in ["crate::", "super::"] {
            for (at, _) in line.match_indices(start) {
                let after = line[..at].chars().next_back();
                if after.is_some_and(|letter| letter.is_alphanumeric() || letter == ':') {
                    continue;
                }
                let path = line[at..].split(|letter: char| {
                    !(letter.is_alphanumeric() || letter == '_' || letter == ':')
                });
                found.extend(path.map(segments).next());
            }
        }
    }
    found
}

impl<'a> Modules<'a> {
    fn of(sources: &'a [Source]) -> Self {
        let files: BTreeMap<_, _> = sources.iter().map(|file| (module(file), file)).collect();
        let mut modules = Self {
            files,
            handed_on: BTreeMap::new(),
        };
        for (here, file) in modules.files.clone() {
            let public = uses(file.work()).into_iter().filter(|(public, ..)| *public);
            let names = public.map(|(_, path, name)| (name, modules.absolute(&here, &path)));
            let names = names.collect();
            modules.handed_on.insert(here, names);
        }
        modules
    }

    /// A path as written in the module `here`, from the root.
    fn absolute(&self, here: &[String], path: &[String]) -> Path {
        let mut whole = here.to_vec();
        for (index, part) in path.iter().enumerate() {
            match part.as_str() {
                "crate" => whole.clear(),
                "super" => {
                    whole.pop();
                }
                "self" => {}
                name if index == 0 => {
                    // A child, or else a crate from outside.
                    whole.push(name.to_owned());
                    if !self.files.contains_key(&whole) {
                        return path.to_vec();
                    }
                }
                name => whole.push(name.to_owned()),
            }
        }
        whole
    }

    /// The module in whose file the last name of a path from the root stands.
    fn home(&self, path: &[String], depth: usize) -> Option<Path> {
        let mut module = Path::new();
        for (index, part) in path.iter().enumerate() {
            module.push(part.clone());
            if self.files.contains_key(&module) {
                continue;
            }
            module.pop();
            let handed = self
                .handed_on
                .get(&module)
                .and_then(|names| names.get(part));
            if let Some(elsewhere) = handed.filter(|_| depth < 8) {
                let mut whole = elsewhere.clone();
                whole.extend_from_slice(&path[index + 1..]);
                return self.home(&whole, depth + 1);
            }
            return (index > 0 && !module.is_empty()).then_some(module);
        }
        Some(module)
    }

    /// Whom each module names, without itself and its relatives up and down.
    fn arrows(&self) -> BTreeMap<Path, BTreeSet<Path>> {
        let mut arrows = BTreeMap::new();
        for (here, file) in &self.files {
            let text = file.work();
            let used = uses(text).into_iter().map(|(_, path, _)| path);
            let named = used.chain(named_in_passing(text));
            let homes = named.filter_map(|path| self.home(&self.absolute(here, &path), 0));
            let others = homes.filter(|home| !home.starts_with(here) && !here.starts_with(home));
            arrows.insert(here.clone(), others.collect::<BTreeSet<_>>());
        }
        arrows
    }
}

/// Whom one reaches from `start`, following arrows.
fn reach<'a>(arrows: &'a BTreeMap<Path, BTreeSet<Path>>, start: &'a Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(module) = open.pop() {
        for next in arrows.get(module).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

#[test]
fn no_files_name_each_other_in_a_circle_but_a_module_and_what_lies_below_it() {
    let sources = sources(&["src"], "rs");
    let modules = Modules::of(&sources);
    let arrows = modules.arrows();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > sources.len(), "only {count} arrows were found");
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = arrows
        .keys()
        .map(|start| (start, reach(&arrows, start)))
        .collect();
    let mut complaints = Vec::new();
    for (module, reached_from) in &reached {
        if reached_from.contains(module) {
            let next = arrows[*module].iter();
            let back = next.filter(|next| reached[next].contains(module));
            let back: Vec<String> = back.map(|next| next.join("::")).collect();
            complaints.push(format!("{} names {}", module.join("::"), back.join(", ")));
        }
    }
    complain(&complaints);
}

#[test]
fn a_name_is_followed_to_the_file_that_has_it() {
    let file = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let sources = [
        file(
            "src/a.rs",
            "mod b;\nmod c;\npub use b::{Deep, Other as Named};\n",
        ),
        file("src/a/b.rs", "use super::c::Thing;\n"),
        file(
            "src/a/c.rs",
            "use crate::{a::Named, d};\nfn f() { super::Deep::new() }\n",
        ),
        file("src/d.rs", "// crate::a::b::Deep\n"),
    ];
    let arrows = Modules::of(&sources).arrows();
    let of = |module: &str| -> Vec<String> {
        let path: Path = segments(module);
        arrows[&path].iter().map(|to| to.join("::")).collect()
    };
    assert_eq!(of("a::b"), ["a::c"]);
    assert_eq!(of("a::c"), ["a::b", "d"]);
    assert!(of("d").is_empty(), "{:?}", of("d"));
}
