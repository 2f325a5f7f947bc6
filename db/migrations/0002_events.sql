-- The event log: two gapless, hash-chained streams per workspace, and the answers of commands.

create table streams (
  workspace_id uuid not null references workspaces,
  stream text not null check (stream in ('activity', 'ledger')),
  seq bigint not null default 0,
  head text,
  primary key (workspace_id, stream)
);

create table events (
  workspace_id uuid not null,
  stream text not null,
  seq bigint not null,
  id uuid not null,
  type text not null,
  severity text not null check (severity in ('info', 'warning', 'alert')),
  actor_kind text not null,
  actor_id uuid,
  actor_handle text not null,
  on_behalf_of text,
  subject_kind text not null,
  subject_id uuid not null,
  subject_key text,
  -- The version of the subject that this event made; null for remarks.
  subject_version int,
  task_id uuid,
  reason text,
  -- The exact text that was hashed; the jsonb beside it is for reading.
  data text not null,
  data_json jsonb not null generated always as (data::jsonb) stored,
  trigger_event_id uuid,
  occurred_at timestamptz not null,
  previous_hash text,
  hash text not null,
  -- No foreign key to streams: append_events holds that row while it writes.
  primary key (workspace_id, stream, seq)
);
create unique index events_id on events (workspace_id, id);
create unique index events_version on events (workspace_id, subject_id, subject_version)
  where subject_version is not null;
create index events_task on events (workspace_id, task_id, stream, seq) where task_id is not null;

-- Hot tables do not refer to workspaces: every write at once would share-lock that one row. What
-- they refer to (actors, tasks, accounts) does.
create table idempotency (
  workspace_id uuid not null,
  actor_id uuid not null,
  operation text not null,
  key text not null,
  request_hash text not null,
  -- What the answer is rendered from, as it was then.
  answer jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, actor_id, operation, key)
);
create index idempotency_age on idempotency (created_at);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger events_append_only before update or delete on events
  for each row execute function refuse_change();
create trigger events_never_truncated before truncate on events
  for each statement execute function refuse_change();
