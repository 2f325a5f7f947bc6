-- Profit and loss, added up where the transfers are. What a figure means is said in
-- domain/pnl.ts; here is where it comes from.

-- In which figure a kind of transfer counts; null = in none (escrow set aside and given back,
-- corrections): those show in the statement.
create or replace function pnl_figure(p_kind text) returns text
language sql immutable as $$
  select case
    when p_kind in ('reward', 'escrow_payout', 'webhook') then 'earned'
    when p_kind in ('fee', 'escrow_fee', 'delegation', 'review', 'approval') then 'fees'
    when p_kind = 'spend' then 'spent'
    when p_kind in ('model', 'settlement') then 'model_cost'
    when p_kind = 'transfer' then 'transfers_net' end
$$;

-- The kind a transfer counts as and its key: a reversal takes away from what it reverses.
create or replace function pnl_kind(t transfers, out kind text, out key text)
language plpgsql stable as $$
begin
  if t.reverses_id is null then
    kind := t.kind;
    key := t.idempotency_key;
  else
    select o.kind, o.idempotency_key into kind, key from transfers o
      where o.workspace_id = t.workspace_id and o.id = t.reverses_id;
  end if;
end $$;

-- What came to some agents and what left them, each read by its own index.
create or replace function pnl_legs(
  p_workspace uuid, p_agents uuid[], p_since timestamptz, p_until timestamptz
) returns table (agent_id uuid, at timestamptz, kind text, amount bigint, task_id uuid,
  call_id text) language plpgsql stable as $$
declare
  v_from uuid := transfers_from(p_since);
  v_until uuid := transfers_until(p_until);
begin
  return query select a.id, l.at, l.kind, l.amount, l.task_id, l.call_id
    from unnest(p_agents) a(id) cross join lateral (
      select t.created_at as at, undone.kind, -t.amount as amount,
        coalesce(t.task_id, (select h.task_id from holds h
          where h.workspace_id = p_workspace and h.id = t.hold_id)) as task_id,
        undone.key as call_id
      from transfers t, pnl_kind(t) undone where t.workspace_id = p_workspace and t.from_id = a.id
        and t.id >= v_from and t.id < v_until
      union all
      select t.created_at, undone.kind, t.amount, t.task_id, undone.key
      from transfers t, pnl_kind(t) undone where t.workspace_id = p_workspace and t.to_id = a.id
        and t.id >= v_from and t.id < v_until) l
    where l.at >= p_since and l.at < p_until;
end $$;

-- When the work on a task was last sent back: from review, or by a gate that was denied.
create or replace function sent_back_at(p_workspace uuid, p_task uuid) returns timestamptz
language sql stable as $$
  select max(e.occurred_at) from events e
    where e.workspace_id = p_workspace and e.task_id = p_task and e.stream = 'activity'
      and (e.type = 'gate.denied' or (e.type = 'task.transitioned'
        and e.data_json ->> 'from' = 'review' and e.data_json ->> 'to' = 'in_progress'))
$$;

-- The days, weeks or months of a zone that a time touches; any other grouping has one, all of it.
create or replace function pnl_periods(
  p_by text, p_since timestamptz, p_until timestamptz, p_zone text
) returns table (starts timestamptz, ends timestamptz) language plpgsql stable as $$
begin
  if p_by not in ('day', 'week', 'month') then return query select p_since, p_until; return; end if;
  return query select s at time zone p_zone, (s + ('1 ' || p_by)::interval) at time zone p_zone
    from generate_series(date_trunc(p_by, p_since at time zone p_zone), p_until at time zone p_zone,
      ('1 ' || p_by)::interval) s
    where s at time zone p_zone < p_until;
end $$;

-- How long tasks waited at gates that people had to decide, a piece for each period.
create or replace function pnl_waits(
  p_workspace uuid, p_agents uuid[], p_by text, p_since timestamptz, p_until timestamptz,
  p_zone text
) returns table (agent_id uuid, task_id uuid, at timestamptz, ms bigint)
language plpgsql stable as $$
declare
  v_now timestamptz := app_now();
