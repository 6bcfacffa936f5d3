//! One file being read: what it declared so far, what was wrong with it, and the walk over its nodes.
//!
//! A table of [`Child`] says which nodes may stand at a place and what reads each; a node outside the table is
//! reported, with the nearest one that is in it.
//!
//! INVARIANT: the table that reads the nodes is the only list of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use kdl::KdlNode;
use kernel::clock::Counting;
use kernel::names::Name;
use kernel::procedure::Citation;

use crate::condition::Types;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{Cited, FileIndex};
use crate::nearest;
use crate::reader::Reader;
use crate::syntax::{Chunk, Memory};

/// One file being read.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    pub path: &'a str,
    pub diagnostics: RefCell<Vec<Diagnostic>>,
    pub index: RefCell<FileIndex>,
    /// The heading being read.
    pub heading: RefCell<Option<String>>,
    /// Kinds of the fields that conditions may read.
    pub types: Types,
    /// How each statute counts its days.
    pub countings: BTreeMap<Name, Counting>,
    /// Nodes parsed before.
    pub memory: Rc<Memory>,
    /// What was asked of every node, when the reference page is being written.
    pub catalogue: Option<RefCell<Vec<Entry>>>,
}

/// One node of the reference page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `act > section`.
    pub path: String,
    pub doc: &'static str,
    pub asked: Vec<Asked>,
    pub children: Vec<&'static str>,
}

/// One thing asked of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The property; `None` for an argument.
    pub name: Option<&'static str>,
    pub form: String,
    pub needed: bool,
    pub doc: &'static str,
}

/// What reads a node into its target.
type Decode<'t, T> = Box<dyn Fn(&Reader<'_>, &mut T) + 't>;

/// A child node that may stand in a node, and what reads it.
pub(crate) struct Child<'t, T> {
    pub name: &'static str,
    pub doc: &'static str,
    /// It may stand more than once.
    pub many: bool,
    pub read: Decode<'t, T>,
}

/// A child that may be repeated.
pub(crate) fn many<'t, T>(
    name: &'static str,
    doc: &'static str,
    read: impl Fn(&Reader<'_>, &mut T) + 't,
) -> Child<'t, T> {
    Child { name, doc, many: true, read: Box::new(read) }
}

/// A child that stands at most once.
pub(crate) fn once<'t, T>(
    name: &'static str,
    doc: &'static str,
    read: impl Fn(&Reader<'_>, &mut T) + 't,
) -> Child<'t, T> {
    Child { name, doc, many: false, read: Box::new(read) }
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(path: &'a str, types: Types) -> Self {
        let index = FileIndex { path: path.to_owned(), ..FileIndex::default() };
        Self {
            path,
            diagnostics: RefCell::default(),
            index: RefCell::new(index),
            heading: RefCell::default(),
            types,
            countings: BTreeMap::new(),
            memory: Rc::default(),
            catalogue: None,
        }
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic.under(self.heading.borrow().as_deref()));
    }

    /// Reads the top-level nodes of a chunk.
    pub(crate) fn nodes<T>(&self, chunk: &Chunk, table: &[Child<'_, T>], target: &mut T, seen: &mut Vec<&'static str>) {
        walk(self, chunk, chunk.document.nodes(), "", table, target, seen);
    }

    /// Asks every decoder of the table once, to learn what it asks.
    pub(crate) fn probe<T>(&self, chunk: &Chunk, node: &KdlNode, parent: &str, table: &[Child<'_, T>], target: &mut T) {
        for child in table {
            let path = join(parent, child.name);
            let reader = Reader::new(self, chunk, node, path);
            let at = self.catalogue.as_ref().map_or(0, |catalogue| catalogue.borrow().len());
            (child.read)(&reader, target);
            reader.record(child.doc, at);
        }
    }

    pub(crate) fn cite(&self, citation: Citation, statute: Range<usize>, span: Range<usize>) {
        let heading = self.heading.borrow().clone();
        self.index.borrow_mut().cites.push(Cited { citation, statute, span, heading });
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent} > {name}") }
}

pub(crate) fn walk<T>(
    sheet: &Sheet<'_>,
    chunk: &Chunk,
    nodes: &[KdlNode],
    parent: &str,
    table: &[Child<'_, T>],
    target: &mut T,
    seen: &mut Vec<&'static str>,
) {
    for node in nodes {
        let written = node.name().value();
        let Some(child) = table.iter().find(|child| child.name == written) else {
            let near = nearest::help(written, table.iter().map(|child| child.name));
            let place = if parent.is_empty() { "这里".to_owned() } else { format!("`{parent}` 里") };
            let message = format!("{place}不认得节点 `{written}`");
            sheet.report(
                Diagnostic::new(Code::UnknownNode, sheet.path, chunk.name_span(node), message).maybe_help(near),
            );
            continue;
        };
        if !child.many && seen.contains(&child.name) {
            let message = format!("`{written}` 只能写一次");
            sheet.report(
                Diagnostic::new(Code::DuplicateNode, sheet.path, chunk.name_span(node), message).help("合并成一个。"),
            );
        }
        seen.push(child.name);
        let reader = Reader::new(sheet, chunk, node, join(parent, child.name));
        (child.read)(&reader, target);
        reader.finish();
    }
}
