-- The ledger: accounts with their balance on the row, transfers that name both sides.

create table accounts (
  workspace_id uuid not null references workspaces,
  -- An agent's account has the agent's id.
  id uuid not null default uuidv7(),
  kind text not null check (kind in
    ('agent', 'treasury', 'model_spend', 'fees', 'host', 'platform', 'escrow')),
  owner_id uuid,
  -- Micro-credits. Voluntary moves keep posted - held >= floor;
  -- null = no floor (the treasury mints).
  floor bigint default 0,
  posted bigint not null default 0,
  held bigint not null default 0 check (held >= 0),
  version bigint not null default 0,
  primary key (workspace_id, id),
  foreign key (workspace_id, owner_id) references actors
);
create unique index accounts_system on accounts (workspace_id, kind) where owner_id is null;

create table transfers (
  workspace_id uuid not null,
  id uuid not null default uuidv7(),
  kind text not null,
  from_id uuid not null,
  to_id uuid not null,
  amount bigint not null check (amount > 0),
  task_id uuid,
  hold_id uuid,
  reverses_id uuid,
  -- What an award is for: it is unique by (subject, kind, beneficiary).
  subject_id uuid,
  beneficiary_id uuid,
  actor_kind text not null,
  actor_id uuid,
  actor_handle text not null,
  trigger_event_id uuid not null,
  event_id uuid not null,
  reason text,
  idempotency_key text not null,
  from_after bigint not null,
  to_after bigint not null,
  created_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, from_id) references accounts,
  foreign key (workspace_id, to_id) references accounts,
  check (from_id <> to_id)
);
create index transfers_from on transfers (workspace_id, from_id, id);
create index transfers_to on transfers (workspace_id, to_id, id);
create index transfers_task on transfers (workspace_id, task_id, id) where task_id is not null;
create unique index transfers_award on transfers (workspace_id, subject_id, kind, beneficiary_id)
  where kind in ('reward', 'escrow_payout', 'fee', 'delegation', 'review', 'approval');

-- Keys live apart from transfers, which will be partitioned; kept for ever. An outcome other than
-- `posted` is remembered too: a refused award was performed.
create table ledger_keys (
  workspace_id uuid not null,
  key text not null,
  request_hash text not null,
  outcome text not null,
  transfer_id uuid,
  created_at timestamptz not null,
  primary key (workspace_id, key)
);

create view entries as
  select workspace_id, id as transfer_id, from_id as account_id, -amount as amount, created_at
    from transfers
  union all
  select workspace_id, id, to_id, amount, created_at from transfers;

create trigger transfers_append_only before update or delete on transfers
  for each row execute function refuse_change();
create trigger transfers_never_truncated before truncate on transfers
  for each statement execute function refuse_change();
create trigger ledger_keys_append_only before update or delete on ledger_keys
  for each row execute function refuse_change();
create trigger ledger_keys_never_truncated before truncate on ledger_keys
  for each statement execute function refuse_change();
