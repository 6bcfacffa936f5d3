//! Every check-digit vector of the shared data agrees with the kernel.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use kernel::identity::{CreditCode, CreditCodeError, ResidentId, ResidentIdError, Sex};

use crate::shared;

const TODAY: Date = date(2026, 11, 22);

/// The error that each broken case must give; several where chance decides which fact comes first.
fn is_expected(case: &str, error: &ResidentIdError) -> bool {
    use ResidentIdError as E;
    match case {
        "adjacent_digits_swapped" => matches!(
            error,
            E::CheckDigit { .. } | E::ImpossibleBirthDate { .. } | E::BirthInFuture { .. } | E::UnknownRegion { .. }
        ),
        "bad_check_digit" => matches!(error, E::CheckDigit { .. }),
        "length_17" => *error == E::Length { found: 17 },
        "length_19" => matches!(error, E::Length { found: 19 } | E::NotADigit { position: 18, found: 'X' }),
        "impossible_birth_date" => matches!(error, E::ImpossibleBirthDate { .. }),
        "foreign_permanent_resident_2023_form_own_rule" => *error == E::ForeignPermanentResident,
        "unknown_region" => matches!(error, E::UnknownRegion { .. }),
        "letter_O_in_body" => matches!(error, E::NotADigit { found: 'O', .. }),
        "hyphens_reject_or_strip" => *error == E::NotADigit { position: 7, found: '-' },
        "leading_space_reject_or_trim" => *error == E::NotADigit { position: 1, found: ' ' },
        "birth_date_in_future" => matches!(error, E::BirthInFuture { .. }),
        "full_width_digits_reject_or_normalise" => matches!(error, E::NotADigit { position: 1, .. }),
        "old_15_digit_form" => *error == E::OldFifteenDigits,
        _ => false,
    }
}

#[test]
fn resident_ids_agree_with_every_vector() {
    let Some(rows) = shared::rows("identity/id18_vectors.csv") else { return };
    let mut wrong = Vec::new();
    let mut cases: BTreeMap<String, u32> = BTreeMap::new();
    for row in &rows {
        let [input, valid, case, region, birth, sex] = row.as_slice() else { panic!("six columns: {row:?}") };
        *cases.entry(case.clone()).or_default() += 1;
        let agrees = match ResidentId::parse(input, TODAY) {
            Ok(id) => {
                let told = if id.sex() == Sex::Male { "M" } else { "F" };
                valid == "1" && id.region() == *region && id.birth().to_string() == *birth && told == sex
            }
            Err(error) => valid == "0" && is_expected(case, &error),
        };
        if !agrees {
            wrong.push(format!("{case}: {input} → {:?}", ResidentId::parse(input, TODAY)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} disagree:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert_eq!(rows.len(), 2_500);
    println!("{} vectors in {} cases agree", rows.len(), cases.len());
}

#[test]
fn credit_codes_agree_with_every_vector() {
    let Some(rows) = shared::rows("identity/uscc_vectors.csv") else { return };
    for row in &rows {
        let [input, valid, _, class, title] = row.as_slice() else { panic!("five columns: {row:?}") };
        assert_eq!(valid, "1", "only sound codes are listed");
        let code = CreditCode::parse(input).unwrap_or_else(|error| panic!("{input}: {error}"));
        assert_eq!((&code.class(), code.as_str()), (class, input.as_str()));
        assert!(code.class_title().is_some_and(|told| told.starts_with(title.as_str())), "{input}: {title}");
        assert_eq!(CreditCode::parse(&input.to_lowercase()), Ok(code));
        broken_codes(input);
    }
    assert_eq!(rows.len(), 1_400);
}

/// No sound code stays sound when two neighbours change places or the last character is dropped.
fn broken_codes(input: &str) {
    let characters: Vec<char> = input.chars().collect();
    for at in 0..characters.len() - 1 {
        let mut swapped = characters.clone();
        swapped.swap(at, at + 1);
        if swapped != characters {
            let swapped: String = swapped.into_iter().collect();
            assert!(CreditCode::parse(&swapped).is_err(), "{swapped}");
        }
    }
    let short = CreditCode::parse(&input[..17]);
    assert_eq!(short, Err(CreditCodeError::Length { found: 17 }), "{input} without its check character");
}
