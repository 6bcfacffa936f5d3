-- From schema 2: papers that stand published. A rebuild fills in those published before.
alter table paper add column published_on text;
create index paper_published_upgraded on paper(realm, published_on, matter, version);
update schema_version set version = 3;
