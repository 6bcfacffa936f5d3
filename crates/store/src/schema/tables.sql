create table schema_version(
    realm text not null primary key,
    version integer not null,
    projection integer not null
);

-- The ledger ---------------------------------------------------------------

create table act(
    realm text not null,
    matter text not null,
    version integer not null,
    seq integer not null,
    at integer not null,
    bytes blob not null,
    hash blob not null,
    open blob not null,
    primary key(realm, matter, version)
);
create unique index act_seq on act(realm, seq);

create table head(
    realm text not null,
    matter text not null,
    version integer not null,
    hash blob not null,
    primary key(realm, matter)
) without rowid;

create table sealed(
    realm text not null,
    matter text not null,
    version integer not null,
    part integer not null,
    person text not null,
    bytes blob not null,
    primary key(realm, matter, version, part),
    foreign key(realm, matter, version) references act(realm, matter, version)
);

create index sealed_person on sealed(realm, person, matter);

create table person_key(
    realm text not null,
    person text not null,
    wrapped blob,
    erased_at integer,
    primary key(realm, person)
);

create table number_series(
    realm text not null,
    series text not null,
    office text not null,
    year integer not null,
    last integer not null,
    primary key(realm, series, office, year)
) without rowid;

create table number(
    realm text not null,
    series text not null,
    office text not null,
    year integer not null,
    seq integer not null,
    text text not null,
    matter text not null,
    version integer not null,
    voided_at integer,
    void_reason text,
    primary key(realm, series, office, year, seq)
);
create unique index number_text on number(realm, text);
create index number_matter on number(realm, matter);

create table idempotency(
    realm text not null,
    scope text not null,
    key text not null,
    at integer not null,
    result text not null,
    primary key(realm, scope, key)
) without rowid;

-- The log over all acts ----------------------------------------------------

create table log_leaf(
    realm text not null,
    idx integer not null,
    matter text not null,
    version integer not null,
    hash blob not null,
    primary key(realm, idx)
) without rowid;
create unique index log_leaf_act on log_leaf(realm, matter, version);

-- Complete subtrees of two leaves (level 1) and more.
create table log_node(
    realm text not null,
    level integer not null,
    idx integer not null,
    hash blob not null,
    primary key(realm, level, idx)
) without rowid;

create table log_state(
    realm text not null primary key,
    size integer not null,
    last_seq integer not null
) without rowid;

create table checkpoint(
    realm text not null,
    size integer not null,
    root blob not null,
    at integer not null,
    signature blob not null,
    primary key(realm, size)
);

-- Registers ----------------------------------------------------------------

create table register_row(
    realm text not null,
    register text not null,
    entry text not null,
    from_on text not null,
    seq integer not null,
    until_on text,
    body text not null,
    author text not null,
    matter text,
    version integer,
    primary key(realm, register, entry, from_on, seq)
);

create table assignment(
    realm text not null,
    register text not null,
    entry text not null,
    matter text not null,
    version integer not null,
    by_rota integer not null,
    turn_seq integer,
    active integer not null,
    primary key(realm, register, entry, matter, version)
) without rowid;
create index assignment_matter on assignment(realm, matter);

create table assignment_load(
    realm text not null,
    register text not null,
    entry text not null,
    active integer not null,
    turns integer not null,
    last_turn integer not null,
    primary key(realm, register, entry)
) without rowid;

create table rota(
    realm text not null,
    register text not null,
    last integer not null,
    primary key(realm, register)
) without rowid;

-- People -------------------------------------------------------------------

create table account(
    realm text not null,
    id text not null,
    login text not null,
    name text not null,
    password_hash text not null,
    disabled integer not null,
    created_at integer not null,
    must_change integer not null,
    password_at integer,
    primary key(realm, id)
);
create unique index account_login on account(realm, login);

