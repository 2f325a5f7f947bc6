-- Model calls: what each cost, whom it was charged to, and the prices that a workspace sets itself.

create table charges (
  workspace_id uuid not null references workspaces,
  -- The same call is charged once, whichever way it is reported.
  call_id text not null,
  agent_id uuid not null,
  task_id uuid,
  run text,
  provider text not null,
  model text not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cached_tokens bigint not null,
  -- Micro-dollars; null = nobody knows a price.
  usd_micros bigint,
  source text not null check (source in ('reported', 'override', 'library', 'unpriced')),
  credits bigint not null default 0,
  transfer_id uuid,
  reported_by text not null,
  occurred_at timestamptz,
  created_at timestamptz not null,
  primary key (workspace_id, call_id),
  foreign key (workspace_id, agent_id) references accounts
);
create index charges_agent on charges (workspace_id, agent_id, created_at desc);
create index charges_task on charges (workspace_id, task_id) where task_id is not null;

-- Micro-dollars that models cost an agent.
alter table accounts add column usd_spent bigint not null default 0;

create table prices (
  workspace_id uuid not null references workspaces,
  -- Empty = of any provider.
  provider text not null default '',
  -- The whole name of a model, or how it begins.
  model text not null check (model <> ''),
  -- US dollars per million tokens, decimals as text; cached null = as input.
  input_usd_per_mtok text not null,
  output_usd_per_mtok text not null,
  cached_input_usd_per_mtok text,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  primary key (workspace_id, provider, model)
);
