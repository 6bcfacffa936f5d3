//! Masking: what of a name, an address or an account may be shown to someone who need not know the rest.
//!
//! Unmasking is a question of permission and is recorded elsewhere.
//!
//! INVARIANT: a masked text never has more of the original than its rule keeps; a text too short to hide anything is
//! hidden wholly.

/// Compound surnames that keep both characters in the public form.
const COMPOUND_SURNAMES: [&str; 24] = [
    "欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "长孙", "宇文", "令狐", "端木",
    "夏侯", "轩辕", "独孤", "南宫", "西门", "呼延", "淳于", "申屠", "钟离", "赫连",
];

/// A name for the workbench: the first character, the rest as `*`; a middle dot stays. `张三` becomes `张*`.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let hide = |(index, character): (usize, char)| match (index, character) {
        (0, _) | (_, '·') => character,
        _ => '*',
    };
    let length = name.chars().count();
    if length < 2 { "*".repeat(length) } else { name.chars().enumerate().map(hide).collect() }
}

/// A name for public pages: the surname and 某 for one further character, 某某 for more. `王小明` becomes `王某某`.
#[must_use]
pub fn mask_public_name(name: &str) -> String {
    let length = name.chars().count();
    let compound = length > 2 && COMPOUND_SURNAMES.iter().any(|surname| name.starts_with(surname));
    let kept = if compound { 2 } else { 1 };
    match length.saturating_sub(kept) {
        0 => "某".repeat(length.min(1)),
        1 => name.chars().take(kept).chain("某".chars()).collect(),
        _ => name.chars().take(kept).chain("某某".chars()).collect(),
    }
}

/// A bank account: the last four digits.
#[must_use]
pub fn mask_account(account: &str) -> String {
    keep(account, 0, 4)
}

/// An address down to the township, otherwise to the county, otherwise its first six characters; then `****`.
#[must_use]
pub fn mask_address(address: &str) -> String {
    let characters: Vec<char> = address.trim().chars().collect();
    let county = end_of_county(&characters);
    let town = end_of_town(&characters, county.unwrap_or(0));
    let kept = town.or(county).unwrap_or(6).min(characters.len());
    let shown: String = characters.iter().take(kept).collect();
    match characters.len() {
        0 => String::new(),
        length if kept < length => format!("{shown}****"),
        _ if town.or(county).is_some() => shown,
        _ => "****".to_owned(),
    }
}

/// The first `first` and the last `last` characters, the rest as `*`; all hidden when nothing would be.
pub(super) fn keep(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    if first + last >= length {
        return "*".repeat(length);
    }
    let hide = |(index, character)| if index < first || index + last >= length { character } else { '*' };
    text.chars().enumerate().map(hide).collect()
}

/// Where the county ends: after the first 县, 区 or 旗 that is not the end of 自治区, otherwise after the first 市.
fn end_of_county(characters: &[char]) -> Option<usize> {
    let autonomous = |index: usize| index >= 2 && characters.get(index - 2..index) == Some(&['自', '治']);
    let county = characters
        .iter()
        .enumerate()
        .find(|(index, character)| *index > 0 && matches!(character, '县' | '区' | '旗') && !autonomous(*index));
    let city = || characters.iter().enumerate().find(|(index, character)| *index > 0 && **character == '市');
    county.or_else(city).map(|(index, _)| index + 1)
}

/// Where the township ends, looked for after the county: 镇, 乡, 苏木 or 街道.
fn end_of_town(characters: &[char], from: usize) -> Option<usize> {
    let rest = characters.get(from..)?;
    let pair = |index: usize, pair: [char; 2]| rest.get(index..index + 2) == Some(&pair);
    (1..rest.len()).find_map(|index| match rest.get(index) {
        Some('镇' | '乡') => Some(from + index + 1),
        _ if pair(index, ['街', '道']) || pair(index, ['苏', '木']) => Some(from + index + 2),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        let check = |name: &str, masked: &str, public: &str| {
            assert_eq!((mask_name(name).as_str(), mask_public_name(name).as_str()), (masked, public));
        };
        check("张三", "张*", "张某");
        check("王小明", "王**", "王某某");
        check("欧阳小明", "欧***", "欧阳某某");
        check("欧阳", "欧*", "欧某");
        check("热合曼·买买提", "热**·***", "热某某");
        check("王", "*", "某");
        check("", "", "");
    }

    #[test]
    fn addresses() {
        let check = |address: &str, expected: &str| assert_eq!(mask_address(address), expected, "{address}");
        check("玖州省示范市东城区和平街道团结路5号", "玖州省示范市东城区和平街道****");
        check("玖州省示范市清河县柳林镇王庄村12号", "玖州省示范市清河县柳林镇****");
        check("江苏省镇江市京口区正东路1号", "江苏省镇江市京口区****");
        check("某某自治区示范市新华路3号", "某某自治区示范市****");
        check("清河县柳林镇", "清河县柳林镇");
        check("团结路五号院三单元", "团结路五号院****");
        check("团结路", "****");
        check("", "");
    }

    #[test]
    fn accounts() {
        assert_eq!(mask_account("6222021234567890123"), "***************0123");
        assert_eq!(mask_account("123"), "***");
    }

    proptest! {
        #[test]
        fn nothing_but_the_kept_ends_shows(text in "[0-9]{0,30}", first in 0..8_usize, last in 0..8_usize) {
            let masked = keep(&text, first, last);
            prop_assert_eq!(masked.len(), text.len());
            let shown = masked.chars().filter(|character| *character != '*').count();
            prop_assert!(shown <= first + last && (text.is_empty() || shown < text.len()));
        }
    }
}