-- What somebody signs in with beside a password: a one-time code (totp), a passkey, recovery codes.
create table factor(
    realm text not null,
    account text not null,
    id text not null,
    kind text not null,
    label text not null,
    secret blob not null,
    counter integer not null,
    created_at integer not null,
    used_at integer,
    primary key(realm, account, id),
    foreign key(realm, account) references account(realm, id)
) without rowid;
create index factor_id on factor(realm, kind, id);

-- Who an account is for a provider outside.
create table identity_link(
    realm text not null,
    issuer text not null,
    subject text not null,
    account text not null,
    created_at integer not null,
    primary key(realm, issuer, subject),
    foreign key(realm, account) references account(realm, id)
) without rowid;

-- Tries counted against a limit: wrong passwords of a login or an address, requests of a person.
create table attempt(
    realm text not null,
    scope text not null,
    subject text not null,
    tries integer not null,
    since_at integer not null,
    expires_at integer not null,
    primary key(realm, scope, subject)
) without rowid;
create index attempt_expires on attempt(realm, expires_at);

create table post(
    realm text not null,
    account text not null,
    office text not null,
    seat text not null,
    from_on text not null,
    until_on text,
    instead_of text,
    primary key(realm, account, office, seat, from_on),
    foreign key(realm, account) references account(realm, id)
);
create index post_office on post(realm, office, seat);

create table session(
    realm text not null,
    token_hash blob not null,
    kind text not null,
    subject text not null,
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null,
    data blob not null,
    primary key(realm, token_hash)
);
create index session_subject on session(realm, kind, subject);
create index session_expires on session(realm, expires_at);

create table code(
    realm text not null,
    purpose text not null,
    subject text not null,
    code_hash blob not null,
    expires_at integer not null,
    tries_left integer not null,
    primary key(realm, purpose, subject)
);

-- Drafts and files ---------------------------------------------------------

create table draft(
    realm text not null,
    id text not null,
    procedure text not null,
    act text not null,
    body blob not null,
    updated_at integer not null,
    primary key(realm, id)
);
create index draft_updated on draft(realm, updated_at);

create table file(
    realm text not null,
    id text not null,
    matter text,
    draft text,
    name text not null,
    media text not null,
    size integer not null,
    sm3 blob not null,
    person text,
    created_at integer not null,
    primary key(realm, id)
);
create index file_matter on file(realm, matter);
create index file_draft on file(realm, draft);

create table file_chunk(
    realm text not null,
    file text not null,
    idx integer not null,
    bytes blob not null,
    primary key(realm, file, idx)
);

-- The law as published -----------------------------------------------------

create table edition(
    realm text not null,
    procedure text not null,
    hash text not null,
    source blob not null,
    published_at integer not null,
    primary key(realm, procedure, hash)
);
create index edition_hash on edition(realm, hash);

create table statute(
    realm text not null,
    name text not null,
    source_hash text not null,
    imported_at integer not null,
    primary key(realm, name)
);

create table article(
    realm text not null,
    statute text not null,
    number integer not null,
    ordinal text not null,
    text text not null,
    doc integer not null,
    primary key(realm, statute, number, ordinal),
    foreign key(realm, statute) references statute(realm, name)
);
create unique index article_doc on article(realm, doc);
create virtual table article_words using fts5(
    tokens, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);

-- Out and settings ---------------------------------------------------------

create table outbox(
    realm text not null,
    id text not null,
    topic text not null,
    recipient text not null,
    body blob not null,
    created_at integer not null,
    state text not null,
    attempts integer not null,
    next_at integer not null,
    last_error text,
    primary key(realm, id)
);
create index outbox_due on outbox(realm, state, next_at, id);
create index outbox_created on outbox(realm, created_at, id);
create index outbox_recipient on outbox(realm, topic, recipient, created_at, id);

create table setting(
    realm text not null,
    key text not null,
    value text not null,
    primary key(realm, key)
) without rowid;

-- Work that goes on by itself, and the program that does it ---------------

create table lease(
    realm text not null,
    job text not null,
    holder text not null,
    until_at integer not null,
    primary key(realm, job)
) without rowid;
