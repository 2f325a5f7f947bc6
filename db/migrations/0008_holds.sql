-- Holds set credits aside before an expensive call. Budgets say what a scope may use in a period.

create table holds (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  agent_id uuid not null,
  task_id uuid,
  -- Micro-credits, micro-dollars, tokens: what is set aside.
  amount bigint not null check (amount > 0),
  usd_micros bigint not null default 0 check (usd_micros >= 0),
  tokens bigint not null default 0 check (tokens >= 0),
  -- Micro-credits that were paid in the end.
  settled bigint not null default 0 check (settled >= 0),
  state text not null default 'open' check (state in ('open', 'settled', 'released', 'expired')),
  reason text,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  closed_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, agent_id) references accounts
);
create index holds_due on holds (expires_at) where state = 'open';
create index holds_agent on holds (workspace_id, agent_id, id desc);

create table budgets (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  scope text not null check (scope in ('workspace', 'workstream', 'subtree', 'agent', 'task')),
  -- The agent or task it is about; null for the workspace.
  scope_id uuid,
  unit text not null check (unit in ('credits', 'usd_micros', 'tokens', 'runs')),
  period text not null check (period in ('day', 'week', 'month', 'once')),
  -- In the unit; credits in micro-credits.
  limit_amount bigint not null check (limit_amount > 0),
  warn_lines int[] not null default '{50,80,100}',
  action text not null check (action in ('block', 'gate', 'alert')),
  created_at timestamptz not null,
  deleted_at timestamptz,
  version int not null default 1,
  primary key (workspace_id, id),
  check ((scope = 'workspace') = (scope_id is null))
);
create index budgets_live on budgets (workspace_id, scope, scope_id) where deleted_at is null;

-- What was used in a period, keyed by its start: there is nothing to roll over.
create table budget_windows (
  workspace_id uuid not null,
  budget_id uuid not null,
  started_at timestamptz not null,
  used bigint not null default 0,
  held bigint not null default 0 check (held >= 0),
  -- The highest line that was told of.
  warned int not null default 0,
  exceeded boolean not null default false,
  primary key (workspace_id, budget_id, started_at),
  foreign key (workspace_id, budget_id) references budgets
);

-- A settlement counts in the windows in which its hold was taken.
create table hold_windows (
  workspace_id uuid not null,
  hold_id uuid not null,
  budget_id uuid not null,
  started_at timestamptz not null,
  amount bigint not null,
  primary key (workspace_id, hold_id, budget_id),
  foreign key (workspace_id, hold_id) references holds,
  foreign key (workspace_id, budget_id, started_at) references budget_windows
);

-- A refused posting is remembered with what was missing: a new attempt needs a new key.
alter table ledger_keys add column detail jsonb;
