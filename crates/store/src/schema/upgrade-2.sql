-- From schema 1: how many tasks lie at a desk, by due key, counted once from the tasks that are there.
create table task_count(
    realm text not null,
    desk text not null,
    due_key text not null,
    tasks integer not null,
    primary key(realm, desk, due_key)
) without rowid;
insert into task_count(realm, desk, due_key, tasks)
    select realm, desk, due_key, count(*) from task group by realm, desk, due_key;
-- What the end of a limit brings about: until a matter moves again, its limit is asked for when it is due.
alter table matter_view add column expires_on text;
update matter_view set expires_on = due_on where due_state = 'running';
create index view_expires_upgraded on matter_view(realm, expires_on, matter);
update schema_version set version = 2;
