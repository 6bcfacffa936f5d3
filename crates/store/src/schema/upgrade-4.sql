-- From schema 3: which of several programs does the work that goes on by itself, and until when a closed matter is kept. A
-- rebuild fills in the days of those closed before.
create table lease(
    realm text not null,
    job text not null,
    holder text not null,
    until_at integer not null,
    primary key(realm, job)
) without rowid;
alter table matter_view add column keep_until text;
create index view_keep_upgraded on matter_view(realm, keep_until, matter);
update schema_version set version = 4;
