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
update schema_version set version = 2;
