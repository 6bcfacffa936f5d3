-- From schema 4: what signing in needs beside a password, who stands in for whom, and who may read a matter though it is not of their
-- office. A rebuild fills in the readers of matters written before.
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
create table identity_link(
    realm text not null,
    issuer text not null,
    subject text not null,
    account text not null,
    created_at integer not null,
    primary key(realm, issuer, subject),
    foreign key(realm, account) references account(realm, id)
) without rowid;
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
create table matter_reader(
    realm text not null,
    reader text not null,
    matter text not null,
    opened_on text not null,
    primary key(realm, reader, matter)
) without rowid;
create index reader_opened_upgraded on matter_reader(realm, reader, opened_on, matter);
alter table matter_view add column sealed integer not null default 0;
alter table account add column password_at integer;
alter table post add column instead_of text;
update schema_version set version = 5;
