-- The only way credits move or are held. Locks the ledger stream, then the accounts in the order of
-- their ids, then budgets and holds; evaluates groups in order against balances in memory; writes
-- transfers, holds, keys, events and balances once. What is in a group happens whole or not at all.
-- p_groups: [{key, request_hash, actor?,
--   items: [{key, shown_key, kind, from, to, amount, voluntary, task_id, subject_id,
--     beneficiary_id, hold_id, reverses_id, trigger_event_id, data}],
--   hold?: {id, agent_id, task_id, amount, usd_micros, tokens, expires_at},
--   close?: {hold_id, state: settled | released | expired, amount, usd_micros, tokens},
--   spender?: {agent_id, task_id, credits, usd_micros, tokens}: checked against budgets,
--   remember?: a refusal is kept under the key}]
-- p_actor: {kind, id, handle, reason}, for groups without one. Answers per group: {key, outcome,
-- transfers[] (or the hold), ...}. Outcomes: posted, replay, conflict, insufficient, over_budget,
-- closed. A replayed refusal answers as the first time.
create or replace function post_batch(p_workspace uuid, p_actor jsonb, p_groups jsonb) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_ids uuid[];
  v_kinds text[];
  v_owners uuid[];
  v_floors bigint[];
  v_held bigint[];
  v_held_before bigint[];
  v_posted bigint[];
  v_running bigint[];
  v_try bigint[];
  v_try_held bigint[];
  v_group jsonb;
  v_item jsonb;
  v_actor jsonb;
  v_key ledger_keys;
  v_hold holds;
  v_from int;
  v_to int;
  v_amount bigint;
  v_refusal jsonb;
  v_events jsonb := '[]';
  v_results jsonb := '[]';
  v_made jsonb;
  v_transfer uuid;
  v_event uuid;
