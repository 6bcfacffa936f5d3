//! The nearest known word to one that is not known, for the line of help.
//!
//! INVARIANT: nothing is suggested that differs in more than a third of its letters, or in more than three.

/// The candidate nearest to `word`, where one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).clamp(2, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance * 2 < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// The help line: “是否想写 `x`？”, or else the known words.
pub(crate) fn help<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(word, candidates.clone()) {
        return Some(format!("是否想写 `{near}`？"));
    }
    let mut known: Vec<&str> = candidates.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    match known.len() {
        0 => None,
        1..=12 => Some(format!("可以写：{}。", quoted(&known))),
        many => Some(format!("可以写：{}等{many}个。", quoted(known.get(..8).unwrap_or_default()))),
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join("、")
}

/// Levenshtein distance with adjacent swaps counted once.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let get = |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX - 1);
            let replaced = get(&above, column) + usize::from(a != b);
            let mut best = replaced.min(get(&above, column + 1) + 1).min(get(&line, column) + 1);
            let swapped = row > 0 && column > 0 && left.get(row - 1) == Some(b) && right.get(column - 1) == Some(a);
            if swapped {
                best = best.min(get(&before, column - 1) + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_was_probably_meant() {
        let known = ["within", "from", "spans", "by", "审查"];
        let check = |word: &str, expected: Option<&str>| assert_eq!(nearest(word, known), expected, "{word}");
        check("wihtin", Some("within"));
        check("span", Some("spans"));
        check("form", Some("from"));
        check("completely-else", None);
        assert_eq!(help("wihtin", known).as_deref(), Some("是否想写 `within`？"));
        assert_eq!(help("zzzzzzz", ["a", "b"]).as_deref(), Some("可以写：`a`、`b`。"));
    }
}
