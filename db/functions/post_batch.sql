-- The only way credits move or are held. Locks the ledger stream, then the accounts in the order of
-- their ids, then budgets and holds; evaluates groups in order against balances in memory; writes
-- transfers, holds, keys, events and balances once. What is in a group happens whole or not at all.
-- p_groups: [{key, request_hash, actor?,
--   items: [{key, shown_key, kind, from, to, amount, voluntary, task_id, subject_id,
--     beneficiary_id, hold_id, reverses_id, trigger_event_id, data}],
--   hold?: {id, agent_id, task_id, amount, usd_micros, tokens, ttl_seconds},
--   close?: {hold_id, state: settled | released | expired, amount, usd_micros, tokens},
--   spender?: {agent_id, task_id, credits, usd_micros, tokens}: checked against budgets,
--   charge?: a model call, see write_charge: counted in budgets, never refused,
--   remember?: a refusal is kept under the key}]
-- p_actor: {kind, id, handle, reason}, for groups without one. Answers per group: {key, outcome,
-- transfers[] (or the hold), rows[] (what was written of each transfer), ...}. Outcomes: posted,
-- replay, conflict, insufficient, over_budget, closed, done_before. A replayed refusal
-- answers as at first.
create or replace function post_batch(p_workspace uuid, p_actor jsonb, p_groups jsonb) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_ids uuid[];
  v_kinds text[];
  v_names text[];
  v_floors bigint[];
  v_held bigint[];
  v_held_before bigint[];
  v_posted bigint[];
  v_running bigint[];
  v_try bigint[];
  v_try_held bigint[];
  -- The accounts by the names in the postings, and where each stands in the arrays above.
  v_called text[];
  v_places int[];
  v_known jsonb;
  v_group jsonb;
  v_item jsonb;
  v_actor jsonb;
  v_key ledger_keys;
  v_hold holds;
  v_charge charges;
  v_over record;
  v_from int;
  v_to int;
  v_amount bigint;
  v_refusal jsonb;
  t transfers;
  -- Written at the end, each at once.
  v_transfers transfers[] := '{}';
  v_keys ledger_keys[] := '{}';
  v_said text[] := '{}';
  v_said_keys ledger_keys[] := '{}';
  v_done text[] := '{}';
  v_twin int;
  v_events jsonb[] := '{}';
  v_results jsonb[] := '{}';
  v_made jsonb;
  v_rows jsonb;
  v_limited boolean;