begin
  perform 1 from streams where workspace_id = p_workspace and stream = 'ledger' for no key update;
  select array_agg(a.id), array_agg(a.kind), array_agg(a.owner_id), array_agg(a.floor),
      array_agg(a.held), array_agg(a.posted)
    into v_ids, v_kinds, v_owners, v_floors, v_held, v_posted
    from (select * from accounts where workspace_id = p_workspace
        and id in (select accounts_of(p_workspace, p_groups))
      order by id for no key update) a;
  v_running := v_posted;
  v_held_before := v_held;

  for v_group in select value from jsonb_array_elements(p_groups) loop
    select * into v_key from ledger_keys
      where workspace_id = p_workspace and key = v_group ->> 'key';
    if found then
      v_results := v_results || (jsonb_build_object('key', v_group ->> 'key', 'outcome', case
          when v_key.request_hash is distinct from v_group ->> 'request_hash' then 'conflict'
          when v_key.outcome = 'posted' then 'replay' else v_key.outcome end,
        'replayed', true, 'transfers', jsonb_build_array(v_key.transfer_id),
        'at', v_key.created_at) || coalesce(v_key.detail, '{}'));
      continue;
    end if;

    -- First pass: may all of it happen? Balances are tried on copies.
    v_actor := coalesce(v_group -> 'actor', p_actor);
    v_refusal := null;
    v_try := v_running;
    v_try_held := v_held;
    v_hold := null;
    if v_group ? 'close' then
      select * into v_hold from holds where workspace_id = p_workspace
        and id = (v_group #>> '{close,hold_id}')::uuid for update;
      if v_hold.state in ('settled', 'released')
        or (v_hold.state = 'expired' and v_group #>> '{close,state}' <> 'settled') then
        v_refusal := jsonb_build_object('outcome', 'closed', 'hold', v_hold.id,
          'state', v_hold.state);
      elsif v_hold.state = 'open' then
        v_from := array_position(v_ids, v_hold.agent_id);
        v_try_held[v_from] := v_try_held[v_from] - v_hold.amount;
      end if;
    end if;
    for v_item in select value from jsonb_array_elements(v_group -> 'items') loop
      exit when v_refusal is not null;
      v_from := array_position(v_ids, account_of(p_workspace, v_item ->> 'from'));
      v_to := array_position(v_ids, account_of(p_workspace, v_item ->> 'to'));
      if v_from is null or v_to is null then
        raise exception 'unknown account: % or %', v_item ->> 'from', v_item ->> 'to'
          using errcode = 'GH404';
      end if;
      v_amount := (v_item ->> 'amount')::bigint;
      if (v_item ->> 'voluntary')::boolean and v_floors[v_from] is not null
        and v_try[v_from] - v_try_held[v_from] - v_amount < v_floors[v_from] then
        v_refusal := lacking(v_try[v_from] - v_try_held[v_from] - v_floors[v_from], v_amount);
      end if;
      v_try[v_from] := v_try[v_from] - v_amount;
      v_try[v_to] := v_try[v_to] + v_amount;
    end loop;
    if v_group ? 'hold' and v_refusal is null then
      v_from := array_position(v_ids, (v_group #>> '{hold,agent_id}')::uuid);
      v_amount := (v_group #>> '{hold,amount}')::bigint;
      if v_try[v_from] - v_try_held[v_from] - v_amount < v_floors[v_from] then
        v_refusal := lacking(v_try[v_from] - v_try_held[v_from] - v_floors[v_from], v_amount);
      end if;
      v_try_held[v_from] := v_try_held[v_from] + v_amount;
    end if;
    if v_group ? 'spender' and v_refusal is null then
      v_refusal := budget_refusal(p_workspace, v_group -> 'spender');
    end if;
    if v_refusal is not null then
      if (v_group ->> 'remember')::boolean and v_refusal ->> 'outcome' <> 'closed' then
        insert into ledger_keys (workspace_id, key, request_hash, outcome, detail, created_at)
          values (p_workspace, v_group ->> 'key', v_group ->> 'request_hash',
            v_refusal ->> 'outcome', v_refusal, app_now());
      end if;
      v_results := v_results || (jsonb_build_object('key', v_group ->> 'key') || v_refusal);
      continue;
    end if;

    -- Second pass: it happens.
    v_made := '[]';
    v_held := v_try_held;
    for v_item in select value from jsonb_array_elements(v_group -> 'items') loop
      v_from := array_position(v_ids, account_of(p_workspace, v_item ->> 'from'));
      v_to := array_position(v_ids, account_of(p_workspace, v_item ->> 'to'));
      v_amount := (v_item ->> 'amount')::bigint;
      v_running[v_from] := v_running[v_from] - v_amount;
      v_running[v_to] := v_running[v_to] + v_amount;
      -- Made under the stream's lock, so that ids order transfers as they happened.
      v_transfer := uuidv7();
      v_event := uuidv7();
      insert into transfers (workspace_id, id, kind, from_id, to_id, amount, task_id, hold_id,
        reverses_id, subject_id, beneficiary_id, actor_kind, actor_id, actor_handle,
        trigger_event_id, event_id, reason, idempotency_key, from_after, to_after, created_at)
      values (p_workspace, v_transfer, v_item ->> 'kind', v_ids[v_from],
        v_ids[v_to], v_amount, (v_item ->> 'task_id')::uuid, (v_item ->> 'hold_id')::uuid,
        (v_item ->> 'reverses_id')::uuid, (v_item ->> 'subject_id')::uuid,
        (v_item ->> 'beneficiary_id')::uuid, v_actor ->> 'kind', (v_actor ->> 'id')::uuid,
        v_actor ->> 'handle',
        coalesce((v_item ->> 'trigger_event_id')::uuid, v_event), v_event, v_actor ->> 'reason',
        coalesce(v_item ->> 'shown_key', v_item ->> 'key'), v_running[v_from], v_running[v_to],
        app_now());
      if v_item ->> 'key' <> v_group ->> 'key' then
        insert into ledger_keys (workspace_id, key, request_hash, outcome, transfer_id, created_at)
          values (p_workspace, v_item ->> 'key', v_group ->> 'request_hash', 'posted',
            v_transfer, app_now());
      end if;
      v_events := v_events || jsonb_build_object(
        'id', v_event, 'actor', v_actor,
        'type', transfer_event(v_item ->> 'kind', v_kinds[v_from], v_kinds[v_to]),
        'subject_kind', 'transfer', 'subject_id', v_transfer,
        'subject_key', null, 'task_id', v_item ->> 'task_id',
        'trigger_event_id', v_item ->> 'trigger_event_id',
        'data', coalesce(v_item -> 'data', '{}'::jsonb) || task_named(p_workspace, v_item)
          || jsonb_build_object(
          'kind', v_item ->> 'kind', 'amount', credits_text(v_amount),
          'from', account_name(p_workspace, v_kinds[v_from], v_owners[v_from]),
          'to', account_name(p_workspace, v_kinds[v_to], v_owners[v_to])));
      v_made := v_made || to_jsonb(v_transfer);
    end loop;
    if v_group ? 'close' then
      v_events := v_events || close_hold(p_workspace, v_actor, v_hold, v_group -> 'close');
      v_made := v_made || to_jsonb(v_hold.id);
    end if;
    if v_group ? 'hold' then
      v_events := v_events || open_hold(p_workspace, v_actor, v_group -> 'hold');
      v_made := v_made || (v_group #> '{hold,id}');
    end if;
    if v_group ? 'spender' then
      v_events := v_events || with_actor(v_actor, take_budgets(p_workspace, v_group -> 'spender',
        (v_group #>> '{hold,id}')::uuid));
    end if;
    insert into ledger_keys (workspace_id, key, request_hash, outcome, transfer_id, created_at)
      values (p_workspace, v_group ->> 'key', v_group ->> 'request_hash', 'posted',
        (v_made ->> 0)::uuid, app_now());
    v_results := v_results || jsonb_build_object(
      'key', v_group ->> 'key', 'outcome', 'posted', 'transfers', v_made);
  end loop;

  update accounts a set posted = n.posted, held = n.held, version = a.version + 1
    from unnest(v_ids, v_running, v_posted, v_held, v_held_before)
      as n(id, posted, posted_before, held, held_before)
    where a.workspace_id = p_workspace and a.id = n.id
      and (n.posted <> n.posted_before or n.held <> n.held_before);
  if jsonb_array_length(v_events) > 0 then
    perform append_events(p_workspace, 'ledger', p_actor, v_events);
  end if;
  return v_results;
end $$;

-- Every account that groups touch.
create or replace function accounts_of(p_workspace uuid, p_groups jsonb) returns setof uuid
language plpgsql stable as $$
begin
  return query
    select account_of(p_workspace, i.value ->> side)
      from jsonb_array_elements(p_groups) g, jsonb_array_elements(g.value -> 'items') i,
        unnest(array['from', 'to']) side
    union select (g.value #>> '{hold,agent_id}')::uuid from jsonb_array_elements(p_groups) g
      where g.value ? 'hold'
    union select h.agent_id from jsonb_array_elements(p_groups) g join holds h
      on h.workspace_id = p_workspace and h.id = (g.value #>> '{close,hold_id}')::uuid
      where g.value ? 'close';
end $$;

create or replace function lacking(p_available bigint, p_needed bigint) returns jsonb
language sql immutable as $$
  select jsonb_build_object('outcome', 'insufficient', 'available', p_available::text,
    'needed', p_needed::text)
$$;

-- What a transfer is called in the log.
create or replace function transfer_event(p_kind text, p_from text, p_to text) returns text
language sql immutable as $$
  select case
    when p_kind = 'escrow' then 'credit.held'
    when p_kind = 'escrow_return' then 'credit.released'
    when p_kind = 'settlement' then 'credit.settled'
    when p_kind = 'reversal' then 'credit.reversed'
    when p_kind = 'adjustment' then 'credit.adjusted'
    when p_to = 'agent' and p_from <> 'agent' then 'credit.awarded'
    when p_from = 'agent' and p_to <> 'agent' then 'credit.spent'
    else 'credit.transferred' end
$$;

create or replace function task_named(p_workspace uuid, p_item jsonb) returns jsonb
language plpgsql stable as $$
begin
  if p_item ->> 'task_id' is null then return '{}'; end if;
  return coalesce((select jsonb_build_object('task', key) from tasks
    where workspace_id = p_workspace and id = (p_item ->> 'task_id')::uuid), '{}');
end $$;

create or replace function with_actor(p_actor jsonb, p_events jsonb) returns jsonb
language sql immutable as $$
  select coalesce(jsonb_agg(value || jsonb_build_object('actor', p_actor)), '[]')
    from jsonb_array_elements(p_events)
$$;

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
