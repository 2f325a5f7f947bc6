-- The way of nearly every batch: nothing in it is refused, held, closed or charged, so it is
-- written as a whole, in sets. Where anything is not plain it answers null and has written nothing;
-- then post_batch goes through the groups one by one. Takes and answers what post_batch does, whose
-- caller holds the ledger stream.
create or replace function post_plain(p_workspace uuid, p_actor jsonb, p_groups jsonb)
returns jsonb language plpgsql volatile as $$
declare
  v_now timestamptz := app_now();
  v_keys text[];
  v_windows budget_windows[];
  w record;
begin
  if jsonb_path_exists(p_groups, '$[*] ? (exists(@.hold) || exists(@.close) || exists(@.charge))')
  then return null; end if;
  v_keys := plain_keys(p_groups);
  if (select count(distinct k) from unnest(v_keys) k) < cardinality(v_keys) or exists (
    select from ledger_keys where workspace_id = p_workspace and key = any (v_keys))
  then return null; end if;
  perform 1 from accounts where workspace_id = p_workspace
    and id in (select accounts_of(p_workspace, p_groups)) order by id for no key update;
  if exists (select from budgets where workspace_id = p_workspace and deleted_at is null) then
    v_windows := plain_windows(p_workspace, p_groups);
    if v_windows is null then return null; end if;
  end if;

  with item as materialized (select * from plain_items(p_workspace, p_actor, p_groups)),
  -- What is on either side of each after it, if all of them happen.
  side as materialized (
    select s.n, s.out, a.id, a.kind, a.held, coalesce(o.handle, a.kind) as name, a.posted as before,
      sum(s.delta) over (partition by a.id) as total,
      a.posted + sum(s.delta) over (
        partition by a.id order by s.n, s.out desc rows unbounded preceding) as after,
      s.out and s.voluntary and a.posted - a.held + sum(s.delta) over (
        partition by a.id order by s.n, s.out desc rows unbounded preceding) < a.floor as lacks
    from (select n, true as out, from_id as account, -amount as delta, voluntary from item
      union all select n, false, to_id, amount, voluntary from item) s
    left join accounts a on a.workspace_id = p_workspace and a.id = s.account
    left join actors o on o.workspace_id = p_workspace and o.id = a.owner_id),
  verdict as materialized (
    select coalesce(bool_or(lacks or id is null), false) as refused from side),
  made as materialized (
    select uuidv7() as id, uuidv7() as event_id, q.* from (
      select i.*, f.after as from_after, t.after as to_after, f.name as from_name,
        t.name as to_name,
        transfer_event(i.kind, f.kind, t.kind) as type
      from item i join side f on f.n = i.n and f.out join side t on t.n = i.n and not t.out
      where not (select refused from verdict) order by i.n) q),
  transferred as (
    insert into transfers (workspace_id, id, kind, from_id, to_id, amount, task_id, hold_id,
        reverses_id, subject_id, beneficiary_id, actor_kind, actor_id, actor_handle,
        trigger_event_id, event_id, reason, idempotency_key, from_after, to_after, created_at)
      select p_workspace, id, kind, from_id, to_id, amount, task_id, hold_id, reverses_id,
        subject_id, beneficiary_id, actor ->> 'kind', (actor ->> 'id')::uuid, actor ->> 'handle',
        coalesce(trigger_event_id, event_id), event_id, actor ->> 'reason', shown_key, from_after,
        to_after, v_now from made),
  kept as (
    insert into ledger_keys (workspace_id, key, request_hash, outcome, transfer_id, created_at)
      select p_workspace, k.key, k.hash, 'posted', k.id, v_now from (
        select key, request_hash as hash, id from made where key <> group_key
        union all
        select g.v ->> 'key', g.v ->> 'request_hash', (select m.id from made m
          where m.group_no = g.no order by m.n limit 1)
        from jsonb_array_elements(p_groups) with ordinality g(v, no)) k
      where not (select refused from verdict)),
  moved as (
    update accounts u set posted = u.posted + d.total, version = u.version + 1
      from (select distinct id, total from side where total <> 0) d
      where u.workspace_id = p_workspace and u.id = d.id and not (select refused from verdict)),
  low as (
    select low_balances(p_workspace, array_agg(id), array_agg(kind), array_agg(name),
      array_agg((before - held)::bigint), array_agg((before - held + total)::bigint)) as events
    from (select distinct id, kind, name, before, held, total from side) l)
  select (select refused from verdict) as refused, (select events from low) as low,
      (select jsonb_agg(jsonb_build_object('id', event_id, 'actor', actor, 'type', type,
          'subject_kind', 'transfer', 'subject_id', id, 'task_id', task_id,
          'trigger_event_id', trigger_event_id,
          'data', data || case when task_id is null then '{}'
            else task_named(p_workspace, jsonb_build_object('task_id', task_id)) end
            || jsonb_build_object('kind', kind, 'amount', credits_text(amount),
              'from', from_name, 'to', to_name)) order by n) from made) as events,
      (select jsonb_object_agg(group_no, made) from (
        select group_no, jsonb_build_object('transfers', jsonb_agg(id order by n),
          'rows', jsonb_agg(jsonb_build_object('id', id, 'from', from_name, 'to', to_name,
            'trigger', coalesce(trigger_event_id, event_id), 'from_after', from_after::text,
            'to_after', to_after::text, 'at', v_now) order by n)) as made
        from made group by group_no) m) as rows
    into w;
  if w.refused then return null; end if;
  if v_windows is not null then perform take_plain(v_windows); end if;
  if w.events is not null or cardinality(w.low) > 0 then
    perform append_events(p_workspace, 'ledger', p_actor,
      coalesce(w.events, '[]') || to_jsonb(w.low));
  end if;
  return (select jsonb_agg(jsonb_build_object('key', g.v -> 'key', 'outcome', 'posted')
      || coalesce(w.rows -> g.no::text, '{"transfers": [], "rows": []}') order by g.no)
    from jsonb_array_elements(p_groups) with ordinality g(v, no));
