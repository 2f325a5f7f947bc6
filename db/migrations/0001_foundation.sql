-- Workspaces, the people and agents in them, and how they prove who they are.

create table workspaces (
  id uuid primary key default uuidv7(),
  name text not null unique,
  key_prefix text not null unique check (key_prefix ~ '^[A-Z][A-Z0-9]{0,9}$'),
  settings jsonb not null default '{}',
  -- Bumped under the exclusive control lock by whatever changes who may do what.
  control_epoch bigint not null default 1,
  version int not null default 1,
  created_at timestamptz not null default clock_timestamp()
);

-- Task keys are gapless; its own row, so that numbering does not lock the workspace.
create table task_counters (
  workspace_id uuid primary key references workspaces,
  last_number bigint not null default 0
);

create table actors (
  workspace_id uuid not null references workspaces,
  id uuid not null default uuidv7(),
  kind text not null check (kind in ('agent', 'human', 'host', 'integration', 'system')),
  handle text not null check (handle ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  name text not null,
  role text not null,
  status text not null default 'active'
    check (status in ('pending', 'active', 'paused', 'revoked')),
  last_seen_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id),
  unique (workspace_id, handle)
);

create table agents (
  workspace_id uuid not null,
  id uuid not null,
  mode text not null check (mode in ('worker', 'orchestrator', 'observer')),
  level int not null check (level between 1 and 10),
  model text,
  capabilities jsonb not null default '[]',
  reports_to uuid,
  management_fee_pct int not null default 0 check (management_fee_pct between 0 and 100),
  trust int not null default 50 check (trust between 0 and 100),
  version int not null default 1,
  primary key (workspace_id, id),
  foreign key (workspace_id, id) references actors,
  foreign key (workspace_id, reports_to) references agents
);
create index agents_reports_to on agents (workspace_id, reports_to);

create table agent_keys (
  workspace_id uuid not null,
  id uuid not null default uuidv7(),
  agent_id uuid not null,
  -- Opaque and unique everywhere: a signature names nothing else.
  keyid text not null unique,
  alg text not null check (alg in ('hmac-sha256', 'ed25519')),
  -- AES-256-GCM (nonce, tag, text) under the master key, with the keyid as additional data.
  secret_wrapped bytea,
  public_key bytea,
  created_at timestamptz not null default clock_timestamp(),
  retires_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, agent_id) references actors,
  check (secret_wrapped is not null or public_key is not null)
);
create index agent_keys_agent on agent_keys (workspace_id, agent_id);

create table tokens (
  workspace_id uuid not null,
  id uuid not null default uuidv7(),
  actor_id uuid not null,
  sha256 bytea not null unique,
  scopes text[] not null default '{*}',
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, actor_id) references actors
);

create table sign_in_links (
  workspace_id uuid not null,
  id uuid not null default uuidv7(),
  actor_id uuid not null,
  sha256 bytea not null unique,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, actor_id) references actors
);

create table sessions (
  workspace_id uuid not null,
  id uuid not null default uuidv7(),
  actor_id uuid not null,
  sha256 bytea not null unique,
  user_agent text,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, actor_id) references actors
);

-- Every nonce of a command, before any effect. Unlogged: a crash empties it, and then nothing
-- signed before `nonce_store.started_at` is accepted any more.
create unlogged table nonces (
  keyid text not null,
  nonce text not null,
  created_at timestamptz not null,
  primary key (keyid, nonce)
);
create unlogged table nonce_store (
  only_row boolean primary key default true check (only_row),
  started_at timestamptz not null default clock_timestamp()
);
insert into nonce_store default values;

-- Which processes are alive; leases are extended by an outage in which no api answered.
create table processes (
  id uuid primary key default uuidv7(),
  role text not null,
  name text not null,
  started_at timestamptz not null default clock_timestamp(),
  alive_at timestamptz not null default clock_timestamp()
);
create table outages (
  id uuid primary key default uuidv7(),
  began_at timestamptz not null unique,
  ended_at timestamptz not null
);
