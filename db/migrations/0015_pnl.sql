-- What profit and loss are read by: an agent's accepted tasks and the gates of a time.
create index tasks_finished on tasks (workspace_id, assignee_id, finished_at)
  where status = 'done';
create index gates_decided on gates (workspace_id, decided_at) where decided_at is not null;

-- When it was last told that an agent pays fast: once a window.
create table velocity_alerts (
  workspace_id uuid not null references workspaces,
  agent_id uuid not null,
  alerted_at timestamptz not null,
  primary key (workspace_id, agent_id),
  foreign key (workspace_id, agent_id) references accounts
);
