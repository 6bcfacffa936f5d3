//! Every citation names a declared statute and, where the corpus knows it, an article that exists.

use kernel::names::chinese_number;

use crate::book::Book;
use crate::corpus::Corpus;
use crate::diagnostic::{Code, Diagnostic};
use crate::nearest;

/// Checks all citations; how many there are, and how many of them the corpus holds.
pub(super) fn check(book: &Book, corpus: &dyn Corpus, found: &mut Vec<Diagnostic>) -> (usize, usize) {
    let (mut citations, mut resolved) = (0, 0);
    for file in &book.files {
        for cited in &file.cites {
            citations += 1;
            let citation = &cited.citation;
            let statute = citation.statute.as_str();
            if book.counting(statute).is_none() {
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
    (citations, resolved)
}

pub(super) fn help(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("是否想写 `{near}`？"),
        None => "先在 `statutes.md` 写上这部法律，和它怎样数“日”。".to_owned(),
    }
}
