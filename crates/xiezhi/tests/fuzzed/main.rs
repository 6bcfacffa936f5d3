//! Whatever bytes come from outside, a parser answers: seeds and their mutations, the same in every run.
//!
//! It mutates, it does not search: `fuzz/` does, guided by coverage. `XIEZHI_MUTATIONS` makes more of each; `XIEZHI_SEEDS`
//! names a folder for the seeds, one file each, from which the search begins.

#[cfg(test)]
mod targets;

#[cfg(test)]
mod tests {
    use super::targets::TARGETS;
    use std::panic::catch_unwind;

    /// Mutations of each function; law files take longer to read.
    const MUTATIONS: usize = 4_000;
    const MUTATIONS_OF_LAW: usize = 300;

    /// Numbers that look like chance and are not (splitmix64).
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
        }
    }

    /// Pieces that have broken parsers before.
    const PIECES: &[&str] = &[
        "\0",
        "\u{feff}",
        "\u{202e}",
        "９",
        "一",
        "\u{1f600}",
        "999999999999999999999",
        "-0",
        "1e999",
        "{",
        "}",
        "[[[[[[[[",
        "\"",
        "\\",
        "```kdl\n",
        "|",
        "\r\n",
        "%00",
        "第零条",
        "=#true",
        "null",
        "''",
        "\u{7f}",
        "(((((((((((((((((((((",
    ];

    fn mutated(seed: &[u8], chance: &mut Chance) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=chance.below(4) {
            let at = chance.below(bytes.len() + 1);
            match chance.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                3 => {
                    let end = (at + chance.below(40)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                4 => {
                    let end = (at + chance.below(12)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let piece = PIECES[chance.below(PIECES.len())];
                    bytes.splice(at..at, piece.bytes());
                }
            }
        }
        bytes
    }

    fn answers_to_everything(names: &[&str], mutations: usize) {
        let mut fell = Vec::new();
        for (name, target, seeds) in TARGETS.iter().filter(|(name, ..)| names.contains(name)) {
            let mut chance = Chance(20_261_125);
            for turn in 0..asked(mutations) {
                let seed = seeds[turn % seeds.len()].as_bytes();
                let bytes = if turn < seeds.len() { seed.to_vec() } else { mutated(seed, &mut chance) };
                if catch_unwind(|| target(&bytes)).is_err() {
                    fell.push(format!("{name}: {:?}", String::from_utf8_lossy(&bytes)));
                    break;
                }
            }
        }
        assert!(fell.is_empty(), "{}", fell.join("\n"));
    }

    fn asked(usual: usize) -> usize {
        std::env::var("XIEZHI_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    }

    /// Those that read a whole law file each time.
    const OF_LAW: &[&str] = &["law_file", "condition"];

    #[test]
    fn seeds_are_answered_and_written_where_asked() {
        for (name, target, seeds) in TARGETS {
            for (at, seed) in seeds.iter().enumerate() {
                target(seed.as_bytes());
                if let Ok(folder) = std::env::var("XIEZHI_SEEDS") {
                    let folder = std::path::Path::new("../..").join(folder).join(name);
                    std::fs::create_dir_all(&folder).unwrap();
                    std::fs::write(folder.join(format!("seed-{at}")), seed).unwrap();
                }
            }
        }
    }

    #[test]
    fn parsers_answer_to_seeds_and_their_mutations() {
        let quick: Vec<&str> = TARGETS.iter().map(|(name, ..)| *name).filter(|name| !OF_LAW.contains(name)).collect();
        answers_to_everything(&quick, MUTATIONS);
    }

    #[test]
    fn the_law_answers_to_seeds_and_their_mutations() {
        answers_to_everything(OF_LAW, MUTATIONS_OF_LAW);
    }
}
