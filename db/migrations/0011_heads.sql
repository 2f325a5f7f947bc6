-- Signed heads: what a stream was at an instant, under a key that is not in the database. Who can
-- write here as the owner can make a new chain of hashes, but not its signatures.

create table signed_heads (
  workspace_id uuid not null references workspaces,
  stream text not null check (stream in ('activity', 'ledger')),
  -- The last event that it covers, and that event's hash.
  seq bigint not null check (seq > 0),
  head text not null,
  -- Where the head before it stood, 0 for the first: a head that is taken out leaves a gap.
  previous_seq bigint not null check (previous_seq < seq),
  key_id text not null,
  -- Ed25519, in base64, over domain/heads.ts: headText.
  signature text not null,
  signed_at timestamptz not null,
  primary key (workspace_id, stream, seq),
  -- Two who sign at once: one of them does.
  unique (workspace_id, stream, previous_seq)
);
create trigger signed_heads_append_only before update or delete on signed_heads
  for each row execute function refuse_change();
create trigger signed_heads_never_truncated before truncate on signed_heads
  for each statement execute function refuse_change();

-- The last proof that ran in the background, for whoever is asked for it.
create table ledger_proofs (
  workspace_id uuid primary key references workspaces,
  ok boolean not null,
  proof jsonb not null,
  -- Events after the last signed head.
  unsigned bigint not null,
  duration_ms double precision not null,
  proven_at timestamptz not null
);
