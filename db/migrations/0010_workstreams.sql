-- Workstreams: tasks that belong together, with a name, a priority and a status of their own.

create table workstreams (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  -- Lower case only, so that unique is unique however it is typed.
  name text not null check (name ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  description text not null default '',
  priority text not null default 'normal' check (priority in ('urgent', 'high', 'normal', 'low')),
  status text not null default 'active'
    check (status in ('active', 'paused', 'completed', 'archived')),
  creator_id uuid not null,
  version int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (workspace_id, id),
  unique (workspace_id, name),
  foreign key (workspace_id, creator_id) references actors
);

alter table tasks add column workstream_id uuid;
alter table tasks add foreign key (workspace_id, workstream_id) references workstreams;
-- Its tasks, newest first, and how many there are in each status.
create index tasks_workstream on tasks (workspace_id, workstream_id, status, id)
  where workstream_id is not null;
