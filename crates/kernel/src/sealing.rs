//! Whether a file is sealed by law (依法封存): the files of minors, 社区矫正法第五十四条, 监狱法第一百一十五条.
//!
//! Which answer to which question seals a file is said in the law file. Who may still read a sealed file is the
//! business of the policy, not of this.
//!
//! INVARIANT: where the answer is not there to be read (its content was erased or destroyed), the file is sealed.

use crate::matter::Matter;
use crate::procedure::{Citation, Procedure};
use crate::value::Value;

/// Whether the file of a matter is sealed.
#[must_use]
pub fn is_sealed(matter: &Matter, procedure: &Procedure) -> bool {
    sealed_by(matter, procedure).is_some()
}

/// The article by which the file of a matter is sealed; none where it is not.
#[must_use]
pub fn sealed_by<'p>(matter: &Matter, procedure: &'p Procedure) -> Option<&'p Citation> {
    let seal = procedure.seal.as_ref()?;
    let answer = matter.facts.get(&seal.field).and_then(Value::as_text);
    answer.is_none_or(|answer| answer == seal.value).then_some(&seal.cite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procedure::Seal;
    use crate::sample::Bench;

    fn check(answer: Option<Value>, sealed: bool) {
        let Bench { mut procedure, matter, .. } = Bench::opened(crate::sample::procedure());
        let mut matter = matter.expect("an opened matter");
        assert!(!is_sealed(&matter, &procedure), "nothing is sealed that no law file seals");
        let cite = Citation { statute: "社区矫正法".into(), article: 54 };
        procedure.seal = Some(Seal { field: "age-group".into(), value: "minor".into(), cite: cite.clone() });
        matter.facts.extend(answer.map(|answer| ("age-group".into(), answer)));
        assert_eq!(is_sealed(&matter, &procedure), sealed, "{:?}", matter.facts);
        assert_eq!(sealed_by(&matter, &procedure), sealed.then_some(&cite));
    }

    #[test]
    fn the_answer_seals_and_so_does_the_want_of_one() {
        check(Some(Value::Text("minor".into())), true);
        check(Some(Value::Text("adult".into())), false);
        check(None, true);
        check(Some(Value::Bool(false)), true);
    }
}
