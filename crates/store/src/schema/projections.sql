create table matter_view{t}(
    realm text not null,
    matter text not null,
    doc integer not null,
    procedure text not null,
    edition text not null,
    number text not null,
    title text not null,
    subject_masked text not null,
    owner_office text not null,
    area text not null,
    channel text not null,
    lane text not null,
    stage text not null,
    stage_title text not null,
    closed integer not null,
    outcome text,
    opened_on text not null,
    closed_on text,
    due_on text,
    due_state text not null,
    due_key text not null,
    expires_on text,
    keep_until text,
    sealed integer not null default 0,
    version integer not null,
    handlers text not null,
    search_hash blob not null,
    primary key(realm, matter)
);
create unique index view_doc{i} on matter_view{t}(realm, doc);
create index view_number{i} on matter_view{t}(realm, number, matter);
create index view_due{i} on matter_view{t}(realm, closed, due_key, matter, procedure, opened_on, doc);
create index view_opened{i} on matter_view{t}(realm, closed, opened_on, matter, procedure, doc);
create index view_office_due{i} on matter_view{t}(realm, owner_office, closed, due_key, matter, procedure, opened_on, doc, sealed);
create index view_expires{i} on matter_view{t}(realm, expires_on, matter);
create index view_keep{i} on matter_view{t}(realm, keep_until, matter);
create index view_office_opened{i} on matter_view{t}(realm, owner_office, closed, opened_on, matter, number, procedure, doc, sealed);

create table matter_handler{t}(
    realm text not null,
    handler text not null,
    matter text not null,
    opened_on text not null,
    primary key(realm, handler, matter)
) without rowid;
create index handler_opened{i} on matter_handler{t}(realm, handler, opened_on, matter);

create table matter_reader{t}(
    realm text not null,
    reader text not null,
    matter text not null,
    opened_on text not null,
    primary key(realm, reader, matter)
) without rowid;
create index reader_opened{i} on matter_reader{t}(realm, reader, opened_on, matter);

create table task{t}(
    realm text not null,
    matter text not null,
    key text not null,
    title text not null,
    seat text not null,
    office text,
    person text,
    desk text not null,
    since_on text not null,
    due_on text,
    due_state text not null,
    due_key text not null,
    lane text not null,
    procedure text not null,
    number text not null,
    opened_on text not null,
    doc integer not null,
    primary key(realm, matter, key)
);
create index task_due{i} on task{t}(realm, desk, due_key, matter, key, procedure, opened_on, doc);
create index task_opened{i} on task{t}(realm, desk, opened_on, matter, key, procedure, due_key, doc);
create index task_number{i} on task{t}(realm, desk, number, matter, key, procedure, due_key, opened_on, doc);

create table task_count{t}(
    realm text not null,
    desk text not null,
    due_key text not null,
    tasks integer not null,
    primary key(realm, desk, due_key)
) without rowid;

create table paper{t}(
    realm text not null,
    matter text not null,
    version integer not null,
    paper text not null,
    title text not null,
    number text not null,
    issued_on text not null,
    voided integer not null,
    published_on text,
    primary key(realm, matter, version, paper)
);
create index paper_published{i} on paper{t}(realm, published_on, matter, version);
create index paper_number{i} on paper{t}(realm, number);
create index paper_issued{i} on paper{t}(realm, paper, issued_on);

create virtual table matter_words{t} using fts5(
    tokens, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);