begin
  return query select k.assignee_id, k.id, greatest(w.began, p.starts),
      floor(extract(epoch from least(w.ended, p.ends) - greatest(w.began, p.starts)) * 1000)::bigint
    from (
      select g.subject_id, greatest(g.opened_at, p_since) as began,
        least(coalesce(g.decided_at, v_now), p_until) as ended
      from (
        select * from gates o where o.workspace_id = p_workspace and o.state = 'open'
        union all
        select * from gates d where d.workspace_id = p_workspace and d.decided_at >= p_since
          -- No gate is open for longer, even when its expiry went up once.
          and d.decided_at < p_until + interval '1 year') g
      where g.opened_at < p_until and exists (
        select from jsonb_array_elements_text(g.policy -> 'approvers') a(name)
          where a.name like 'role:%' or a.name like 'human:%')) w
    join tasks k on k.workspace_id = p_workspace and k.id = w.subject_id
    cross join lateral pnl_periods(p_by, w.began, w.ended, p_zone) p
    where k.assignee_id = any (p_agents) and w.ended > w.began;
end $$;

-- Every single thing that counts: whose it was, when, on which task, with which model, in which
-- figure and how much of it. Amounts as the figure shows them: what was spent is above 0.
create or replace function pnl_facts(
  p_workspace uuid, p_agents uuid[], p_by text, p_since timestamptz, p_until timestamptz,
  p_zone text
) returns table (agent_id uuid, at timestamptz, task_id uuid, model text, figure text,
  amount bigint) language plpgsql stable as $$
begin
  return query
    with legs as materialized (
      select l.*, pnl_figure(l.kind) as figure, case
          when p_by <> 'model' then null
          when l.kind = 'settlement' then 'unknown'
          when l.kind = 'model' then (select c.model from charges c
            where c.workspace_id = p_workspace and c.call_id = l.call_id) end as model
        from pnl_legs(p_workspace, p_agents, p_since, p_until) l),
    attempts as (
      select d.task_id, k.assignee_id, sent_back_at(p_workspace, d.task_id) as back_at
        from (select distinct g.task_id from legs g where g.task_id is not null
          and g.figure in ('spent', 'model_cost')) d
        join tasks k on k.workspace_id = p_workspace and k.id = d.task_id)
    select l.agent_id, l.at, l.task_id, l.model, l.figure,
        case when l.figure in ('spent', 'model_cost') then -l.amount else l.amount end
      from legs l where l.figure is not null
    union all
    select l.agent_id, l.at, l.task_id, l.model, 'rework', -l.amount
      from legs l join attempts a on a.task_id = l.task_id and a.assignee_id = l.agent_id
      where l.figure in ('spent', 'model_cost') and l.at < a.back_at
    union all
    select c.agent_id, c.created_at, c.task_id, c.model, 'usd_micros', c.usd_micros
      from unnest(p_agents) a(id) join charges c on c.workspace_id = p_workspace
        and c.agent_id = a.id and c.created_at >= p_since and c.created_at < p_until
      where c.usd_micros is not null
    union all
    select k.assignee_id, k.finished_at, k.id, null, 'accepted', 1::bigint
      from unnest(p_agents) a(id) join tasks k on k.workspace_id = p_workspace
        and k.assignee_id = a.id and k.status = 'done'
        and k.finished_at >= p_since and k.finished_at < p_until
    union all
    select w.agent_id, w.at, w.task_id, null, 'waited_ms', w.ms
      from pnl_waits(p_workspace, p_agents, p_by, p_since, p_until, p_zone) w;
end $$;

