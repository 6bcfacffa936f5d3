//! Disposal: the content goes, whole or not at all, and everything still verifies.

use kernel::ledger::sm3;
use store::{
    Append, AppendError, Disposal, DraftId, Entry, FileId, MatterId, MatterView, NewFile, NumberRef, PaperRow,
    Projection, SealedPart, StoredAct, Void,
};

use crate::rebuild::found;
use crate::sample::{AT, Place, append, application, bare, matter, sequence_all, view};

/// The matter as it stands closed, with its file attached and its number.
fn closed(id: &MatterId) -> MatterView {
    MatterView {
        number: NumberRef::Known("法援申〔2026〕0001号".to_owned()),
        closed: true,
        closed_on: Some("2026-03-09".to_owned()),
        keep_until: Some("2036-03-09".to_owned()),
        ..view(id)
    }
}

/// What is left to see of it.
fn tombstone(id: &MatterId) -> MatterView {
    MatterView {
        subject_masked: "已销毁".to_owned(),
        keep_until: None,
        handlers: [].into(),
        readers: [].into(),
        sealed: false,
        search: String::new(),
        ..closed(id)
    }
}

/// A matter with a sealed part, a file, a paper and a void number, closed; and a chain beside it.
fn lived(place: &Place) -> (MatterId, MatterId) {
    let (id, reads) = (matter("m1"), matter("reads/m1"));
    let file = FileId("f1".to_owned());
    place.store.put_file_bytes(&file, b"a sealed photograph").unwrap();
    let draft = Some(DraftId("d1".to_owned()));
    let (name, media) = ("身份证.jpg".to_owned(), "image/jpeg".to_owned());
    let new = NewFile { id: file.clone(), draft, name, media, sm3: sm3(b"x"), person: None, created_at: AT };
    place.store.finish_file(new).unwrap();
    let sealed = vec![SealedPart { person: "p1".to_owned(), bytes: b"a sealed part".to_vec() }];
    let paper = PaperRow {
        matter: id.clone(),
        version: 0,
        paper: "notice".to_owned(),
        title: "通知书".to_owned(),
        number: NumberRef::Drawn("number".to_owned()),
        issued_on: "2026-03-02".to_owned(),
        voided: false,
        published_on: None,
    };
    let entry = Entry { sealed, papers: vec![paper], ..application(&id) };
    place.store.append(Append { attach_files: vec![(file, id.clone())], ..append(entry) }).unwrap();
    let voids =
        vec![Void { text: "法援申〔2026〕0001号".to_owned(), reason: "张三的名字写错了".to_owned() }];
    let entry = Entry { voids, view: Some(closed(&id)), ..bare(&id, 1) };
    place.store.append(append(entry)).unwrap();
    place.store.append(append(bare(&reads, 0))).unwrap();
    (id, reads)
}

fn disposal(id: &MatterId, reads: &MatterId) -> Append {
    let entry = Entry { view: Some(tombstone(id)), open: b"tombstone".to_vec(), ..bare(id, 2) };
    let gone = Disposal { matter: id.clone(), beside: vec![reads.clone()] };
    Append { disposals: vec![gone], ..append(entry) }
}

#[test]
fn what_is_disposed_of_leaves_acts_without_content() {
    let place = Place::new();
    let (id, reads) = lived(&place);
    let (other, other_reads) = (matter("m2"), matter("reads/m2"));
    let sealed = vec![SealedPart { person: "p1".to_owned(), bytes: b"another part".to_vec() }];
    place
        .store
        .append(append(Entry { sealed, draws: Vec::new(), view: None, tasks: Vec::new(), ..application(&other) }))
        .unwrap();
    place.store.append(append(bare(&other_reads, 0))).unwrap();
    sequence_all(&place.store);
    let before = place.store.acts_of(&id).unwrap();
    let root = place.store.root(place.store.log_size().unwrap()).unwrap();
    assert_eq!((before[0].sealed.len(), found(&place.store, "张三")), (1, 1));

    place.store.append(disposal(&id, &reads)).unwrap();
    let after = place.store.acts_of(&id).unwrap();
    assert_eq!(after.len(), 3);
    for (was, is) in before.iter().zip(&after) {
        assert_eq!((&was.bytes, was.hash, was.seq), (&is.bytes, is.hash, is.seq));
        assert!(is.open.is_empty() && is.sealed.is_empty());
    }
    assert_eq!(after[2].open, b"tombstone", "what says so stays");
    assert!(place.store.acts_of(&reads).unwrap()[0].open.is_empty());
    assert_eq!(place.store.files_of(&id).unwrap(), []);
    assert_eq!(place.store.file_chunk(&FileId("f1".to_owned()), 0).unwrap(), None);
    assert_eq!((place.store.papers_of(&id).unwrap(), found(&place.store, "张三")), (Vec::new(), 0));
    let row = place.store.matter(&id).unwrap().unwrap();
    assert_eq!((row.subject_masked.as_str(), row.number.as_deref()), ("已销毁", Some("法援申〔2026〕0001号")));
    let untouched = place.store.acts_of(&other).unwrap();
    assert!(!untouched[0].open.is_empty() && untouched[0].sealed.len() == 1);
    assert!(!place.store.acts_of(&other_reads).unwrap()[0].open.is_empty());

    sequence_all(&place.store);
    assert_eq!(place.store.root(place.store.log_size().unwrap() - 1).unwrap(), root, "the log only grew");
    let report = place.store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
}

#[test]
fn a_rebuild_gives_the_same_tombstone() {
    let place = Place::new();
    let (id, reads) = lived(&place);
    place.store.append(disposal(&id, &reads)).unwrap();
    let before = place.store.projection_digest().unwrap();
    let fold = |of: &MatterId, acts: &[StoredAct]| -> Result<Option<Projection>, String> {
        let view = MatterView { version: acts.len() as u32, ..tombstone(of) };
        Ok((*of == id).then_some(Projection { view, tasks: Vec::new(), papers: Vec::new() }))
    };
    place.store.rebuild(fold).unwrap();
    assert_eq!(place.store.projection_digest().unwrap(), before);
}

#[test]
fn nothing_is_disposed_of_without_an_act_that_says_so() {
    let place = Place::new();
    let (id, reads) = lived(&place);
    let (before, digest) = (place.store.acts_of(&id).unwrap(), place.store.projection_digest().unwrap());
    let alone = Append { entries: vec![bare(&matter("m3"), 0)], ..disposal(&id, &reads) };
    let error = place.store.append(alone).unwrap_err();
    assert!(matches!(&error, AppendError::NoAct { matter } if *matter == id), "{error}");
    let mut stale = disposal(&id, &reads);
    stale.entries[0].expected = 1;
    assert!(matches!(place.store.append(stale), Err(AppendError::Stale { .. })));
    assert_eq!(place.store.acts_of(&id).unwrap(), before);
    assert_eq!((place.store.files_of(&id).unwrap().len(), place.store.head(&matter("m3")).unwrap()), (1, None));
    assert_eq!(place.store.projection_digest().unwrap(), digest);
}

#[test]
fn what_is_due_is_listed_from_its_day() {
    let place = Place::new();
    let (id, reads) = lived(&place);
    let due = |on: &str| -> Vec<(MatterId, String)> {
        place.store.kept_until(on).unwrap().into_iter().map(|row| (row.matter.matter, row.keep_until)).collect()
    };
    assert_eq!(due("2036-03-08"), []);
    assert_eq!(due("2036-03-09"), [(id.clone(), "2036-03-09".to_owned())]);
    place.store.append(disposal(&id, &reads)).unwrap();
    assert_eq!(due("2036-03-09"), []);
}