begin
  perform 1 from streams where workspace_id = p_workspace and stream = 'ledger' for no key update;
  v_limited := exists (
    select from budgets where workspace_id = p_workspace and deleted_at is null);
  select array_agg(a.id), array_agg(a.kind), array_agg(coalesce(o.handle, a.kind)),
      array_agg(a.floor), array_agg(a.held), array_agg(a.posted)
    into v_ids, v_kinds, v_names, v_floors, v_held, v_posted
    from (select * from accounts where workspace_id = p_workspace
        and id in (select accounts_of(p_workspace, p_groups))
      order by id for no key update) a
    left join actors o on o.workspace_id = p_workspace and o.id = a.owner_id;
  select array_agg(n.name), array_agg(array_position(v_ids, account_of(p_workspace, n.name)))
    into v_called, v_places from (
      select distinct i.value ->> side as name from jsonb_array_elements(p_groups) g,
        jsonb_array_elements(g.value -> 'items') i, unnest(array['from', 'to']) side) n;
  select coalesce(jsonb_object_agg(k.key, to_jsonb(k)), '{}') into v_known from ledger_keys k
    where k.workspace_id = p_workspace
      and k.key in (select g.value ->> 'key' from jsonb_array_elements(p_groups) g
        union all select i.value ->> 'key' from jsonb_array_elements(p_groups) g,
          jsonb_array_elements(g.value -> 'items') i);
  v_running := v_posted;
  v_held_before := v_held;

  for v_group in select value from jsonb_array_elements(p_groups) loop
    if v_known ? (v_group ->> 'key') then
      v_results := array_append(v_results, replay_of(v_known -> (v_group ->> 'key'), v_group));
      continue;
    end if;
    -- The same key twice in one call: the second is a replay of the first.
    v_twin := array_position(v_said, v_group ->> 'key');
    if v_twin is not null then
      v_results := array_append(v_results, replay_of(to_jsonb(v_said_keys[v_twin]), v_group));
      continue;
    end if;

    -- A call is charged once, by whatever key: only one that was unpriced may get its price, and
    -- what it used was counted then.
    if v_group ? 'charge' then
      select * into v_charge from charges where workspace_id = p_workspace
        and call_id = v_group #>> '{charge,call_id}';
      if found and (v_charge.usd_micros is not null
          or v_group #>> '{charge,usd_micros}' is null) then
        v_results := array_append(v_results, jsonb_build_object('key', v_group ->> 'key',
          'outcome', 'replay', 'transfers', jsonb_build_array(v_charge.transfer_id),
          'at', v_charge.created_at));
        continue;
      elsif found then
        v_group := jsonb_set(v_group, '{spender,tokens}', '"0"');
      end if;
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
      -- Not by this group: it may happen once, whoever asks for it by whichever key.
      if v_known ? (v_item ->> 'key') or v_item ->> 'key' = any (v_done) then
        v_refusal := jsonb_build_object('outcome', 'done_before', 'item', v_item ->> 'key');
      end if;
      v_from := v_places[array_position(v_called, v_item ->> 'from')];
      v_to := v_places[array_position(v_called, v_item ->> 'to')];
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
    v_over := null;
    if v_limited and v_group ? 'spender' and v_refusal is null then
      v_over := windows_over(p_workspace, v_group -> 'spender');
      -- A model call is a bill: it counts in budgets, and none of them stops it.
      if not v_group ? 'charge' then
        v_refusal := budget_refusal(v_over.budgets, v_over.windows, v_group -> 'spender');
      end if;
    end if;
    v_key := null;
    v_key.workspace_id := p_workspace;
    v_key.key := v_group ->> 'key';
    v_key.request_hash := v_group ->> 'request_hash';
    v_key.created_at := app_now();
    if v_refusal is not null then
      -- What a person may still approve is not remembered: the same request passes then.
      if (v_group ->> 'remember')::boolean
        and v_refusal ->> 'outcome' in ('insufficient', 'over_budget')
        and v_refusal ->> 'action' is distinct from 'gate' then
        v_key.outcome := v_refusal ->> 'outcome';
        v_key.detail := v_refusal;
        v_keys := array_append(v_keys, v_key);
        v_said := array_append(v_said, v_key.key);
        v_said_keys := array_append(v_said_keys, v_key);
      end if;
      v_results := array_append(v_results,
        jsonb_build_object('key', v_key.key) || v_refusal);
      continue;
    end if;

    -- Second pass: it happens.
    v_key.outcome := 'posted';
    v_made := '[]';
    v_rows := '[]';
    v_held := v_try_held;
    for v_item in select value from jsonb_array_elements(v_group -> 'items') loop
      v_from := v_places[array_position(v_called, v_item ->> 'from')];
      v_to := v_places[array_position(v_called, v_item ->> 'to')];
      v_amount := (v_item ->> 'amount')::bigint;
      v_running[v_from] := v_running[v_from] - v_amount;
      v_running[v_to] := v_running[v_to] + v_amount;
      t := null;
      t.workspace_id := p_workspace;
      -- Made under the stream's lock, so that ids order transfers as they happened.
      t.id := uuidv7();
      t.event_id := uuidv7();
      t.kind := v_item ->> 'kind';
      t.from_id := v_ids[v_from];
      t.to_id := v_ids[v_to];
      t.amount := v_amount;
      t.task_id := v_item ->> 'task_id';
      t.hold_id := v_item ->> 'hold_id';
      t.reverses_id := v_item ->> 'reverses_id';
      t.subject_id := v_item ->> 'subject_id';
      t.beneficiary_id := v_item ->> 'beneficiary_id';
      t.actor_kind := v_actor ->> 'kind';
      t.actor_id := v_actor ->> 'id';
      t.actor_handle := v_actor ->> 'handle';
      t.trigger_event_id := coalesce((v_item ->> 'trigger_event_id')::uuid, t.event_id);
      t.reason := v_actor ->> 'reason';
      t.idempotency_key := coalesce(v_item ->> 'shown_key', v_item ->> 'key');
      t.from_after := v_running[v_from];
      t.to_after := v_running[v_to];
      t.created_at := v_key.created_at;
      v_transfers := array_append(v_transfers, t);
      if v_item ->> 'key' <> v_group ->> 'key' then
        v_done := array_append(v_done, v_item ->> 'key');
        v_keys := array_append(v_keys, row(p_workspace, v_item ->> 'key', v_key.request_hash,
          'posted', t.id, t.created_at, null)::ledger_keys);
      end if;
      v_events := array_append(v_events, jsonb_build_object(
        'id', t.event_id, 'actor', v_actor,
        'type', transfer_event(t.kind, v_kinds[v_from], v_kinds[v_to]),
        'subject_kind', 'transfer', 'subject_id', t.id,
        'subject_key', null, 'task_id', t.task_id,
        'trigger_event_id', v_item ->> 'trigger_event_id',
        'data', coalesce(v_item -> 'data', '{}'::jsonb) || task_named(p_workspace, v_item)
          || jsonb_build_object('kind', t.kind, 'amount', credits_text(v_amount),
            'from', v_names[v_from], 'to', v_names[v_to])));
      v_made := v_made || to_jsonb(t.id);
      v_rows := v_rows || jsonb_build_object('id', t.id, 'from', v_names[v_from],
        'to', v_names[v_to], 'trigger', t.trigger_event_id,
        'from_after', t.from_after::text, 'to_after', t.to_after::text, 'at', t.created_at);
    end loop;
    if v_group ? 'close' then
      v_events := v_events || elements_of(
        close_hold(p_workspace, v_actor, v_hold, v_group -> 'close'));
      v_made := v_made || to_jsonb(v_hold.id);
    end if;
    if v_group ? 'hold' then
      v_events := v_events || elements_of(open_hold(p_workspace, v_actor, v_group -> 'hold'));
      v_made := v_made || (v_group #> '{hold,id}');
    end if;
    if v_over is not null then
      v_events := v_events || elements_of(with_actor(v_actor, take_budgets(v_over.budgets,
        v_over.windows, v_group -> 'spender', (v_group #>> '{hold,id}')::uuid,
        case when not v_group ? 'charge' then v_key.key end)));
    end if;
    if v_group ? 'charge' then
      v_events := v_events || elements_of(write_charge(p_workspace, v_actor, v_group -> 'charge',
        (v_made ->> 0)::uuid));
    end if;
    v_key.transfer_id := v_made ->> 0;
    v_keys := array_append(v_keys, v_key);
    v_said := array_append(v_said, v_key.key);
    v_said_keys := array_append(v_said_keys, v_key);
    v_results := array_append(v_results, jsonb_build_object('key', v_key.key, 'outcome', 'posted',
      'transfers', v_made, 'rows', v_rows));
  end loop;

  insert into transfers select * from unnest(v_transfers) where workspace_id = p_workspace;
  insert into ledger_keys select * from unnest(v_keys) where workspace_id = p_workspace;
  update accounts a set posted = n.posted, held = n.held, version = a.version + 1
    from unnest(v_ids, v_running, v_posted, v_held, v_held_before)
      as n(id, posted, posted_before, held, held_before)
    where a.workspace_id = p_workspace and a.id = n.id
      and (n.posted <> n.posted_before or n.held <> n.held_before);
  v_events := v_events || low_balances(p_workspace, v_ids, v_kinds, v_names,
    less(v_posted, v_held_before), less(v_running, v_held));
  if cardinality(v_events) > 0 then
    perform append_events(p_workspace, 'ledger', p_actor, to_jsonb(v_events));
  end if;
  return to_jsonb(v_results);
end $$;

create or replace function less(p_all bigint[], p_some bigint[]) returns bigint[]
language sql immutable parallel safe as
$$ select array_agg(a - s order by place)
   from unnest(p_all, p_some) with ordinality n(a, s, place) $$;

-- Agents of whom this took the available credits below the line of the settings, told when it is
-- crossed. p_before, p_after: what was and is available of each account.
create or replace function low_balances(
  p_workspace uuid, p_ids uuid[], p_kinds text[], p_names text[], p_before bigint[],
  p_after bigint[]
) returns jsonb[] language plpgsql stable as $$
declare
  v_line bigint;
begin
  select (case when settings ? 'low_balance' then settings ->> 'low_balance' else '5' end
    )::numeric * 1000000 into v_line from workspaces where id = p_workspace;
  return coalesce((select array_agg(jsonb_build_object('id', uuidv7(), 'type', 'credit.low',
      'severity', 'warning', 'actor', '{"kind": "system", "handle": "system"}'::jsonb,
      'subject_kind', 'agent', 'subject_id', a.id, 'subject_key', a.name,
      'data', jsonb_build_object('agent', a.name, 'available', credits_text(a.after),
        'line', credits_text(v_line))) order by a.id)
    from unnest(p_ids, p_kinds, p_names, p_before, p_after) as a(id, kind, name, before, after)
    where a.kind = 'agent' and a.before >= v_line and a.after < v_line), '{}');
end $$;

-- What a key answers again: the same request as the first time, another as a conflict.
create or replace function replay_of(p_key jsonb, p_group jsonb) returns jsonb
language plpgsql immutable as $$
begin
  return jsonb_build_object('key', p_group ->> 'key', 'outcome', case
      when p_key ->> 'request_hash' is distinct from p_group ->> 'request_hash' then 'conflict'
      when p_key ->> 'outcome' = 'posted' then 'replay' else p_key ->> 'outcome' end,
    'replayed', true, 'transfers', jsonb_build_array(p_key -> 'transfer_id'),
    'at', p_key -> 'created_at') || coalesce(nullif(p_key -> 'detail', 'null'), '{}');
end $$;

create or replace function elements_of(p_array jsonb) returns jsonb[]
language sql immutable as
$$ select coalesce(array_agg(value order by place), '{}')
   from jsonb_array_elements(p_array) with ordinality e(value, place) $$;

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
    union select (g.value #>> '{charge,agent_id}')::uuid from jsonb_array_elements(p_groups) g
      where g.value ? 'charge'
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
