-- When a period began that runs at an instant, in a time zone; `once` began with time itself.
create or replace function period_start(p_period text, p_at timestamptz, p_zone text)
returns timestamptz language sql stable as $$
  select case when p_period = 'once' then 'epoch'::timestamptz
    else date_trunc(p_period, p_at at time zone p_zone) at time zone p_zone end
$$;

-- When it ends; null for `once`.
create or replace function period_end(p_period text, p_at timestamptz, p_zone text)
returns timestamptz language sql stable as $$
  select case when p_period <> 'once' then
    (date_trunc(p_period, p_at at time zone p_zone) + ('1 ' || p_period)::interval)
      at time zone p_zone end
$$;

create or replace function zone_of(p_workspace uuid) returns text language sql stable as $$
  select coalesce(settings ->> 'time_zone', 'UTC') from workspaces where id = p_workspace
$$;

-- The budgets above a spender: its own, those of everyone above it, of its task and of the
-- workstream that the task is in now, of the workspace.
create or replace function budgets_over(p_workspace uuid, p_agent uuid, p_task uuid)
returns setof budgets language plpgsql stable as $$
declare
  v_line uuid[];
  v_workstream uuid;
begin
  if p_task is not null then
    select workstream_id into v_workstream from tasks
      where workspace_id = p_workspace and id = p_task;
  end if;
  v_line := p_agent || managers_of(p_workspace, p_agent);
  return query select b.* from budgets b
    where b.workspace_id = p_workspace and b.deleted_at is null
      and (b.scope = 'workspace' or (b.scope = 'agent' and b.scope_id = p_agent)
        or (b.scope = 'subtree' and b.scope_id = any (v_line))
        or (b.scope = 'task' and b.scope_id = p_task)
        or (b.scope = 'workstream' and b.scope_id = v_workstream))
    order by b.id;
end $$;

-- The window of a budget that runs now, locked; made where there is none yet.
create or replace function window_now(b budgets, p_zone text) returns budget_windows
language plpgsql volatile as $$
declare
  v_start timestamptz := period_start(b.period, app_now(), p_zone);
  w budget_windows;
begin
  insert into budget_windows (workspace_id, budget_id, started_at)
    values (b.workspace_id, b.id, v_start) on conflict do nothing;
  select * into w from budget_windows where workspace_id = b.workspace_id and budget_id = b.id
    and started_at = v_start for update;
  return w;
end $$;

-- What a spender wants in the unit of a budget. p_wants: {credits, usd_micros, tokens, runs}.
create or replace function wanted_in(p_unit text, p_wants jsonb) returns bigint
language sql immutable as $$ select coalesce((p_wants ->> p_unit)::bigint, 0) $$;

-- The budgets in which a spender counts, in the order of their ids, each with its running window,
-- locked. The caller holds the ledger stream: nothing moves between this look and what follows it.
-- p_spender: {agent_id, task_id, credits, usd_micros, tokens, runs}.
create or replace function windows_over(
  p_workspace uuid, p_spender jsonb, out budgets budgets[], out windows budget_windows[]
) language plpgsql volatile as $$
declare
  v_zone text := zone_of(p_workspace);
begin
  select array_agg(b order by b.id), array_agg(window_now(b, v_zone) order by b.id)
    into budgets, windows
    from budgets_over(p_workspace, (p_spender ->> 'agent_id')::uuid,
      (p_spender ->> 'task_id')::uuid) b
    where wanted_in(b.unit, p_spender) > 0;
end $$;

-- The first of them that has no room for what is wanted; null when all have. One that blocks comes
-- before one that asks: nobody is asked for what would be refused all the same.
create or replace function budget_refusal(
  p_budgets budgets[], p_windows budget_windows[], p_spender jsonb
) returns jsonb language plpgsql stable as $$
declare
  v_need bigint;
  v_asks jsonb;
  v_refusal jsonb;
  b budgets;
  w budget_windows;
begin
  for i in 1 .. coalesce(cardinality(p_budgets), 0) loop
    b := p_budgets[i];
    w := p_windows[i];
    v_need := wanted_in(b.unit, p_spender);
    continue when b.action = 'alert' or w.used + w.held + v_need <= b.limit_amount;
    continue when b.action = 'gate'
      and grant_for(b, (p_spender ->> 'agent_id')::uuid, v_need) is not null;
    v_refusal := jsonb_build_object('outcome', 'over_budget', 'budget', b.id, 'unit', b.unit,
      'action', b.action, 'needed', v_need::text,
      'available', greatest(b.limit_amount - w.used - w.held, 0)::text,
      'resets_at', period_end(b.period, app_now(), zone_of(b.workspace_id)));
    if b.action = 'block' then return v_refusal; end if;
    v_asks := coalesce(v_asks, v_refusal);
  end loop;
  return v_asks;
end $$;

-- The oldest approval that lets an agent use so much beyond a budget once; null when there is none.
create or replace function grant_for(b budgets, p_agent uuid, p_need bigint) returns uuid
language sql stable as $$
  select id from grants where workspace_id = b.workspace_id and budget_id = b.id
    and agent_id = p_agent and used_at is null and expires_at > app_now() and amount >= p_need
    order by id limit 1
