//! Chinese numerals as statutes number their articles.

/// 四十三 is 43, 一百零五 is 105, 一千二百五十九 is 1259; `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (mut total, mut digit) = (0_u32, 0_u32);
    for character in text.chars() {
        match character {
            '零' | '〇' => digit = 0,
            '十' => total += std::mem::take(&mut digit).max(1) * 10,
            '百' => total += std::mem::take(&mut digit) * 100,
            '千' => total += std::mem::take(&mut digit) * 1000,
            other => digit = value(other)?,
        }
    }
    Some(total + digit)
}

fn value(character: char) -> Option<u32> {
    "一二三四五六七八九".chars().zip(1..).find(|(known, _)| *known == character).map(|(_, value)| value)
}

/// Splits `第四十三条…` into 43, the number of a 之一, and what follows; `None` when it does not begin so.
pub(crate) fn article(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let rest = text.strip_prefix('第')?;
    let (number, rest) = rest.split_once('条')?;
    let number = parse(number)?;
    if let Some(after) = rest.strip_prefix('之') {
        let end =
            after.find(|character: char| parse(character.encode_utf8(&mut [0; 4])).is_none()).unwrap_or(after.len());
        if let Some(ordinal) = after.get(..end).and_then(parse) {
            return Some((number, Some(ordinal), after.get(end..).unwrap_or_default()));
        }
    }
    Some((number, None, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        for number in 1..=1300 {
            assert_eq!(parse(&kernel::names::chinese_number(number)), Some(number));
        }
        assert_eq!(parse("甲"), None);
    }

    #[test]
    fn reads_article_numbers() {
        assert_eq!(article("第四十三条　法律援助"), Some((43, None, "　法律援助")));
        assert_eq!(article("第十七条之一 已满"), Some((17, Some(1), " 已满")));
        assert_eq!(article("第一章　总则"), None);
    }
}
