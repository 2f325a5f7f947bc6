-- A gate may hold a spend that a budget has no room for; its approval grants that spend, once.

alter table gates drop constraint gates_subject_kind_check,
  add check (subject_kind in ('task', 'spend')),
  alter column attempt drop not null, alter column "from" drop not null,
  alter column "to" drop not null,
  add check (subject_kind <> 'task' or (attempt, "from", "to") is not null);

create table grants (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  -- The gate that was approved.
  gate_id uuid not null,
  agent_id uuid not null,
  budget_id uuid not null,
  -- In the budget's unit: what may be used beyond its limit, at once.
  amount bigint not null check (amount > 0),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  -- The ledger key of what used it.
  used_by text,
  primary key (workspace_id, id),
  unique (workspace_id, gate_id),
  foreign key (workspace_id, gate_id) references gates,
  foreign key (workspace_id, agent_id) references accounts,
  foreign key (workspace_id, budget_id) references budgets
);
create index grants_unused on grants (workspace_id, budget_id, agent_id) where used_at is null;
