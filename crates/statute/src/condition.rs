//! Conditions: CEL as a jurist writes it, checked against the fields and lowered to what the kernel evaluates.
//!
//! A hyphen in the name of a field is an underscore here (`case-kind` is `case_kind`). Known functions: `given(field)`,
//! `done('act')`, `raised('mark')`, `rate('name')`, `rate('name', field)`,
//! `open_items('act')`, `times('act')`, `days_between(from, until)`, `today()`. A date is written as a text.
//!
//! INVARIANT: what is handed on is well typed; a condition that is not yields a diagnostic that points into it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cel::Program;
use cel::common::ast::{CallExpr, Expr as Cel, IdedExpr, LiteralValue, SourceInfo, operators};
use jiff::civil::Date;
use kernel::guard::{Comparison, Expr, Operand};
use kernel::names::Name;
use kernel::procedure::FieldKind;

use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;
use crate::nearest;
use crate::reader::{Reader, Text};

/// What conditions may read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Types {
    /// False during the first reading, which only collects the fields.
    pub ready: bool,
    pub fields: BTreeMap<Name, FieldKind>,
    pub questions: BTreeMap<Name, FieldKind>,
    pub lists: BTreeMap<Name, (Vec<String>, Range<usize>)>,
}

/// A condition as the kernel evaluates it, and the fields it reads.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub expr: Expr,
    pub reads: Vec<(Name, Range<usize>)>,
}

/// Parses and checks a condition.
pub(crate) fn lower(text: &Text, types: &Types, questions: bool, reader: &Reader<'_>) -> Lowered {
    let fallback = Lowered { expr: Expr::Literal(Operand::Bool(true)), reads: Vec::new() };
    if !types.ready {
        return fallback;
    }
    let program = match Program::compile(&text.value) {
        Ok(program) => program,
        Err(errors) => {
            let position = errors.errors.first().map(|error| error.pos);
            reader.push(unparsed(text, position, reader));
            return fallback;
        }
    };
    let mut lowering = Lowering { text, types, questions, reader, source: program.source_info(), reads: Vec::new() };
    let (expr, kind) = lowering.lower(program.expression());
    lowering.expect(program.expression(), &kind, &Type::Bool, "条件的结果");
    Lowered { expr, reads: lowering.reads }
}

fn unparsed(text: &Text, position: Option<(isize, isize)>, reader: &Reader<'_>) -> Diagnostic {
    // The parser counts characters from 1; behind the last one it means the end.
    let column = position.and_then(|(_, column)| usize::try_from(column).ok()).unwrap_or(0);
    let mut characters = text.value.char_indices();
    let found = characters.nth(column.saturating_sub(1)).or_else(|| text.value.char_indices().next_back());
    let span = match found {
        Some((at, character)) if text.plain => text.span.start + at..text.span.start + at + character.len_utf8(),
        _ => text.span.clone(),
    };
    let words = [" and ", " or ", " not "];
    let help = if words.iter().any(|word| text.value.contains(word)) {
        "“并且”写成 `&&`，“或者”写成 `||`，“不”写成 `!`。"
    } else if text.value.contains(['‘', '’', '，', '（', '）']) {
        "引号、括号、逗号要用半角（英文）符号。"
    } else {
        "相等写成 `==`，不等写成 `!=`，文字写在单引号里，如 `cause == 'wage'`。"
    };
    reader.error(Code::ConditionSyntax, span, "这个条件不合写法").help(help)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Type {
    Bool,
    Int,
    Text(Option<Name>),
    Date,
    Texts(Option<Name>),
    /// Already reported.
    Unknown,
}

impl Type {
    fn of(kind: &FieldKind) -> Self {
        match kind {
            FieldKind::Money | FieldKind::Number { .. } | FieldKind::Files { .. } | FieldKind::Item { .. } => Self::Int,
            FieldKind::Date { .. } | FieldKind::Time => Self::Date,
            FieldKind::Bool | FieldKind::Promise { .. } => Self::Bool,
            FieldKind::Choice { list } => Self::Text(Some(list.clone())),
            FieldKind::Choices { list } => Self::Texts(Some(list.clone())),
            FieldKind::Ranking { .. } => Self::Texts(None),
            FieldKind::Text { .. }
            | FieldKind::Long { .. }
            | FieldKind::ResidentId
            | FieldKind::CreditCode
            | FieldKind::Office { .. }
            | FieldKind::Colleague { .. }
            | FieldKind::Matter { .. }
            | FieldKind::Phone
            | FieldKind::Region => Self::Text(None),
        }
    }

    const fn zh(&self) -> &'static str {
        match self {
            Self::Bool => "真假",
            Self::Int => "数",
            Self::Text(_) => "文字",
            Self::Date => "日期",
            Self::Texts(_) => "几项选择",
            Self::Unknown => "未知",
        }
    }

    fn fits(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Unknown, _) | (_, Self::Unknown))
            || std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// What conditions may call.
