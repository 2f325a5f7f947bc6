-- What is known of a stream's signed heads, without the signatures themselves: those are checked
-- where the key is. A head that is no longer the event it names means that the log was changed.
-- p_newest: how many heads are answered whole.
create or replace function heads_facts(p_workspace uuid, p_stream text, p_newest int) returns jsonb
language plpgsql stable as $$
declare
  v_last signed_heads;
  v_end bigint;
  v_since timestamptz;
begin
  select * into v_last from signed_heads where workspace_id = p_workspace and stream = p_stream
    order by seq desc limit 1;
  select seq into v_end from events where workspace_id = p_workspace and stream = p_stream
    order by seq desc limit 1;
  select occurred_at into v_since from events where workspace_id = p_workspace
    and stream = p_stream and seq > coalesce(v_last.seq, 0) order by seq limit 1;
  return jsonb_build_object('end', coalesce(v_end, 0),
    'signed', (select count(*) from signed_heads
      where workspace_id = p_workspace and stream = p_stream),
    'unsigned', greatest(coalesce(v_end, 0) - coalesce(v_last.seq, 0), 0),
    -- By the clock of the schedule that signs, which nobody moves.
    'unsigned_seconds', extract(epoch from clock_timestamp() - v_since)::float8,
    'other', head_that_differs(p_workspace, p_stream),
    'gap', (select min(g.seq) from (select seq, previous_seq,
        lag(seq, 1, 0::bigint) over (order by seq) as before
      from signed_heads where workspace_id = p_workspace and stream = p_stream) g
      where g.previous_seq <> g.before),
    'newest', (select coalesce(jsonb_agg(n.head order by n.seq desc), '[]') from (
      select head_shown(h) as head, seq from signed_heads h
      where workspace_id = p_workspace and stream = p_stream order by seq desc limit p_newest) n));
end $$;

-- The first signed head that the log does not agree with, and the last before it that it does.
create or replace function head_that_differs(p_workspace uuid, p_stream text) returns jsonb
language plpgsql stable as $$
declare
  v_seq bigint;
begin
  select h.seq into v_seq from signed_heads h left join events e
    on e.workspace_id = h.workspace_id and e.stream = h.stream and e.seq = h.seq
    where h.workspace_id = p_workspace and h.stream = p_stream and e.hash is distinct from h.head
    order by h.seq limit 1;
  if v_seq is null then return null; end if;
  return jsonb_build_object('seq', v_seq, 'after', (select coalesce(max(seq), 0)
    from signed_heads where workspace_id = p_workspace and stream = p_stream and seq < v_seq));
end $$;

-- A head as it was signed: the instant in milliseconds, as JSON has it.
create or replace function head_shown(h signed_heads) returns jsonb language sql stable as $$
  select jsonb_build_object('workspace', h.workspace_id, 'stream', h.stream, 'seq', h.seq,
    'head', h.head, 'previous_seq', h.previous_seq, 'key_id', h.key_id,
    'signature', h.signature,
    'signed_at', to_char(h.signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
$$;

-- Streams that moved since their last signed head, in all workspaces or in one.
create or replace function streams_to_sign(p_workspace uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('workspace', s.workspace_id,
      'stream', s.stream, 'seq', s.seq, 'head', s.head, 'last', case when l.seq is not null
        then head_shown(l) end,
      'now', to_char(app_now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))), '[]')
    from streams s left join lateral (select * from signed_heads h
      where h.workspace_id = s.workspace_id and h.stream = s.stream
      order by h.seq desc limit 1) l on true
    where (p_workspace is null or s.workspace_id = p_workspace)
      and s.seq > 0 and s.seq is distinct from l.seq);
end $$;

-- Keeps a signed head; false when somebody else was faster. The event must be the one it names.
create or replace function keep_head(p_workspace uuid, p jsonb) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into signed_heads (workspace_id, stream, seq, head, previous_seq, key_id, signature,
      signed_at)
    select e.workspace_id, e.stream, e.seq, e.hash, (p ->> 'previous_seq')::bigint,
      p ->> 'key_id', p ->> 'signature', (p ->> 'signed_at')::timestamptz
    from events e where e.workspace_id = p_workspace and e.stream = p ->> 'stream'
      and e.seq = (p ->> 'seq')::bigint and e.hash = p ->> 'head'
    on conflict do nothing;
  return found;
end $$;

-- Recomputes a part of a chain: at most p_limit events after p_after, up to p_to. p_before is the
-- hash that the first of them follows.
create or replace function chain_part(
  p_workspace uuid, p_stream text, p_after bigint, p_before text, p_to bigint, p_limit int
) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('events', count(*), 'last', coalesce(max(e.seq), p_after),
      'hash', case when count(*) = 0 then p_before
        else (array_agg(e.hash order by e.seq desc))[1] end,
      'first_bad_seq', min(e.seq) filter (where e.hash <> e.recomputed
        or e.previous_hash is distinct from e.before or e.seq <> e.place))
    from (select ev.seq, ev.hash, ev.previous_hash, event_hash(ev) as recomputed,
        lag(ev.hash, 1, p_before) over w as before, p_after + row_number() over w as place
      from (select * from events where workspace_id = p_workspace and stream = p_stream
        and seq > p_after and seq <= p_to order by seq limit p_limit) ev
      window w as (order by ev.seq)) e);
end $$;

-- Recomputes a chain from its first event; answers where it first breaks.
create or replace function verify_stream(p_workspace uuid, p_stream text) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
set enable_seqscan = on as $$
declare
  v_head streams;
  v_part jsonb;
begin
  select * into v_head from streams where workspace_id = p_workspace and stream = p_stream;
  v_part := chain_part(p_workspace, p_stream, 0, null, 9223372036854775807, null);
  return jsonb_build_object('stream', p_stream, 'events', v_part -> 'events',
    'head', v_head.head, 'seq', v_head.seq, 'last', v_part -> 'last',
    'first_bad_seq', v_part -> 'first_bad_seq');
end $$;

-- Keeps what a proof said, for the gauges; tells in the log when the books stop being proven and
-- when they are again. Answers whether it told anything.
create or replace function keep_proof(p_workspace uuid, p jsonb) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_ok boolean := (p ->> 'ok')::boolean;
  v_before boolean;
begin
  select ok into v_before from ledger_proofs where workspace_id = p_workspace for update;
  insert into ledger_proofs (workspace_id, ok, proof, unsigned, duration_ms, proven_at)
    values (p_workspace, v_ok, p -> 'checks', (p ->> 'unsigned')::bigint,
      (p ->> 'duration_ms')::float8, app_now())
    on conflict (workspace_id) do update set ok = excluded.ok, proof = excluded.proof,
      unsigned = excluded.unsigned, duration_ms = excluded.duration_ms,
      proven_at = excluded.proven_at;
  if v_ok = coalesce(v_before, true) then return false; end if;
  perform append_events(p_workspace, 'activity', '{"kind": "system", "handle": "system"}',
    jsonb_build_array(jsonb_build_object('id', uuidv7(),
      'type', case when v_ok then 'ledger.proven' else 'ledger.unproven' end,
      'severity', case when v_ok then 'info' else 'alert' end,
      'subject_kind', 'workspace', 'subject_id', p_workspace,
      'data', jsonb_build_object('wrong', (select coalesce(jsonb_agg(c), '[]')
        from jsonb_array_elements(p -> 'checks') c where not (c ->> 'ok')::boolean)))));
  return true;
end $$;
