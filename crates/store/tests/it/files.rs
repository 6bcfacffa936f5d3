//! Files and drafts: whole or absent, and gone with their draft.

use kernel::ledger::sm3;
use store::{Append, AppendError, Draft, DraftId, FileError, FileId, NewFile};

use crate::sample::{AT, Place, append, application, matter};

fn upload(place: &Place, name: &str, bytes: &[u8]) -> FileId {
    let id = FileId(name.to_owned());
    place.store.put_file_bytes(&id, bytes).unwrap();
    let new = NewFile {
        id: id.clone(),
        draft: Some(DraftId("d1".to_owned())),
        name: "身份证.jpg".to_owned(),
        media: "image/jpeg".to_owned(),
        sm3: sm3(bytes),
        person: Some("p1".to_owned()),
        created_at: AT,
    };
    place.store.finish_file(new).unwrap();
    id
}

#[test]
fn a_file_is_whole_or_not_there() {
    let place = Place::new();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let half = FileId("half".to_owned());
    place.store.put_file_bytes(&half, &bytes).unwrap();
    assert_eq!(place.store.file_bytes(&half).unwrap(), None);
    let id = upload(&place, "f1", &bytes);
    assert_eq!(place.store.file_bytes(&id).unwrap().as_deref(), Some(&bytes[..]));
    assert_eq!(place.store.file_chunk(&id, 0).unwrap().unwrap().len(), 1 << 20);
    let row = place.store.file(&id).unwrap().unwrap();
    assert_eq!((row.size, row.sm3), (3_000_000, sm3(&bytes)));
    assert!(matches!(place.store.put_file_bytes(&id, b"more"), Err(FileError::Taken { .. })));
    assert_eq!(place.store.remove_unfinished_files().unwrap(), 3);
    assert_eq!(place.store.file_bytes(&id).unwrap().as_deref(), Some(&bytes[..]));
    let empty = upload(&place, "empty", b"");
    assert_eq!(place.store.file_bytes(&empty).unwrap(), Some(Vec::new()));
}

#[test]
fn an_append_takes_files_and_uses_the_draft_up() {
    let place = Place::new();
    let (taken, left) = (upload(&place, "f1", b"one"), upload(&place, "f2", b"two"));
    let draft = Draft {
        id: DraftId("d1".to_owned()),
        procedure: "legal-aid".to_owned(),
        act: "apply".to_owned(),
        body: "姓名=张三".into(),
        updated_at: AT,
    };
    place.store.put_draft(draft.clone()).unwrap();
    assert_eq!(place.store.draft(&draft.id).unwrap(), Some(draft.clone()));
    let id = matter("m1");
    let with = |files: &[&FileId]| Append {
        attach_files: files.iter().map(|file| ((*file).clone(), id.clone())).collect(),
        remove_draft: Some(draft.id.clone()),
        ..append(application(&id))
    };
    let error = place.store.append(with(&[&taken, &FileId("none".to_owned())])).unwrap_err();
    assert!(matches!(error, AppendError::UnknownFile { .. }), "{error}");
    assert_eq!(place.store.files_of_draft(&draft.id).unwrap().len(), 2);

    place.store.append(with(&[&taken])).unwrap();
    assert_eq!(place.store.files_of(&id).unwrap()[0].id, taken);
    assert_eq!(place.store.draft(&draft.id).unwrap(), None);
    assert_eq!(place.store.file(&left).unwrap(), None);
    assert!(!place.store.remove_file(&taken).unwrap());
    let other = matter("m2");
    let steal = Append { attach_files: vec![(taken, other.clone())], ..append(application(&other)) };
    assert!(matches!(place.store.append(steal), Err(AppendError::FileTaken { .. })));
}

#[test]
fn old_drafts_go() {
    let place = Place::new();
    for (n, updated_at) in [(1, AT), (2, AT + 10)] {
        let (procedure, act) = ("legal-aid".to_owned(), "apply".to_owned());
        let id = DraftId(format!("d{n}"));
        place.store.put_draft(Draft { id, procedure, act, body: Vec::new(), updated_at }).unwrap();
    }
    assert_eq!(place.store.expire_drafts(AT + 5).unwrap(), 1);
    assert!(place.store.draft(&DraftId("d2".to_owned())).unwrap().is_some());
}
