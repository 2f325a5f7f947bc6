-- Tasks, their leases, their gates and votes, and the policies that open gates.

create table tasks (
  workspace_id uuid not null,
  id uuid not null,
  key text not null,
  title text not null check (char_length(title) between 1 and 200),
  description text not null default '',
  status text not null check (status in
    ('backlog', 'todo', 'in_progress', 'review', 'done', 'blocked', 'cancelled')),
  outcome text check (outcome in ('completed', 'completed_with_issues', 'failed', 'abandoned')),
  priority text not null default 'normal' check (priority in ('urgent', 'high', 'normal', 'low')),
  tags text[] not null default '{}',
  required_capabilities jsonb not null default '[]',
  min_trust int,
  assignee_id uuid,
  creator_id uuid not null,
  parent_id uuid,
  due_at timestamptz,
  estimate double precision,
  -- Micro-credits.
  reward bigint check (reward >= 0),
  escrow bigint not null default 0 check (escrow >= 0),
  input jsonb,
  output jsonb,
  attempt int not null default 0,
  expiries int not null default 0,
  -- Whose leases on it ran out: they are told so when they come late.
  lost_by uuid[] not null default '{}',
  rejections int not null default 0,
  feedback text,
  block_reason text,
  gate_id uuid,
  pending jsonb,
  version int not null default 1,
  -- What the workflow has performed, and what it has read: settled <= seen <= version.
  settled_version int not null default 0,
  seen_version int not null default 0,
  settled_at timestamptz,
  -- The earliest deadline the workflow has to wake up for.
  wake_at timestamptz,
  nudge_after timestamptz,
  nudges int not null default 0,
  status_since timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  urgency int not null generated always as
    (case priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end) stored,
  primary key (workspace_id, id),
  unique (workspace_id, key),
  foreign key (workspace_id, assignee_id) references actors,
  foreign key (workspace_id, creator_id) references actors,
  foreign key (workspace_id, parent_id) references tasks,
  check ((status in ('done', 'cancelled')) = (outcome is not null)),
  check (settled_version <= version and seen_version <= version)
);
create index tasks_ready on tasks (workspace_id, urgency, due_at nulls last, created_at)
  where status = 'todo';
create index tasks_assignee on tasks (workspace_id, assignee_id, id) where assignee_id is not null;
create index tasks_status on tasks (workspace_id, status, id);
create index tasks_unsettled on tasks (updated_at) where settled_version < version;
create index tasks_wake on tasks (wake_at) where wake_at is not null;

create table leases (
  workspace_id uuid not null,
  task_id uuid not null,
  holder_id uuid not null,
  attempt int not null,
  expires_at timestamptz not null,
  suspended boolean not null default false,
  primary key (workspace_id, task_id),
  foreign key (workspace_id, task_id) references tasks,
  foreign key (workspace_id, holder_id) references actors
);
create index leases_expiry on leases (expires_at) where not suspended;

create table gate_policies (
  workspace_id uuid not null,
  id uuid not null,
  -- Null = the whole workspace.
  task_id uuid,
  match jsonb not null,
  policy jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  deleted_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, task_id) references tasks
);
create index gate_policies_live on gate_policies (workspace_id, task_id) where deleted_at is null;

create table gates (
  workspace_id uuid not null,
  id uuid not null,
  subject_kind text not null check (subject_kind in ('task')),
  subject_id uuid not null,
  subject_key text not null,
  attempt int not null,
  "from" text not null,
  "to" text not null,
  title text not null,
  state text not null check (state in ('open', 'approved', 'denied', 'expired', 'cancelled')),
  requested_by_id uuid not null,
  policy_id uuid not null,
  policy jsonb not null,
  evidence jsonb not null,
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  decided_at timestamptz,
  decision_comment text,
  reminded int not null default 0,
  escalated boolean not null default false,
  version int not null default 1,
  settled_version int not null default 0,
  seen_version int not null default 0,
  settled_at timestamptz,
  wake_at timestamptz,
  nudge_after timestamptz,
  nudges int not null default 0,
  updated_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, requested_by_id) references actors,
  check (settled_version <= version and seen_version <= version)
);
create unique index gates_one_open on gates (workspace_id, subject_id) where state = 'open';
create index gates_subject on gates (workspace_id, subject_id, id);
create index gates_state on gates (workspace_id, state, id);
create index gates_unsettled on gates (updated_at) where settled_version < version;
create index gates_wake on gates (wake_at) where wake_at is not null;

create table votes (
  workspace_id uuid not null,
  gate_id uuid not null,
  voter_id uuid not null,
  verdict text not null check (verdict in ('approve', 'deny', 'abstain')),
  comment text,
  on_behalf_of text,
  at timestamptz not null,
  primary key (workspace_id, gate_id, voter_id),
  foreign key (workspace_id, gate_id) references gates,
  foreign key (workspace_id, voter_id) references actors
);

-- Consequences that threw unexpectedly: shown, retried, and never in the way of the others.
create table parked_steps (
  workspace_id uuid not null,
  subject_kind text not null,
  subject_id uuid not null,
  version int not null,
  step text not null,
  error text not null,
  tries int not null default 1,
  parked_at timestamptz not null,
  retry_at timestamptz not null,
  primary key (workspace_id, subject_id, version, step)
);
