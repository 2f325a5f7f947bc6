-- The only way credits move. Locks the ledger stream, then the accounts in the order of their ids;
-- evaluates groups in order against balances in memory; writes transfers, keys, events and
-- balances once. Postings of a group are all written or none.
-- p_groups: [{key, request_hash, items: [{key, shown_key, kind, from, to, amount, voluntary,
--   task_id, subject_id, beneficiary_id, trigger_event_id, data}]}]
-- p_actor: {kind, id, handle, reason}. Answers per group: {key, outcome, transfers[], available?}.
-- Outcomes: posted, replay, conflict, insufficient.
create or replace function post_batch(p_workspace uuid, p_actor jsonb, p_groups jsonb) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_ids uuid[];
  v_kinds text[];
  v_owners uuid[];
  v_floors bigint[];
  v_held bigint[];
  v_posted bigint[];
  v_running bigint[];
  v_group jsonb;
  v_item jsonb;
  v_key ledger_keys;
  v_from int;
  v_to int;
  v_amount bigint;
  v_refusal jsonb;
  v_events jsonb := '[]';
  v_results jsonb := '[]';
  v_transfers jsonb;
  v_type text;
  v_transfer uuid;
  v_event uuid;
begin
  perform 1 from streams where workspace_id = p_workspace and stream = 'ledger' for no key update;
  perform 1 from accounts a where a.workspace_id = p_workspace and a.id in (
      select account_of(p_workspace, i.value ->> side)
      from jsonb_array_elements(p_groups) g, jsonb_array_elements(g.value -> 'items') i,
        unnest(array['from', 'to']) side)
    order by a.id for no key update;
  select array_agg(a.id), array_agg(a.kind), array_agg(a.owner_id), array_agg(a.floor),
      array_agg(a.held), array_agg(a.posted)
    into v_ids, v_kinds, v_owners, v_floors, v_held, v_posted
    from accounts a where a.workspace_id = p_workspace and a.id in (
      select account_of(p_workspace, i.value ->> side)
      from jsonb_array_elements(p_groups) g, jsonb_array_elements(g.value -> 'items') i,
        unnest(array['from', 'to']) side);
  v_running := v_posted;

  for v_group in select value from jsonb_array_elements(p_groups) loop
    select * into v_key from ledger_keys
      where workspace_id = p_workspace and key = v_group ->> 'key';
    if found then
      v_results := v_results || jsonb_build_object('key', v_group ->> 'key', 'outcome',
        case when v_key.request_hash = v_group ->> 'request_hash' then 'replay' else 'conflict' end,
        'transfers', jsonb_build_array(v_key.transfer_id), 'at', v_key.created_at);
      continue;
    end if;

    -- First pass: may all of it happen? Balances are tried on a copy.
    v_refusal := null;
    declare
      v_try bigint[] := v_running;
    begin
      for v_item in select value from jsonb_array_elements(v_group -> 'items') loop
        v_from := array_position(v_ids, account_of(p_workspace, v_item ->> 'from'));
        v_to := array_position(v_ids, account_of(p_workspace, v_item ->> 'to'));
        if v_from is null or v_to is null then
          raise exception 'unknown account: % or %', v_item ->> 'from', v_item ->> 'to'
            using errcode = 'GH404';
        end if;
        v_amount := (v_item ->> 'amount')::bigint;
        if (v_item ->> 'voluntary')::boolean and v_floors[v_from] is not null
          and v_try[v_from] - v_held[v_from] - v_amount < v_floors[v_from] then
          v_refusal := jsonb_build_object('key', v_group ->> 'key', 'outcome', 'insufficient',
            'available', (v_try[v_from] - v_held[v_from] - v_floors[v_from])::text,
            'needed', v_amount::text, 'account', v_item ->> 'from');
          exit;
        end if;
        v_try[v_from] := v_try[v_from] - v_amount;
        v_try[v_to] := v_try[v_to] + v_amount;
      end loop;
    end;
    if v_refusal is not null then
      v_results := v_results || v_refusal;
      continue;
    end if;

    v_transfers := '[]';
    for v_item in select value from jsonb_array_elements(v_group -> 'items') loop
      v_from := array_position(v_ids, account_of(p_workspace, v_item ->> 'from'));
      v_to := array_position(v_ids, account_of(p_workspace, v_item ->> 'to'));
      v_amount := (v_item ->> 'amount')::bigint;
      v_running[v_from] := v_running[v_from] - v_amount;
      v_running[v_to] := v_running[v_to] + v_amount;
      -- Made under the stream's lock, so that ids order transfers as they happened.
      v_transfer := uuidv7();
      v_event := uuidv7();
      insert into transfers (workspace_id, id, kind, from_id, to_id, amount, task_id, subject_id,
        beneficiary_id, actor_kind, actor_id, actor_handle, trigger_event_id, event_id, reason,
        idempotency_key, from_after, to_after, created_at)
      values (p_workspace, v_transfer, v_item ->> 'kind', v_ids[v_from],
        v_ids[v_to], v_amount, (v_item ->> 'task_id')::uuid, (v_item ->> 'subject_id')::uuid,
        (v_item ->> 'beneficiary_id')::uuid, p_actor ->> 'kind', (p_actor ->> 'id')::uuid,
        p_actor ->> 'handle',
        coalesce((v_item ->> 'trigger_event_id')::uuid, v_event), v_event, p_actor ->> 'reason',
        coalesce(v_item ->> 'shown_key', v_item ->> 'key'), v_running[v_from], v_running[v_to],
        app_now());
      if v_item ->> 'key' <> v_group ->> 'key' then
        insert into ledger_keys (workspace_id, key, request_hash, outcome, transfer_id, created_at)
          values (p_workspace, v_item ->> 'key', v_group ->> 'request_hash', 'posted',
            v_transfer, app_now());
      end if;
      v_type := case when v_kinds[v_to] = 'agent' and v_kinds[v_from] <> 'agent'
        then 'credit.awarded' when v_kinds[v_from] = 'agent' and v_kinds[v_to] <> 'agent'
        then 'credit.spent' else 'credit.transferred' end;
      if v_item ->> 'kind' in ('escrow', 'escrow_return') then
        v_type := case v_item ->> 'kind'
          when 'escrow' then 'credit.held' else 'credit.released' end;
      end if;
      v_events := v_events || jsonb_build_object(
        'id', v_event, 'type', v_type,
        'subject_kind', 'transfer', 'subject_id', v_transfer,
        'subject_key', null, 'task_id', v_item ->> 'task_id',
        'trigger_event_id', v_item ->> 'trigger_event_id',
        'data', coalesce(v_item -> 'data', '{}'::jsonb) || coalesce((
            select jsonb_build_object('task', t.key) from tasks t
            where t.workspace_id = p_workspace and t.id = (v_item ->> 'task_id')::uuid), '{}')
          || jsonb_build_object(
          'kind', v_item ->> 'kind', 'amount', credits_text(v_amount),
          'from', account_name(p_workspace, v_kinds[v_from], v_owners[v_from]),
          'to', account_name(p_workspace, v_kinds[v_to], v_owners[v_to])));
      v_transfers := v_transfers || to_jsonb(v_transfer);
    end loop;
    insert into ledger_keys (workspace_id, key, request_hash, outcome, transfer_id, created_at)
      values (p_workspace, v_group ->> 'key', v_group ->> 'request_hash', 'posted',
        (v_transfers ->> 0)::uuid, app_now());
    v_results := v_results || jsonb_build_object(
      'key', v_group ->> 'key', 'outcome', 'posted', 'transfers', v_transfers);
  end loop;

  update accounts a set posted = n.posted, version = a.version + 1
    from unnest(v_ids, v_running, v_posted) as n(id, posted, before)
    where a.workspace_id = p_workspace and a.id = n.id and n.posted <> n.before;
  if jsonb_array_length(v_events) > 0 then
    perform append_events(p_workspace, 'ledger', p_actor, v_events);
  end if;
  return v_results;
end $$;

-- `agent:<id>` or a kind of which the workspace has one.
create or replace function account_of(p_workspace uuid, p_name text) returns uuid
language plpgsql stable as $$
begin
  if p_name like 'agent:%' then return substr(p_name, 7)::uuid; end if;
  return (select a.id from accounts a
    where a.workspace_id = p_workspace and a.kind = p_name and a.owner_id is null);
end $$;

create or replace function account_name(p_workspace uuid, p_kind text, p_owner uuid) returns text
language sql stable as $$
  select coalesce(
    (select handle from actors where workspace_id = p_workspace and id = p_owner), p_kind)
$$;

-- Micro-credits as the shortest decimal text: 12500000 → 12.5.
create or replace function credits_text(p_micros bigint) returns text
language sql immutable parallel safe as
$$ select trim_scale(p_micros::numeric / 1000000)::text $$;
