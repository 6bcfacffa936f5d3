-- From schema 3: which of several programs does the work that goes on by itself.
create table lease(
    realm text not null,
    job text not null,
    holder text not null,
    until_at integer not null,
    primary key(realm, job)
) without rowid;
update schema_version set version = 4;
