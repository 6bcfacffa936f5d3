//! The slips: what can go wrong in a line, and which of them are tried.

use std::ops::Range;

use kernel::procedure::Procedure;

use super::line::{Line, Property, lines};

/// One slip.
#[derive(Debug, Clone)]
pub(super) struct Slip {
    pub class: &'static str,
    pub line: usize,
    pub before: String,
    pub after: String,
    cut: Range<usize>,
    put: String,
}

impl Slip {
    /// The file with the slip in it.
    pub(super) fn applied(&self, text: &str) -> String {
        let (before, after) = (text.get(..self.cut.start), text.get(self.cut.end..));
        format!("{}{}{}", before.unwrap_or_default(), self.put, after.unwrap_or_default())
    }
}

/// Properties that are left out.
const DROPPED: [(&str, &str, &str); 24] = [
    ("act", "apart-from", "由一人办两件事"),
    ("act", "with", "由一人办两件事"),
    ("act", "paper", "漏写文书"),
    ("act", "stops", "漏写停"),
    ("act", "deducts", "漏写停"),
    ("act", "resumes", "漏写续"),
    ("act", "restarts", "漏写续"),
    ("act", "once", "漏写只一次"),
    ("act", "settles", "漏写了结"),
    ("act", "raises", "漏写留下"),
    ("act", "adverse", "漏写不利"),
    ("act", "to", "漏写去向"),
    ("act", "recuses", "漏写回避"),
    ("act", "answers", "漏写答复"),
    ("act", "publishes", "漏写公开"),
    ("act", "needs-dossier", "漏写卷要齐"),
    ("limit", "expiry", "漏写届满"),
    ("limit", "met-by", "漏写办到"),
    ("limit", "while", "漏写待办"),
    ("limit", "at-least", "漏写不少于"),
    ("limit", "day-one", "漏写当日"),
    ("limit", "rolls", "漏写不顺延"),
    ("stage", "no-limit", "漏写理由"),
    ("item", "must-when", "漏写必须"),
];

/// Nodes that are left out.
const REMOVED: [(&str, &str); 6] = [
    ("remedy", "漏写救济"),
    ("limit", "漏写期限"),
    ("guard", "漏写条件"),
    ("extend", "漏写延长"),
    ("without", "漏写扣除"),
    ("compute", "漏写算法"),
];

/// Lists of which one is left out.
const SHORTENED: [(&str, &str, &str); 6] = [
    ("act", "in", "漏一个环节"),
    ("act", "by", "换席位"),
    ("limit", "spans", "漏一个环节"),
    ("limit", "from", "漏一个起算"),
    ("limit", "holds", "漏一个行为"),
    ("act", "apart-from", "由一人办两件事"),
];

/// Nodes of fields.
const FIELDS: [&str; 13] = [
    "text",
    "long",
    "money",
    "number",
    "date",
    "time",
    "bool",
    "choice",
    "choices",
    "region",
    "file",
    "phone",
    "colleague",
];

/// Slips of a file, `count` of them or as many as there are, picked by the seed.
pub(super) fn slips(text: &str, whole: &Procedure, count: usize, seed: u64) -> Vec<Slip> {
    let mut making = Making { text, whole, chance: Chance(seed), slips: Vec::new() };
    let lines = lines(text);
    for (at, line) in lines.iter().enumerate() {
        making.dropped(line);
        making.removed(line);
        making.shortened(line);
        making.swapped(line);
        making.counted(line);
        making.cited(line);
        making.opened(line, lines.get(..at).unwrap_or_default());
    }
    let Making { mut slips, mut chance, .. } = making;
    for at in (1..slips.len()).rev() {
        slips.swap(at, chance.below(at + 1));
    }
    slips.truncate(count);
    slips
}

struct Making<'a> {
    text: &'a str,
    whole: &'a Procedure,
    chance: Chance,
    slips: Vec<Slip>,
}

