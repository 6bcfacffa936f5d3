//! The trail of what was done (审计记录): whole, and without content.

use crate::bench::{Bench, contact, day, post};
use crate::cast::granted;
use acts::people::create;
use acts::people::posts::{Grant, end, grant};
use acts::trail::{Kind, Trail, Which, trail, until};
use acts::unmask::unmask;

const REASON: &str = "回访时核对门牌";

fn all(bench: &Bench, which: &Which) -> Vec<acts::trail::Deed> {
    let (mut deeds, mut before) = (Vec::new(), None);
    loop {
        let Trail { deeds: more, older } = trail(&bench.bureau, which, before, 7).unwrap();
        deeds.extend(more);
        match older {
            Some(place) => before = Some(place),
            None => return deeds,
        }
    }
}

#[test]
fn the_trail_tells_everything_that_was_done_and_nothing_of_its_content() {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let citizen = bench.citizen(1);
    let matter = granted(&bench, &citizen, &[]);
    let posts = [post("aid-clerk", "aid-east")];
    let field = "applicant.id-number".into();
    unmask(bureau, now, &"wang-jing".into(), &posts, &matter, &field, contact(REASON)).unwrap();
    let word = "First-password-1";
    let security = create(bureau, now, "an-quan", "安全", word, &[post("security", "bureau-city")]).unwrap();
    let given = Grant {
        account: "lin-jing".to_owned(),
        post: post("aid-director", "aid-east"),
        from: day("2026-02-01"),
        until: None,
        instead_of: None,
    };
    grant(bureau, now, &security, &given).unwrap();
    end(bureau, now, &security, "lin-jing", &given.post, now.on()).unwrap();

    let deeds = all(&bench, &Which::Everything);
    let last = bureau.store.last_place().unwrap();
    let places: Vec<u64> = deeds.iter().map(|deed| deed.place).collect();
    assert_eq!(places, (1..=last).rev().collect::<Vec<_>>(), "each act once, newest first");
    for deed in &deeds {
        assert!(!deed.what.is_empty() && !deed.who.is_empty(), "{deed:?}");
        assert!(!deed.what.is_ascii(), "in words: {deed:?}");
    }
    let told = format!("{deeds:?}");
    let content = [citizen.id_number.as_str(), citizen.phone.as_str(), citizen.name.as_str(), REASON];
    for secret in content {
        assert!(!told.contains(secret), "{secret}");
    }

    let said = |which: &Which| {
        all(&bench, which).into_iter().map(|deed| (deed.who, deed.what, deed.about)).collect::<Vec<_>>()
    };
    let number = bureau.store.matter(&store::MatterId(matter.to_string())).unwrap().unwrap().number.unwrap();
    let three = |who: &str, what: &str, about: &str| (who.to_owned(), what.to_owned(), about.to_owned());
    assert_eq!(
        said(&Which::Kind(Kind::Looks)),
        [three("王经办（法律援助中心经办人）", "查看“申请人公民身份号码”，目的：送达联系", &number)]
    );
    assert_eq!(
        said(&Which::Kind(Kind::Accounts)),
        [
            three("安全", "免去岗位：东湖区法律援助中心 · 法律援助中心审批人", "林经办的账号"),
            three("安全", "任命岗位：东湖区法律援助中心 · 法律援助中心审批人", "林经办的账号"),
        ]
    );
    let of_matter = said(&Which::Matter(number.clone()));
    assert!(of_matter.iter().all(|(_, _, about)| *about == number) && of_matter.len() > 3, "{of_matter:?}");
    assert_eq!(of_matter.last().unwrap().1, "申请法律援助");
    assert_eq!(said(&Which::Matter("没有这个编号".to_owned())), []);
    let before_today = until(bureau, now, day("2026-01-31")).unwrap();
    assert_eq!((before_today, until(bureau, now, now.on()).unwrap()), (1, last + 1));
}