$$;

-- Counts what is used, or held for p_hold; answers the events of the lines that were crossed. What
-- passes the limit of a budget that asks uses up its approval. p_key: the ledger key it happens by;
-- null for a model call, which needs no approval and leaves it to the next spend.
create or replace function take_budgets(
  p_budgets budgets[], p_windows budget_windows[], p_spender jsonb, p_hold uuid, p_key text
) returns jsonb language plpgsql volatile as $$
declare
  v_events jsonb := '[]';
  v_need bigint;
  b budgets;
  w budget_windows;
begin
  for i in 1 .. coalesce(cardinality(p_budgets), 0) loop
    b := p_budgets[i];
    w := p_windows[i];
    v_need := wanted_in(b.unit, p_spender);
    if p_key is not null and b.action = 'gate' and w.used + w.held + v_need > b.limit_amount then
      v_events := v_events || use_grant(b, (p_spender ->> 'agent_id')::uuid, v_need, p_key);
    end if;
    if p_hold is null then w.used := w.used + v_need;
    else
      w.held := w.held + v_need;
      insert into hold_windows (workspace_id, hold_id, budget_id, started_at, amount)
        values (w.workspace_id, p_hold, w.budget_id, w.started_at, v_need);
    end if;
    v_events := v_events || told(b, w);
  end loop;
  return v_events;
end $$;

create or replace function use_grant(b budgets, p_agent uuid, p_need bigint, p_key text)
returns jsonb language plpgsql volatile as $$
declare
  g grants;
begin
  update grants set used_at = app_now(), used_by = p_key
    where workspace_id = b.workspace_id and id = grant_for(b, p_agent, p_need) returning * into g;
  return jsonb_build_array(jsonb_build_object('id', uuidv7(), 'type', 'grant.used',
    'subject_kind', 'budget', 'subject_id', b.id, 'data', jsonb_build_object('grant', g.id,
      'gate', g.gate_id, 'budget', b.id, 'unit', b.unit, 'amount', unit_text(b.unit, p_need))));
end $$;

-- Gives back what a hold kept in its windows, and counts what was used of it.
-- p_used: {credits, usd_micros, tokens}. p_hold: an open hold gives back, an expired one has.
create or replace function settle_budgets(p_hold holds, p_used jsonb) returns jsonb
language plpgsql volatile as $$
declare
  v_events jsonb := '[]';
  v_row record;
  b budgets;
  w budget_windows;
begin
  for v_row in select * from hold_windows where workspace_id = p_hold.workspace_id
      and hold_id = p_hold.id order by budget_id loop
    select * into b from budgets
      where workspace_id = v_row.workspace_id and id = v_row.budget_id;
    select * into w from budget_windows where workspace_id = v_row.workspace_id
      and budget_id = v_row.budget_id and started_at = v_row.started_at for update;
    if p_hold.state = 'open' then w.held := w.held - v_row.amount; end if;
    w.used := w.used + wanted_in(b.unit, p_used);
    v_events := v_events || told(b, w);
  end loop;
  return v_events;
end $$;

-- Writes a window back; answers an event for each line that it crossed, told once per window.
create or replace function told(b budgets, w budget_windows) returns jsonb
language plpgsql volatile as $$
declare
  v_events jsonb := '[]';
  v_line int;
  v_data jsonb := jsonb_build_object('budget', b.id, 'scope', b.scope, 'unit', b.unit,
    'period', b.period, 'limit', unit_text(b.unit, b.limit_amount),
    'used', unit_text(b.unit, w.used), 'held', unit_text(b.unit, w.held));
begin
  for v_line in select line from unnest(b.warn_lines) line where line > w.warned
      and (w.used + w.held)::numeric * 100 >= b.limit_amount::numeric * line order by line loop
    w.warned := v_line;
    v_events := v_events || jsonb_build_object('id', uuidv7(), 'type', 'budget.warned',
      'severity', 'warning', 'subject_kind', 'budget', 'subject_id', b.id,
      'data', v_data || jsonb_build_object('percent', v_line));
  end loop;
  if w.used + w.held > b.limit_amount and not w.exceeded then
    w.exceeded := true;
    v_events := v_events || jsonb_build_object('id', uuidv7(), 'type', 'budget.exceeded',
      'severity', 'alert', 'subject_kind', 'budget', 'subject_id', b.id, 'data', v_data);
  end if;
  update budget_windows set used = w.used, held = w.held, warned = w.warned, exceeded = w.exceeded
    where workspace_id = w.workspace_id and budget_id = w.budget_id
      and started_at = w.started_at;
  return v_events;
end $$;

-- Amounts as clients read them: credits as decimals, all other units as whole numbers.
create or replace function unit_text(p_unit text, p_amount bigint) returns text
language plpgsql immutable as $$
begin
  return case p_unit when 'credits' then credits_text(p_amount) else p_amount::text end;
end $$;