impl Making<'_> {
    fn put(&mut self, class: &'static str, line: &Line, cut: Range<usize>, put: impl Into<String>) {
        let put = put.into();
        let written = self.text.get(line.span.clone()).unwrap_or_default();
        let whole_line = cut.start <= line.span.start && cut.end >= line.span.end;
        let after = if whole_line {
            String::new()
        } else {
            let before = self.text.get(line.span.start..cut.start).unwrap_or_default();
            let rest = self.text.get(cut.end..line.span.end).unwrap_or_default();
            format!("{before}{put}{rest}").trim().to_owned()
        };
        self.slips.push(Slip { class, line: line.number, before: written.trim().to_owned(), after, cut, put });
    }

    fn dropped(&mut self, line: &Line) {
        for (node, key, class) in DROPPED {
            if line.node == node
                && let Some(property) = line.property(key)
            {
                self.put(class, line, property.span.clone(), "");
            }
        }
        for key in ["veiled-from", "when"] {
            if FIELDS.contains(&line.node.as_str())
                && let Some(property) = line.property(key)
            {
                let class = if key == "when" { "漏写何时问" } else { "漏写保密" };
                self.put(class, line, property.span.clone(), "");
            }
        }
    }

    fn removed(&mut self, line: &Line) {
        for (node, class) in REMOVED {
            if line.node == node && !line.opens && line.name.is_some() | (node == "guard") {
                self.put(class, line, line.span.clone(), "");
            }
        }
        if line.node == "notice" && !line.opens {
            self.put("漏写通知", line, line.span.clone(), "");
        }
    }

    fn shortened(&mut self, line: &Line) {
        for (node, key, class) in SHORTENED {
            let Some(property) = line.property(key).filter(|_| line.node == node) else { continue };
            let parts: Vec<&str> = property.value.split(',').collect();
            if parts.len() < 2 {
                continue;
            }
            let gone = self.chance.below(parts.len());
            let kept: Vec<&str> =
                parts.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, part)| *part).collect();
            self.put(class, line, property.value_span.clone(), kept.join(","));
        }
    }

    /// Another stage, seat or unit; the opposite condition.
    fn swapped(&mut self, line: &Line) {
        let whole = self.whole;
        let stages = || whole.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>();
        let seats = || whole.seats.iter().map(|seat| seat.name.as_str()).collect::<Vec<_>>();
        let swaps = [
            ("act", "to", "改去向", stages()),
            ("act", "by", "换席位", seats()),
            ("stage", "by", "换席位", seats()),
            ("limit", "by", "换席位", seats()),
            ("limit", "unit", "改单位", vec!["natural-day", "working-day", "month"]),
            ("extend", "unit", "改单位", vec!["natural-day", "working-day", "month"]),
            ("limit", "kind", "改性质", vec!["promised", "internal"]),
        ];
        for (node, key, class, others) in swaps {
            let Some(property) = line.property(key).filter(|_| line.node == node) else { continue };
            let others: Vec<&str> = others.into_iter().filter(|other| *other != property.value).collect();
            if let Some(other) = others.get(self.chance.below(others.len().max(1))) {
                self.put(class, line, property.value_span.clone(), *other);
            }
        }
        if let Some(when) = line.property("when").filter(|_| line.node == "guard") {
            self.put("条件写反", line, when.value_span.clone(), format!("!({})", when.value));
        }
        if let Some(to) = line.property("to").filter(|_| line.node == "paper") {
            self.put("漏写收件人", line, to.span.clone(), "");
        }
    }

    /// One more or one less.
    fn counted(&mut self, line: &Line) {
        for (node, key) in [("limit", "within"), ("extend", "by"), ("extend", "times"), ("extend", "at-most")] {
            let Some(property) = line.property(key).filter(|_| line.node == node) else { continue };
            let Ok(number) = property.value.parse::<u32>() else { continue };
            let other = if number > 1 && self.chance.below(2) == 0 { number - 1 } else { number + 1 };
            self.put("改数字", line, property.value_span.clone(), other.to_string());
        }
    }

    /// The article beside the right one.
    fn cited(&mut self, line: &Line) {
        let cited = ["act", "limit", "stage", "remedy", "guard", "extend"].contains(&line.node.as_str());
        let Some(property) = line.property("cite").filter(|_| cited) else { return };
        let Some((statute, articles)) = property.value.split_once(':') else { return };
        let (first, rest) =
            articles.split_once([',', ';']).map_or((articles, None), |(first, _)| (first, articles.get(first.len()..)));
        let digits = first.split('.').next().unwrap_or(first);
        let Ok(number) = digits.parse::<u32>() else { return };
        let tail = first.get(digits.len()..).unwrap_or_default();
        let put = format!("{statute}:{}{tail}{}", number + 1, rest.unwrap_or_default());
        self.put("改条号", line, property.value_span.clone(), put);
    }

    /// A compulsory answer becomes optional; somebody more may open a paper.
    fn opened(&mut self, line: &Line, before: &[Line]) {
        let in_act = before.iter().rev().find(|line| line.opens).is_some_and(|line| line.node == "section");
        let field = FIELDS.contains(&line.node.as_str()) && in_act && line.node != "bool";
        if field && line.property("optional").is_none() && !line.opens {
            let end = last(line).map_or(line.span.end - 1, |property| property.span.end);
            self.put("改为可不填", line, end..end, " optional=#true");
        }
        if let Some(readers) = line.property("readers").filter(|_| line.node == "paper") {
            let known: Vec<&str> = readers.value.split(',').collect();
            let whole = self.whole;
            let others: Vec<&str> =
                whole.seats.iter().map(|seat| seat.name.as_str()).filter(|seat| !known.contains(seat)).collect();
            if let Some(other) = others.get(self.chance.below(others.len().max(1))) {
                self.put("多一人可看", line, readers.value_span.clone(), format!("{},{other}", readers.value));
            }
        }
    }
}

fn last(line: &Line) -> Option<&Property> {
    line.properties.last()
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let bound = u64::try_from(bound).unwrap_or(1).max(1);
        usize::try_from(mixed % bound).unwrap_or(0)
    }
}
