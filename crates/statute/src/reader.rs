//! The decode layer: reads one node, and remembers what was asked of it.
//!
//! A property is known because somebody reads it; there is no list of allowed keys beside the code that reads them.
//! What was asked and not found is a missing property, what was found and not asked is an unknown one, with the
//! nearest asked name as help. The same memory writes the reference page of the language.
//!
//! INVARIANT: a node is either decoded without loss or reported; nothing written is silently ignored.

use std::cell::{Cell, RefCell};
use std::ops::{Range, RangeInclusive};

use jiff::civil::Date;
use kdl::{KdlEntry, KdlNode, KdlValue};
use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::Citation;

use crate::condition;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{Condition, Decl, Kind, Message, Ref, Role};
use crate::nearest;
use crate::sheet::{Asked, Child, Entry, Sheet, walk};
use crate::syntax::Chunk;

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub value: String,
    pub span: Range<usize>,
    /// Each byte of the value is a byte of the file.
    pub plain: bool,
}

/// One node being read.
pub(crate) struct Reader<'r> {
    pub sheet: &'r Sheet<'r>,
    chunk: &'r Chunk,
    node: &'r KdlNode,
    path: String,
    asked: RefCell<Vec<Asked>>,
    children: RefCell<Option<Vec<&'static str>>>,
    args_read: Cell<usize>,
    declared: RefCell<Vec<usize>>,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(sheet: &'r Sheet<'r>, chunk: &'r Chunk, node: &'r KdlNode, path: String) -> Self {
        Self {
            sheet,
            chunk,
            node,
            path,
            asked: RefCell::default(),
            children: RefCell::default(),
            args_read: Cell::new(0),
            declared: RefCell::default(),
        }
    }

    fn probing(&self) -> bool {
        self.sheet.catalogue.is_some()
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.chunk.name_span(self.node)
    }

    fn report(&self, diagnostic: Diagnostic) {
        if !self.probing() {
            self.sheet.report(diagnostic);
        }
    }

    pub(crate) fn error(&self, code: Code, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.sheet.path, span, message)
    }

    pub(crate) fn push(&self, diagnostic: Diagnostic) {
        self.report(diagnostic);
    }

    fn ask(
        &self,
        name: Option<&'static str>,
        form: impl Into<String>,
        needed: bool,
        doc: &'static str,
    ) -> Option<&'r KdlEntry> {
        self.asked.borrow_mut().push(Asked { name, form: form.into(), needed, doc });
        let found = match name {
            Some(name) => {
                let mut entries = self.node.entries().iter();
                entries.find(|entry| entry.name().is_some_and(|written| written.value() == name))
            }
            None => {
                let at = self.args_read.get();
                self.args_read.set(at + 1);
                self.node.entries().iter().filter(|entry| entry.name().is_none()).nth(at)
            }
        };
        if found.is_none() && needed {
            let what = name.map_or_else(|| format!("缺少{doc}"), |name| format!("缺少 `{name}`（{doc}）"));
            let message = format!("`{}` {what}", self.node.name().value());
            let help = name.map_or_else(
                || format!("写在节点名后面：`{} …`。", self.node.name().value()),
                |name| format!("加上 `{name}=…`。"),
            );
            self.report(self.error(Code::MissingProperty, self.span(), message).help(help));
        }
        found
    }

    fn wrong(&self, entry: &KdlEntry, what: &str) {
        let name = entry.name().map_or("参数".to_owned(), |name| format!("`{}`", name.value()));
        let message = format!("{name} 应当是{what}");
        self.report(self.error(Code::WrongValue, self.chunk.value_span(entry).0, message));
    }

    fn text_of(&self, entry: &KdlEntry, what: &str) -> Option<Text> {
        let (span, plain) = self.chunk.value_span(entry);
        match entry.value() {
            KdlValue::String(value) if value.trim().is_empty() => {
                self.wrong(entry, &format!("{what}，不能是空的"));
                None
            }
            KdlValue::String(value) => Some(Text { value: value.clone(), span, plain }),
            _ => {
                self.wrong(entry, &format!("{what}，写在英文双引号里"));
                None
            }
        }
    }

    /// The next argument as text; it must be there.
    pub(crate) fn arg(&self, doc: &'static str) -> String {
        self.ask(None, "文字", true, doc)
            .and_then(|entry| self.text_of(entry, "文字"))
            .map(|text| text.value)
            .unwrap_or_default()
    }

    /// The next argument as a whole number.
    pub(crate) fn arg_int(&self, range: RangeInclusive<i64>, doc: &'static str) -> Option<i64> {
        self.ask(None, form_of(&range), true, doc).and_then(|entry| self.int_of(entry, range))
    }

    /// All remaining arguments as whole numbers.
    pub(crate) fn args_int(&self, range: RangeInclusive<i64>, doc: &'static str) -> Vec<i64> {
        let mut numbers: Vec<i64> = self.arg_int(range.clone(), doc).into_iter().collect();
        let written = self.node.entries().iter().filter(|entry| entry.name().is_none());
        let rest: Vec<_> = written.skip(self.args_read.get()).collect();
        self.args_read.set(self.args_read.get() + rest.len());
        numbers.extend(rest.into_iter().filter_map(|entry| self.int_of(entry, range.clone())));
        numbers
    }

    /// The next argument as a date.
    pub(crate) fn arg_date(&self, doc: &'static str) -> Option<(Date, Range<usize>)> {
        let entry = self.ask(None, "日期", true, doc)?;
        Some((self.date_of(entry)?, self.chunk.value_span(entry).0))
    }

    /// The next argument as a name declared here.
    pub(crate) fn declares(&self, kind: Kind, owner: Option<&Name>, doc: &'static str) -> Name {
        let entry = self.ask(None, "名称", true, doc);
        let Some(text) = entry.and_then(|entry| self.text_of(entry, "名称")) else { return Name::default() };
        self.declare(kind, owner, &text.value, text.span)
    }

    /// The next argument as a reference; what the node says of it is found under `own`, so that a check can point at it.
    pub(crate) fn says_of(&self, kind: Kind, own: Kind, doc: &'static str) -> Name {
        let entry = self.ask(None, format!("{}的名称", kind.zh()), true, doc);
        let Some(text) = entry.and_then(|entry| self.text_of(entry, "名称")) else { return Name::default() };
        let found = self.declare(own, None, &text.value, text.span.clone());
        self.refer(kind, found.clone(), text.span);
        found
    }

    /// Declares a name that stands at `span`.
    pub(crate) fn declare(&self, kind: Kind, owner: Option<&Name>, name: &str, span: Range<usize>) -> Name {
        let name = Name::new(name);
        let heading = self.sheet.heading.borrow().clone();
        let mut index = self.sheet.index.borrow_mut();
        let decl = Decl { kind, name: name.clone(), owner: owner.cloned(), span, props: Default::default(), heading };
        index.decls.push(decl);
        self.declared.borrow_mut().push(index.decls.len() - 1);
        name
    }

    /// A text property that may be absent.
    pub(crate) fn text(&self, name: &'static str, doc: &'static str) -> Option<Text> {
        self.ask(Some(name), "文字", false, doc).and_then(|entry| self.text_of(entry, "文字"))
    }

    /// A text property that may be absent; the text, empty when it is.
    pub(crate) fn text_or_empty(&self, name: &'static str, doc: &'static str) -> String {
        self.text(name, doc).map(|text| text.value).unwrap_or_default()
    }

    /// A text property that must be there.
    pub(crate) fn need_text(&self, name: &'static str, doc: &'static str) -> Text {
        let found = self.ask(Some(name), "文字", true, doc).and_then(|entry| self.text_of(entry, "文字"));
        found.unwrap_or(Text { value: String::new(), span: self.span(), plain: false })
    }

    /// A message with `{…}` places.
    pub(crate) fn need_message(&self, name: &'static str, doc: &'static str) -> String {
        let text = self.need_text(name, doc);
        self.message(text, false)
    }

    /// The next argument as a message with `{…}` places.
    pub(crate) fn arg_message(&self, doc: &'static str) -> String {
        let found = self.ask(None, "文字", true, doc).and_then(|entry| self.text_of(entry, "文字"));
        found.map(|text| self.message(text, true)).unwrap_or_default()
    }

    fn message(&self, text: Text, para: bool) -> String {
        let heading = self.sheet.heading.borrow().clone();
        let message = Message { para, text: text.value.clone(), span: text.span, heading };
        self.sheet.index.borrow_mut().messages.push(message);
        text.value
    }

    /// `#true` or `#false`; false when absent.
    pub(crate) fn flag(&self, name: &'static str, doc: &'static str) -> bool {
        self.flag_or(name, false, doc)
    }

    /// `#true` or `#false`, with the value where it is absent.
    pub(crate) fn flag_or(&self, name: &'static str, absent: bool, doc: &'static str) -> bool {
        let Some(entry) = self.ask(Some(name), "真假", false, doc) else { return absent };
        match entry.value() {
            KdlValue::Bool(flag) => *flag,
            _ => {
                self.wrong(entry, " `#true` 或者 `#false`");
                absent
            }
        }
    }

    /// A whole number that may be absent.
    pub(crate) fn int(&self, name: &'static str, range: RangeInclusive<i64>, doc: &'static str) -> Option<i64> {
        self.ask(Some(name), form_of(&range), false, doc).and_then(|entry| self.int_of(entry, range))
    }

    fn int_of(&self, entry: &KdlEntry, range: RangeInclusive<i64>) -> Option<i64> {
        let number = match entry.value() {
            KdlValue::Integer(number) => i64::try_from(*number).ok().filter(|number| range.contains(number)),
            _ => None,
        };
        if number.is_none() {
            self.wrong(entry, &format!("整数，{}到{}", range.start(), range.end()));
        }
        number
    }

    /// A date that may be absent.
    pub(crate) fn date(&self, name: &'static str, doc: &'static str) -> Option<Date> {
        self.ask(Some(name), "日期", false, doc).and_then(|entry| self.date_of(entry))
    }

    /// A date that must be there.
    pub(crate) fn need_date(&self, name: &'static str, doc: &'static str) -> Date {
        self.ask(Some(name), "日期", true, doc).and_then(|entry| self.date_of(entry)).unwrap_or(Date::MIN)
    }

    fn date_of(&self, entry: &KdlEntry) -> Option<Date> {
        let date = match entry.value() {
            KdlValue::String(text) if text.len() == 10 => text.parse().ok(),
            _ => None,
        };
        if date.is_none() {
            self.wrong(entry, "存在的日期，写成 \"2026-01-31\" 的样子");
        }
        date
    }

    /// One of several words; absent is `None`.
    pub(crate) fn word<T: Clone>(
        &self,
        name: &'static str,
        words: &[(&'static str, T)],
        doc: &'static str,
    ) -> Option<T> {
        self.ask(Some(name), form_of_words(words), false, doc).and_then(|entry| self.word_of(entry, words))
    }

    /// One of several words; it must be there.
    pub(crate) fn need_word<T: Clone>(
        &self,
        name: &'static str,
        words: &[(&'static str, T)],
        doc: &'static str,
    ) -> Option<T> {
        self.ask(Some(name), form_of_words(words), true, doc).and_then(|entry| self.word_of(entry, words))
    }

    fn word_of<T: Clone>(&self, entry: &KdlEntry, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text_of(entry, "文字")?;
        let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| value.clone());
        if found.is_none() {
            let what = entry.name().map_or("这里", |name| name.value());
            let message = format!("`{what}` 不能是 `{}`", text.value);
            let near = nearest::help(&text.value, words.iter().map(|(word, _)| *word));
            self.report(self.error(Code::UnknownWord, text.span, message).maybe_help(near));
        }
        found
    }

    /// Names separated by commas, each a reference.
    pub(crate) fn names(&self, name: &'static str, kind: Kind, doc: &'static str) -> Vec<Name> {
        let entry = self.ask(Some(name), format!("{}的名称，可以几个，用逗号分开", kind.zh()), false, doc);
        let Some(text) = entry.and_then(|entry| self.text_of(entry, "名称")) else { return Vec::new() };
        self.split_refs(&text, kind)
    }

    /// Words of a fixed list, separated by commas.
    pub(crate) fn names_of(&self, name: &'static str, words: &[&str], doc: &'static str) -> Vec<String> {
        let Some(text) = self.text(name, doc) else { return Vec::new() };
        let written = text.value.split(',').map(str::trim).filter(|word| !word.is_empty());
        let (known, unknown): (Vec<&str>, Vec<&str>) = written.partition(|word| words.contains(word));
        for word in unknown {
            let message = format!("`{name}` 里没有 `{word}` 这一项");
            let near = nearest::help(word, words.iter().copied());
            self.report(self.error(Code::UnknownWord, text.span.clone(), message).maybe_help(near));
        }
        known.into_iter().map(str::to_owned).collect()
    }

    fn split_refs(&self, text: &Text, kind: Kind) -> Vec<Name> {
        let mut names = Vec::new();
        let mut at = text.span.start;
        for part in text.value.split(',') {
            let lead = part.len() - part.trim_start().len();
            let part_name = Name::new(part.trim());
            let span = if text.plain { at + lead..at + lead + part.trim().len() } else { text.span.clone() };
            self.refer(kind, part_name.clone(), span);
            names.push(part_name);
            at += part.len() + 1;
        }
        names
    }

    /// Registers a reference.
    pub(crate) fn refer(&self, kind: Kind, name: Name, span: Range<usize>) {
        let heading = self.sheet.heading.borrow().clone();
        self.sheet.index.borrow_mut().refs.push(Ref { kind, name, span, heading });
    }

    /// One name, a reference, that may be absent.
    pub(crate) fn one(&self, name: &'static str, kind: Kind, doc: &'static str) -> Option<Name> {
        let entry = self.ask(Some(name), format!("{}的名称", kind.zh()), false, doc)?;
        let text = self.text_of(entry, "名称")?;
        let found = Name::new(text.value);
        self.refer(kind, found.clone(), text.span);
        Some(found)
    }

    /// One name, a reference, that must be there.
    pub(crate) fn need_one(&self, name: &'static str, kind: Kind, doc: &'static str) -> Name {
        let entry = self.ask(Some(name), format!("{}的名称", kind.zh()), true, doc);
        let Some(text) = entry.and_then(|entry| self.text_of(entry, "名称")) else { return Name::default() };
        let found = Name::new(text.value);
        self.refer(kind, found.clone(), text.span);
        found
    }

    /// `法律援助法:43,49`, several statutes separated by `;`; empty when absent.
    pub(crate) fn cites(&self, name: &'static str, doc: &'static str) -> Vec<Citation> {
        let entry = self.ask(Some(name), "法条，如 \"法律援助法:43,49\"", false, doc);
        let Some(text) = entry.and_then(|entry| self.text_of(entry, "法条")) else { return Vec::new() };
        let mut cites = Vec::new();
        let mut at = text.span.start;
        for group in text.value.split(';') {
            let (statute, articles) = group.split_once(':').unwrap_or((group, ""));
            let lead = statute.len() - statute.trim_start().len();
            let name = if text.plain { at + lead..at + statute.len() } else { text.span.clone() };
            at += statute.len() + 1;
            for article in articles.split(',') {
                let span = if text.plain { at..at + article.len() } else { text.span.clone() };
                at += article.len() + 1;
                self.one_cite((statute.trim(), name.clone()), (article.trim(), span), &text, &mut cites);
            }
        }
        cites
    }

    fn one_cite(
        &self,
        (statute, statute_span): (&str, Range<usize>),
        (article, span): (&str, Range<usize>),
        text: &Text,
        cites: &mut Vec<Citation>,
    ) {
        match article.parse() {
            Ok(article) if article > 0 && !statute.is_empty() => {
                let citation = Citation { statute: statute.to_owned(), article };
                self.sheet.cite(citation.clone(), statute_span, span);
                cites.push(citation);
            }
            _ => {
                let message = format!("读不懂法条“{}”", text.value);
                self.report(
                    self.error(Code::BadCitation, text.span.clone(), message)
                        .help("写成 \"法律援助法:43\"，几条用逗号分开，几部法律用分号分开。"),
                );
            }
        }
    }

    /// One article; absent is `None`.
    pub(crate) fn cite(&self, name: &'static str, doc: &'static str) -> Option<Citation> {
        let mut cites = self.cites(name, doc);
        if cites.len() > 1 {
            let span = self.prop_span(name).unwrap_or_else(|| self.span());
            self.report(self.error(Code::BadCitation, span, "这里只能写一条法条").help("留下最直接的一条。"));
        }
        cites.truncate(1);
        cites.pop()
    }

    /// One article that must be there.
    pub(crate) fn need_cite(&self, name: &'static str, doc: &'static str) -> Citation {
        let found = self.cite(name, doc);
        if let Some(last) = self.asked.borrow_mut().last_mut() {
            last.needed = true;
        }
        if found.is_none() && self.prop_span(name).is_none() {
            let message = format!("`{}` 缺少 `{name}`（{doc}）", self.node.name().value());
            self.report(
                self.error(Code::MissingProperty, self.span(), message).help(format!("加上 `{name}=\"法律:条\"`。")),
            );
        }
        found.unwrap_or(Citation { statute: String::new(), article: 0 })
    }

    /// A condition; absent is `None`.
    pub(crate) fn condition(
        &self,
        name: &'static str,
        role: Role,
        owner: Option<&Name>,
        doc: &'static str,
    ) -> Option<(Expr, String)> {
        let entry = self.ask(Some(name), "条件", false, doc)?;
        self.condition_of(entry, role, owner)
    }

    /// A condition that must be there.
    pub(crate) fn need_condition(
        &self,
        name: &'static str,
        role: Role,
        owner: Option<&Name>,
        doc: &'static str,
    ) -> Option<(Expr, String)> {
        let entry = self.ask(Some(name), "条件", true, doc)?;
        self.condition_of(entry, role, owner)
    }

    fn condition_of(&self, entry: &KdlEntry, role: Role, owner: Option<&Name>) -> Option<(Expr, String)> {
        let text = self.text_of(entry, "条件")?;
        let questions = role == Role::Screening;
        let lowered = condition::lower(&text, &self.sheet.types, questions, self);
        let heading = self.sheet.heading.borrow().clone();
        let condition = Condition {
            owner: owner.cloned(),
            role,
            expr: lowered.expr.clone(),
            reads: lowered.reads,
            span: text.span.clone(),
            heading,
        };
        self.sheet.index.borrow_mut().conditions.push(condition);
        Some((lowered.expr, text.value))
    }

    /// Where the value of a property stands.
    pub(crate) fn prop_span(&self, name: &str) -> Option<Range<usize>> {
        let mut entries = self.node.entries().iter();
        let entry = entries.find(|entry| entry.name().is_some_and(|written| written.value() == name))?;
        Some(self.chunk.value_span(entry).0)
    }

    /// Reads the children of the node, in the order written.
    pub(crate) fn children<T>(&self, table: &[Child<'_, T>], target: &mut T) {
        *self.children.borrow_mut() = Some(table.iter().map(|child| child.name).collect());
        if self.probing() {
            self.sheet.probe(self.chunk, self.node, &self.path, table, target);
        } else if let Some(children) = self.node.children() {
            walk(self.sheet, self.chunk, children.nodes(), self.node.name().value(), table, target, &mut Vec::new());
        }
    }

    /// Puts what was asked before what the children were asked.
    pub(crate) fn record(&self, doc: &'static str, at: usize) {
        if let Some(catalogue) = &self.sheet.catalogue {
            let children = self.children.borrow().clone().unwrap_or_default();
            let entry = Entry { path: self.path.clone(), doc, asked: self.asked.borrow().clone(), children };
            catalogue.borrow_mut().insert(at, entry);
        }
    }

    /// Reports what was written and not asked.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        let known: Vec<&str> = asked.iter().filter_map(|asked| asked.name).collect();
        let node = self.node.name().value();
        let mut seen: Vec<&str> = Vec::new();
        let mut args = 0;
        for entry in self.node.entries() {
            let Some(name) = entry.name().map(|name| name.value()) else {
                args += 1;
                if args > self.args_read.get() {
                    let message = format!("`{node}` 不认得这个参数");
                    self.report(
                        self.error(Code::UnknownProperty, self.chunk.value_span(entry).0, message)
                            .help("属性要写成 `名称=值`。"),
                    );
                }
                continue;
            };
            let key = self.chunk.key_span(entry);
            if !known.contains(&name) {
                let near = nearest::help(name, known.iter().copied());
                let message = format!("`{node}` 不认得属性 `{name}`");
                self.report(self.error(Code::UnknownProperty, key, message).maybe_help(near));
            } else if seen.contains(&name) {
                let message = format!("`{name}` 写了两次");
                self.report(self.error(Code::DuplicateProperty, key, message).help("只留一个。"));
            }
            seen.push(name);
            self.remember(name, self.chunk.value_span(entry).0);
        }
        if let (None, Some(children)) = (&*self.children.borrow(), self.node.children()) {
            for child in children.nodes() {
                let message = format!("`{node}` 里面不写别的节点");
                self.report(self.error(Code::UnknownNode, self.chunk.name_span(child), message));
            }
        }
    }

    fn remember(&self, prop: &str, span: Range<usize>) {
        let mut index = self.sheet.index.borrow_mut();
        for at in self.declared.borrow().iter() {
            if let Some(decl) = index.decls.get_mut(*at) {
                decl.props.insert(prop.to_owned(), span.clone());
            }
        }
    }
}

fn form_of(range: &RangeInclusive<i64>) -> String {
    match (*range.start(), *range.end()) {
        (0, i64::MAX) => "整数".to_owned(),
        (start, end) => format!("整数，{start}到{end}"),
    }
}

fn form_of_words<T>(words: &[(&'static str, T)]) -> String {
    words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join("、")
}