-- What a fact is grouped by, except by whom. Another grouping is another line here.
create or replace function pnl_name(
  p_by text, p_at timestamptz, p_model text, p_workstream text, p_zone text
) returns text language sql stable as $$
  select case p_by
    when 'total' then 'total'
    when 'model' then p_model
    when 'workstream' then coalesce(p_workstream, '(none)')
    when 'month' then to_char(p_at at time zone p_zone, 'YYYY-MM')
    when 'week' then to_char(date_trunc('week', p_at at time zone p_zone), 'YYYY-MM-DD')
    when 'day' then to_char(p_at at time zone p_zone, 'YYYY-MM-DD') end
$$;

-- p_ask: {by, since?, until?, agent? (an id; none: everyone), below (and everyone below it), team
-- (the one that is asked for), after?, limit}. Answers {since, until, time_zone, rows[]}; rows in
-- the order of their names, figures as text. Days, weeks, months and the total are there when
-- nothing happened, too.
create or replace function credits_pnl(p_workspace uuid, p_ask jsonb) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_by text := p_ask ->> 'by';
  v_zone text := zone_of(p_workspace);
  v_until timestamptz := coalesce((p_ask ->> 'until')::timestamptz, app_now());
  v_since timestamptz := coalesce((p_ask ->> 'since')::timestamptz, v_until - interval '30 days');
  v_agent uuid := p_ask ->> 'agent';
  v_agents uuid[];
  v_rows jsonb;
begin
  v_agents := case when v_agent is null
      then array(select id from agents where workspace_id = p_workspace)
    when (p_ask ->> 'below')::boolean then subtree_of(p_workspace, v_agent)
    else array[v_agent] end;
  with facts as (
    select pnl_name(v_by, f.at, f.model, case when v_by = 'workstream' then (
          select w.name from tasks k join workstreams w
            on w.workspace_id = k.workspace_id and w.id = k.workstream_id
            where k.workspace_id = p_workspace and k.id = f.task_id) end, v_zone) as name,
        case when v_by in ('agent', 'team') then f.agent_id end as agent_id, f.figure, f.amount
      from pnl_facts(p_workspace, v_agents, v_by, v_since, v_until, v_zone) f),
  sums as (
    select name, agent_id, figure, sum(amount) as amount from facts group by 1, 2, 3),
  -- A team is an agent with everyone below it: what one does counts for all above it.
  named as (
    select s.name, s.figure, s.amount from sums s where s.name is not null
    union all
    select h.handle, s.figure, s.amount from sums s
      cross join lateral (select distinct m.id from unnest(case when v_by = 'team'
        then s.agent_id || managers_of(p_workspace, s.agent_id)
        else array[s.agent_id] end) m(id)) m
      join actors h on h.workspace_id = p_workspace and h.id = m.id
      where s.agent_id is not null and (v_by = 'agent' or case
        when p_ask ->> 'team' is not null then m.id = (p_ask ->> 'team')::uuid
        else m.id = any (v_agents) and exists (select from agents r
          where r.workspace_id = p_workspace and r.reports_to = m.id) end)
    union all
    select pnl_name(v_by, greatest(p.starts, v_since), null, null, v_zone), null, 0
      from pnl_periods(v_by, v_since, v_until, v_zone) p
      where v_by in ('day', 'week', 'month', 'total')),
  page as (
    select n.name, jsonb_object_agg(n.figure, n.amount::text)
        filter (where n.figure is not null) as figures
      from (select name, figure, sum(amount) as amount from named group by 1, 2) n
      where p_ask ->> 'after' is null or n.name collate "C" > p_ask ->> 'after'
      group by n.name order by n.name collate "C" limit (p_ask ->> 'limit')::int)
  select jsonb_agg(coalesce(figures, '{}') || jsonb_build_object('name', name)
      order by name collate "C") into v_rows from page;
  return jsonb_build_object('since', v_since, 'until', v_until, 'time_zone', v_zone,
    'rows', coalesce(v_rows, '[]'));
end $$;
