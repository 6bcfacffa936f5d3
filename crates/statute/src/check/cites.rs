//! Every citation names a declared statute and, where the corpus knows it, an article that exists.

use kernel::names::chinese_number;

use crate::book::Book;
use crate::corpus::Corpus;
use crate::diagnostic::{Code, Diagnostic};
use crate::nearest;

/// How many citations there are.
pub(super) struct Cited {
    /// To statutes whose text there is to be.
    pub citations: usize,
    /// Of these, those whose article the corpus holds.
    pub resolved: usize,
    /// To versions no corpus holds.
    pub absent: usize,
}

/// Checks all citations.
pub(super) fn check(book: &Book, corpus: &dyn Corpus, found: &mut Vec<Diagnostic>) -> Cited {
    let (mut citations, mut resolved, mut absent) = (0, 0, 0);
    for file in &book.files {
        for cited in &file.cites {
            let citation = &cited.citation;
            let statute = citation.statute.as_str();
            let decl = book.statutes.iter().find(|known| known.name == statute);
            if decl.is_some_and(|decl| decl.absent.is_some()) {
                absent += 1;
                continue;
            }
            citations += 1;
            if decl.is_none() {
                let near = nearest::nearest(statute, book.statutes.iter().map(|known| known.name.as_str()));
                let message = format!("`statutes.md` 没有声明《{statute}》");
                let diagnostic = Diagnostic::new(Code::UnknownStatute, &file.path, cited.statute.clone(), message);
                found.push(diagnostic.help(help(near)).under(cited.heading.as_deref()));
                continue;
            }
            match corpus.has(statute, citation.article) {
                Some(true) => resolved += 1,
                None => {}
                Some(false) => {
                    let message = format!("《{statute}》没有第{}条", chinese_number(citation.article));
                    let diagnostic = Diagnostic::new(Code::UnknownArticle, &file.path, cited.span.clone(), message);
                    found.push(diagnostic.help("对照法律原文改正条号。").under(cited.heading.as_deref()));
                }
            }
        }
    }
    Cited { citations, resolved, absent }
}

pub(super) fn help(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("是否想写 `{near}`？"),
        None => "先在 `statutes.md` 写上这部法律，和它怎样数“日”。".to_owned(),
    }
}
