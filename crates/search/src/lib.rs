//! Chinese words for the store's own full-text index.
//!
//! The store keeps text as words parted by spaces and finds words; which words a text has is
//! decided here, and only here, so that what is written and what is asked are cut alike.
//! It knows no table and no law.
//!
//! The dictionary is read at first use, not at start.
//!
//! INVARIANT: every word of a query over the same dictionary is a word of the text it was cut from.

use jieba_rs::Jieba;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Words of the field that the general dictionary lacks.
const FIELD_WORDS: &[&str] = &[
    "法律援助",
    "受援人",
    "法律援助中心",
    "点援制",
    "行政复议",
    "行政处罚",
    "人民调解",
    "社区矫正",
    "社区矫正对象",
    "执行地",
    "司法鉴定",
    "司法所",
    "安置帮教",
    "补正通知书",
    "告知承诺",
    "异议审查",
    "指派通知书",
    "终止援助",
    "劳动报酬",
    "工伤",
];

fn jieba() -> &'static Jieba {
    static JIEBA: OnceLock<Jieba> = OnceLock::new();
    JIEBA.get_or_init(|| {
        let mut jieba = Jieba::new();
        for word in FIELD_WORDS {
            jieba.add_word(word, None, None);
        }
        jieba
    })
}

/// The words of a text for the index, parted by spaces. Long words also give their parts, so that
/// 援助 finds 法律援助.
pub fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() * 2);
    for token in jieba().cut_for_search(text, true) {
        let word = normalised(token.word);
        if !word.is_empty() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(&word);
        }
    }
    words
}

/// The words that must all be found for a query, without repetition.
pub fn query(text: &str) -> Vec<String> {
    let tokens = jieba().cut(text, true);
    let words: BTreeSet<String> =
        tokens.iter().map(|token| normalised(token.word)).filter(|word| !word.is_empty()).collect();
    words.into_iter().collect()
}

fn normalised(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, asked: &str) -> bool {
        let index: BTreeSet<String> = words(text).split(' ').map(str::to_owned).collect();
        query(asked).iter().all(|word| index.contains(word))
    }

    #[test]
    fn two_character_words_and_field_words_are_found() {
        let text = "〔2026〕东援申字第12号 请求确认劳动关系或者支付劳动报酬 法律援助";
        for asked in ["援助", "法律援助", "劳动报酬", "2026", "12", "劳动关系"] {
            assert!(finds(text, asked), "{asked} in {}", words(text));
        }
        assert!(!finds(text, "离婚"));
    }

    #[test]
    fn marks_are_not_words() {
        assert_eq!(query("，。！？〔〕"), Vec::<String>::new());
    }
}