end $$;

-- The keys of groups, and those of their items where they have their own.
create or replace function plain_keys(p_groups jsonb) returns text[]
language plpgsql immutable as $$
begin
  return array(
    select g ->> 'key' from jsonb_array_elements(p_groups) g
    union all
    select i ->> 'key' from jsonb_array_elements(p_groups) g, jsonb_array_elements(g -> 'items') i
      where i -> 'key' <> g -> 'key');
end $$;

-- The postings of all groups, numbered as they happen.
create or replace function plain_items(p_workspace uuid, p_actor jsonb, p_groups jsonb)
returns table (
  n bigint, group_no bigint, group_key text, request_hash text, actor jsonb, key text,
  shown_key text, kind text, from_id uuid, to_id uuid, amount bigint, voluntary boolean,
  task_id uuid, hold_id uuid, reverses_id uuid, subject_id uuid, beneficiary_id uuid,
  trigger_event_id uuid, data jsonb
) language plpgsql stable as $$
declare
  -- The accounts of which the workspace has one each.
  v_system jsonb := (select jsonb_object_agg(a.kind, a.id) from accounts a
    where a.workspace_id = p_workspace and a.owner_id is null);
begin
  return query select row_number() over (order by g.no, i.place), g.no, g.v ->> 'key',
      g.v ->> 'request_hash', coalesce(g.v -> 'actor', p_actor), i.v ->> 'key',
      coalesce(i.v ->> 'shown_key', i.v ->> 'key'), i.v ->> 'kind',
      case when i.v ->> 'from' like 'agent:%' then substr(i.v ->> 'from', 7)
        else v_system ->> (i.v ->> 'from') end::uuid,
      case when i.v ->> 'to' like 'agent:%' then substr(i.v ->> 'to', 7)
        else v_system ->> (i.v ->> 'to') end::uuid,
      (i.v ->> 'amount')::bigint, (i.v ->> 'voluntary')::boolean, (i.v ->> 'task_id')::uuid,
      (i.v ->> 'hold_id')::uuid, (i.v ->> 'reverses_id')::uuid, (i.v ->> 'subject_id')::uuid,
      (i.v ->> 'beneficiary_id')::uuid, (i.v ->> 'trigger_event_id')::uuid,
      coalesce(i.v -> 'data', '{}')
    from jsonb_array_elements(p_groups) with ordinality g(v, no),
      jsonb_array_elements(g.v -> 'items') with ordinality i(v, place);
end $$;

-- The windows in which all spenders together count, with what that makes of them; null where it
-- passes a limit or crosses a line: who did that is found out one by one.
create or replace function plain_windows(p_workspace uuid, p_groups jsonb)
returns budget_windows[] language plpgsql volatile as $$
declare
  v_zone text := zone_of(p_workspace);
  v_windows budget_windows[] := '{}';
  v_id uuid;
  v_need bigint;
  b budgets;
  w budget_windows;
begin
  for v_id, v_need in
    select o.id, sum(wanted_in(o.unit, s.wants)) from (
      select s.agent_id, s.task_id, jsonb_build_object('credits', sum(s.credits),
          'usd_micros', sum(s.usd_micros), 'tokens', sum(s.tokens), 'runs', sum(s.runs)) as wants
        from jsonb_array_elements(p_groups) g, jsonb_to_record(g -> 'spender') s(agent_id uuid,
          task_id uuid, credits bigint, usd_micros bigint, tokens bigint, runs bigint)
        where g ? 'spender' group by s.agent_id, s.task_id) s,
      budgets_over(p_workspace, s.agent_id, s.task_id) o
    group by o.id order by o.id
  loop
    continue when v_need = 0;
    select * into b from budgets where workspace_id = p_workspace and id = v_id;
    w := window_now(b, v_zone);
    w.used := w.used + v_need;
    if (b.action <> 'alert' and w.used + w.held > b.limit_amount) or crosses(b, w) then
      return null;
    end if;
    v_windows := array_append(v_windows, w);
  end loop;
  return v_windows;
end $$;

create or replace function take_plain(p_windows budget_windows[]) returns void
language plpgsql volatile as $$
begin
  update budget_windows b set used = w.used from unnest(p_windows) w
    where b.workspace_id = w.workspace_id and b.budget_id = w.budget_id
      and b.started_at = w.started_at;
end $$;

-- Whether a window, as it will be, has something to tell that was not told yet.
create or replace function crosses(b budgets, w budget_windows) returns boolean
language plpgsql immutable as $$
begin
  return (w.used + w.held > b.limit_amount and not w.exceeded) or exists (
    select from unnest(b.warn_lines) line where line > w.warned
      and (w.used + w.held)::numeric * 100 >= b.limit_amount::numeric * line);
end $$;