const FUNCTIONS: [&str; 8] = ["given", "done", "raised", "rate", "today", "open_items", "times", "days_between"];

struct Lowering<'a> {
    text: &'a Text,
    types: &'a Types,
    questions: bool,
    reader: &'a Reader<'a>,
    source: &'a SourceInfo,
    reads: Vec<(Name, Range<usize>)>,
}

impl Lowering<'_> {
    fn lower(&mut self, node: &IdedExpr) -> (Expr, Type) {
        if let Some(path) = path_of(node) {
            return self.fact(node, &path);
        }
        match &node.expr {
            Cel::Literal(literal) => self.literal(node, literal),
            Cel::Call(call) => self.call(node, call),
            _ => self.refuse(node, "条件里不能这样写"),
        }
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> (Expr, Type) {
        match literal {
            LiteralValue::Boolean(flag) => (Expr::Literal(Operand::Bool(*flag.inner())), Type::Bool),
            LiteralValue::Int(number) => (Expr::Literal(Operand::Int(*number.inner())), Type::Int),
            LiteralValue::String(text) => (Expr::Literal(Operand::Text(text.inner().to_owned())), Type::Text(None)),
            _ => self.refuse(node, "条件里只能写文字、整数、true、false"),
        }
    }

    fn fact(&mut self, node: &IdedExpr, path: &str) -> (Expr, Type) {
        let name = Name::new(path.replace('_', "-"));
        let span = self.span_of(node, path.len());
        let table = if self.questions { &self.types.questions } else { &self.types.fields };
        let kind = table.get(&name).map_or(Type::Unknown, Type::of);
        let named = if self.questions { Kind::Question } else { Kind::Field };
        self.reader.refer(named, name.clone(), span.clone());
        self.reads.push((name.clone(), span));
        (Expr::Fact(name), kind)
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> (Expr, Type) {
        if call.target.is_some() {
            return self.refuse(node, "条件里不能这样写");
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [left, right]) => self.logic(left, right, Expr::And),
            (operators::LOGICAL_OR, [left, right]) => self.logic(left, right, Expr::Or),
            (operators::LOGICAL_NOT, [inner]) => {
                let (expr, kind) = self.lower(inner);
                self.expect(inner, &kind, &Type::Bool, "`!` 后面");
                (Expr::Not(Box::new(expr)), Type::Bool)
            }
            (operators::IN, [left, right]) => self.membership(left, right),
            ("given", [field]) => self.given(node, field),
            ("done", [name]) => self.named(name, Kind::Act, Expr::Done),
            ("raised", [name]) => self.named(name, Kind::Mark, Expr::Raised),
            ("today", []) => (Expr::Today, Type::Date),
            ("open_items", [name]) => self.counted(name, Expr::OpenItems),
            ("times", [name]) => self.counted(name, Expr::Times),
            ("days_between", [from, until]) => self.days_between(from, until),
            ("rate", [name]) => self.rate(name, None),
            ("rate", [name, key]) => self.rate(name, Some(key)),
            (operator, [left, right]) if comparison(operator).is_some() => {
                self.compare(comparison(operator).unwrap_or(Comparison::Equal), left, right)
            }
            (known, _) if FUNCTIONS.contains(&known) => self.refuse(node, &format!("`{known}` 的参数个数不对")),
            (name, _) if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                let near = nearest::help(name, FUNCTIONS);
                let span = self.function_span(node, name);
                self.report(Code::ConditionType, span, format!("没有函数 `{name}`"), near);
                (Expr::Literal(Operand::Bool(true)), Type::Unknown)
            }
            _ => self.refuse(node, "条件里不能用这个运算"),
        }
    }

    fn logic(&mut self, left: &IdedExpr, right: &IdedExpr, join: fn(Box<Expr>, Box<Expr>) -> Expr) -> (Expr, Type) {
        let (first, first_kind) = self.lower(left);
        self.expect(left, &first_kind, &Type::Bool, "`&&`、`||` 两边");
        let (second, second_kind) = self.lower(right);
        self.expect(right, &second_kind, &Type::Bool, "`&&`、`||` 两边");
        (join(Box::new(first), Box::new(second)), Type::Bool)
    }

    fn given(&mut self, node: &IdedExpr, field: &IdedExpr) -> (Expr, Type) {
        let Some(path) = path_of(field) else {
            return self.refuse(node, "`given` 里只能写一个字段的名称，不加引号");
        };
        let name = Name::new(path.replace('_', "-"));
        let kind = if self.questions { Kind::Question } else { Kind::Field };
        self.reader.refer(kind, name.clone(), self.span_of(field, path.len()));
        (Expr::Given(name), Type::Bool)
    }

    fn named(&mut self, name: &IdedExpr, kind: Kind, make: fn(Name) -> Expr) -> (Expr, Type) {
        match self.quoted(name, kind) {
            Some(found) => (make(found), Type::Bool),
            None => self.refuse(name, &format!("这里应当写{}的名称，加单引号", kind.zh())),
        }
    }

    fn counted(&mut self, name: &IdedExpr, make: fn(Name) -> Expr) -> (Expr, Type) {
        let (expr, kind) = self.named(name, Kind::Act, make);
        (expr, if kind == Type::Bool { Type::Int } else { kind })
    }

    fn days_between(&mut self, from: &IdedExpr, until: &IdedExpr) -> (Expr, Type) {
        let mut side = |node: &IdedExpr| {
            let (expr, kind) = self.lower(node);
            self.expect(node, &kind, &Type::Date, "`days_between` 的参数");
            Box::new(expr)
        };
        let (from, until) = (side(from), side(until));
        (Expr::DaysBetween(from, until), Type::Int)
    }

    fn quoted(&mut self, node: &IdedExpr, kind: Kind) -> Option<Name> {
        let Cel::Literal(LiteralValue::String(text)) = &node.expr else { return None };
        let name = Name::new(text.inner());
        let span = self.inside_quotes(node, text.inner().len());
        self.reader.refer(kind, name.clone(), span);
        Some(name)
    }

    fn rate(&mut self, name: &IdedExpr, key: Option<&IdedExpr>) -> (Expr, Type) {
        let Some(rate) = self.quoted(name, Kind::Rate) else {
            return self.refuse(name, "`rate` 里应当写标准的名称，加单引号");
        };
        let key = key.map(|key| {
            let (expr, kind) = self.lower(key);
            self.expect(key, &kind, &Type::Text(None), "`rate` 的第二个参数");
            Box::new(expr)
        });
        (Expr::Rate(rate, key), Type::Int)
    }

    fn membership(&mut self, left: &IdedExpr, right: &IdedExpr) -> (Expr, Type) {
        let (expr, kind) = self.lower(left);
        let list = match &kind {
            Type::Text(list) | Type::Texts(list) => list.clone(),
            Type::Unknown => None,
            other => {
                let message = format!("`in` 左边应当是选项，这里是{}", other.zh());
                let span = self.width_span(left);
                self.report(Code::ConditionType, span, message, None);
                None
            }
        };
        let Cel::List(written) = &right.expr else {
            return self.refuse(right, "`in` 右边应当是方括号里的一列文字");
        };
        let mut texts = BTreeSet::new();
        for element in &written.elements {
            match &element.expr {
                Cel::Literal(LiteralValue::String(text)) => {
                    self.check_entry(element, text.inner(), list.as_ref());
                    texts.insert(text.inner().to_owned());
                }
                _ => return self.refuse(element, "方括号里只能写加单引号的文字"),
            }
        }
        (Expr::In(Box::new(expr), texts), Type::Bool)
    }

    fn compare(&mut self, comparison: Comparison, left: &IdedExpr, right: &IdedExpr) -> (Expr, Type) {
        let (mut first, mut first_kind) = self.lower(left);
        let (mut second, mut second_kind) = self.lower(right);
        self.as_date(left, &mut first, &mut first_kind, &second_kind);
        self.as_date(right, &mut second, &mut second_kind, &first_kind);
        let result = |first, second| (Expr::Compare(comparison, Box::new(first), Box::new(second)), Type::Bool);
        if !first_kind.fits(&second_kind) {
            let message = format!("{}不能同{}比较", first_kind.zh(), second_kind.zh());
            let span = self.width_span(right);
            self.report(Code::ConditionType, span, message, None);
            return result(first, second);
        }
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if ordered && matches!(first_kind, Type::Bool | Type::Text(_) | Type::Texts(_)) {
            let message = format!("{}不能比大小", first_kind.zh());
            let span = self.width_span(left);
            self.report(Code::ConditionType, span, message, Some("只有数和日期能比大小。".to_owned()));
        } else if matches!(first_kind, Type::Texts(_)) {
            let help = Some("用 `字段 in ['选项']` 问其中有没有。".to_owned());
            let span = self.width_span(left);
            self.report(Code::ConditionType, span, "几项选择不能用 `==` 比较".to_owned(), help);
        }
        for (node, own, other) in [(left, &first, &second_kind), (right, &second, &first_kind)] {
            if let (Expr::Literal(Operand::Text(text)), Type::Text(list)) = (own, other) {
                self.check_entry(node, text, list.as_ref());
            }
        }
        result(first, second)
    }

    /// A text beside a date is a date.
    fn as_date(&mut self, node: &IdedExpr, expr: &mut Expr, kind: &mut Type, other: &Type) {
        let Expr::Literal(Operand::Text(text)) = &*expr else { return };
        if *other != Type::Date {
            return;
        }
        match text.parse::<Date>() {
            Ok(date) => (*expr, *kind) = (Expr::Literal(Operand::Date(date)), Type::Date),
            Err(_) => {
                let message = format!("“{text}”不是日期");
                let span = self.inside_quotes(node, text.len());
                self.report(Code::ConditionType, span, message, Some("日期写成 '2026-01-31' 的样子。".to_owned()));
                *kind = Type::Unknown;
            }
        }
    }

    fn check_entry(&self, node: &IdedExpr, entry: &str, list: Option<&Name>) {
        let Some(list) = list else { return };
        let Some((entries, declared)) = self.types.lists.get(list) else { return };
        if entries.iter().any(|known| known == entry) {
            return;
        }
        let span = self.inside_quotes(node, entry.len());
        let message = format!("选项表 `{list}` 里没有 `{entry}`");
        let near = nearest::help(entry, entries.iter().map(String::as_str));
        let path = self.reader.sheet.path;
        let note = format!("选项表 `{list}` 写在这里");
        let diagnostic = self.reader.error(Code::NotInList, span, message).maybe_help(near);
        self.reader.push(diagnostic.from(path, declared.clone(), note));
    }

    fn expect(&self, node: &IdedExpr, found: &Type, expected: &Type, place: &str) {
        if !found.fits(expected) {
            let message = format!("{place}应当是{}，这里是{}", expected.zh(), found.zh());
            self.report(Code::ConditionType, self.width_span(node), message, None);
        }
    }

    fn refuse(&self, node: &IdedExpr, message: &str) -> (Expr, Type) {
        let help = "能写的有：字段、文字、整数、`&& || ! == != < <= > >= in`、`given done raised rate`。";
        self.report(Code::ConditionType, self.width_span(node), message.to_owned(), Some(help.to_owned()));
        (Expr::Literal(Operand::Bool(true)), Type::Unknown)
    }

    fn report(&self, code: Code, span: Range<usize>, message: String, help: Option<String>) {
        self.reader.push(self.reader.error(code, span, message).maybe_help(help));
    }

    /// Bytes of the file for `length` bytes from where the leftmost part of a node begins.
    fn span_of(&self, node: &IdedExpr, length: usize) -> Range<usize> {
        let start = self.start_of(node);
        match start {
            Some(start) if self.text.plain => {
                let from = (self.text.span.start + start).min(self.text.span.end);
                from..(from + length).min(self.text.span.end)
            }
            _ => self.text.span.clone(),
        }
    }

    /// A call stands at its opening parenthesis; its name stands before it.
    fn function_span(&self, node: &IdedExpr, name: &str) -> Range<usize> {
        let start = self.start_of(node).and_then(|at| at.checked_sub(name.len()));
        match start {
            Some(start) if self.text.plain && self.text.value.get(start..start + name.len()) == Some(name) => {
                self.text.span.start + start..self.text.span.start + start + name.len()
            }
            _ => self.span_of(node, 1),
        }
    }

    fn start_of(&self, node: &IdedExpr) -> Option<usize> {
        let mut leftmost = node;
        while let Cel::Select(select) = &leftmost.expr {
            leftmost = &select.operand;
        }
        let (start, _) = self.source.offset_for(leftmost.id)?;
        usize::try_from(start).ok()
    }

    fn inside_quotes(&self, node: &IdedExpr, length: usize) -> Range<usize> {
        let outer = self.span_of(node, length + 1);
        if self.text.plain { (outer.start + 1).min(outer.end)..outer.end } else { outer }
    }

    fn width_span(&self, node: &IdedExpr) -> Range<usize> {
        match (&node.expr, path_of(node)) {
            (_, Some(path)) => self.span_of(node, path.len()),
            (Cel::Literal(LiteralValue::String(text)), _) => self.span_of(node, text.inner().len() + 2),
            (Cel::Literal(LiteralValue::Int(number)), _) => self.span_of(node, number.inner().to_string().len()),
            (Cel::Literal(LiteralValue::Boolean(flag)), _) => self.span_of(node, flag.inner().to_string().len()),
            _ => self.text.span.clone(),
        }
    }
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// `agent.name` of an identifier or a selection on one.
fn path_of(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Cel::Ident(name) => Some(name.clone()),
        Cel::Select(select) if !select.test => Some(format!("{}.{}", path_of(&select.operand)?, select.field)),
        _ => None,
    }
}
