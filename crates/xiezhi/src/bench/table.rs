//! The numbers, each beside its limit and beside what the machine allows.

use serde_json::{Value as Json, json};

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name in data.
    pub key: &'static str,
    /// What was measured.
    pub what: String,
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// The most it may be.
    pub at_most: Option<f64>,
    /// The least it may be.
    pub at_least: Option<f64>,
    /// What the machine allows: words, number, and how many times as much ours is.
    pub beside: Option<(String, f64)>,
}

impl Line {
    fn holds(&self) -> bool {
        self.at_most.is_none_or(|most| self.value <= most) && self.at_least.is_none_or(|least| self.value >= least)
    }
}

/// A limit as it is said: whole numbers without decimals.
fn written(limit: f64) -> String {
    if limit.fract() == 0.0 { format!("{limit:.0}") } else { format!("{limit:.2}") }
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What was measured on.
    pub about: Vec<String>,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Table {
    /// Whether every number is within its limit.
    pub fn holds(&self) -> bool {
        self.lines.iter().all(Line::holds)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = self.about.join("\n");
        for line in &self.lines {
            let verdict = if line.holds() { "达到" } else { "没有达到" };
            let limit = match (line.at_most, line.at_least) {
                (None, None) => String::new(),
                (Some(most), _) => format!("  限 {} {}：{verdict}", written(most), line.unit),
                (None, Some(least)) => format!("  至少 {least:.0} {}：{verdict}", line.unit),
            };
            text.push_str(&format!("\n{}\n    {:.2} {}{limit}", line.what, line.value, line.unit));
            if let Some((what, value)) = &line.beside {
                text.push_str(&format!(
                    "\n    比照：{what} {value:.2} {}，为其 {:.2} 倍",
                    line.unit,
                    line.value / value
                ));
            }
        }
        text
    }

    /// For programs.
    pub fn data(&self) -> Json {
        let line = |line: &Line| {
            let beside = line
                .beside
                .as_ref()
                .map(|(what, value)| json!({ "what": what, "value": value, "ratio": line.value / value }));
            json!({ "key": line.key, "what": line.what, "value": line.value, "unit": line.unit, "at_most": line.at_most,
                    "at_least": line.at_least, "holds": line.holds(), "beside": beside })
        };
        json!({ "holds": self.holds(), "about": self.about, "lines": self.lines.iter().map(line).collect::<Vec<_>>() })
    }
}
