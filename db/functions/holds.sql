-- Writes a hold; answers its event. The account keeps the sum of its open holds.
create or replace function open_hold(p_workspace uuid, p_actor jsonb, p_hold jsonb) returns jsonb
language plpgsql volatile as $$
declare
  h holds := jsonb_populate_record(null::holds, p_hold);
  v_end timestamptz := app_now() + make_interval(secs => (p_hold ->> 'ttl_seconds')::int);
begin
  insert into holds (workspace_id, id, agent_id, task_id, amount, usd_micros, tokens, reason,
      expires_at, created_at)
    values (p_workspace, h.id, h.agent_id, h.task_id, h.amount, coalesce(h.usd_micros, 0),
      coalesce(h.tokens, 0), p_actor ->> 'reason', v_end, app_now());
  return jsonb_build_array(hold_event(p_workspace, 'credit.held', p_actor, h.id, h.agent_id,
    h.task_id, jsonb_build_object('amount', credits_text(h.amount), 'expires_at', v_end)));
end $$;

-- Closes a hold as settled, released or expired; answers its events. Paying is the transfer's part.
create or replace function close_hold(p_workspace uuid, p_actor jsonb, p_hold holds, p_close jsonb)
returns jsonb language plpgsql volatile as $$
declare
  v_settled bigint := coalesce((p_close ->> 'amount')::bigint, 0);
  v_left bigint := case when p_hold.state = 'open'
    then greatest(p_hold.amount - v_settled, 0) else 0 end;
  v_events jsonb;
begin
  v_events := with_actor(p_actor, settle_budgets(p_hold, jsonb_build_object('credits', v_settled,
    'usd_micros', p_close -> 'usd_micros', 'tokens', p_close -> 'tokens')));
  update holds set state = p_close ->> 'state', settled = v_settled, closed_at = app_now()
    where workspace_id = p_workspace and id = p_hold.id;
  if v_left > 0 then
    v_events := v_events || hold_event(p_workspace, 'credit.released', p_actor, p_hold.id,
      p_hold.agent_id, p_hold.task_id, jsonb_build_object('amount', credits_text(v_left),
        'why', p_close ->> 'state'));
  end if;
  if v_settled > p_hold.amount or (v_settled > 0 and p_hold.state = 'expired') then
    v_events := v_events || (hold_event(p_workspace, 'budget.overrun', p_actor, p_hold.id,
      p_hold.agent_id, p_hold.task_id, jsonb_build_object('held', credits_text(p_hold.amount),
        'settled', credits_text(v_settled), 'late', p_hold.state = 'expired'))
      || '{"severity": "warning"}');
  end if;
  return v_events;
end $$;

create or replace function hold_event(
  p_workspace uuid, p_type text, p_actor jsonb, p_hold uuid, p_agent uuid, p_task uuid, p_data jsonb
) returns jsonb language plpgsql stable as $$
begin
  return jsonb_build_object('id', uuidv7(), 'type', p_type, 'actor', p_actor,
    'subject_kind', 'hold', 'subject_id', p_hold, 'task_id', p_task,
    'data', p_data || task_named(p_workspace, jsonb_build_object('task_id', p_task))
      || jsonb_build_object('from', account_name(p_workspace, 'agent', p_agent)));
end $$;

-- Gives back what holds keep whose time is over, in all workspaces; answers how many. A stream at a
-- time, so that a sweep never waits with one workspace's ledger in hand for another's.
create or replace function expire_holds(p_workspace uuid, p_limit int) returns int
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_groups jsonb;
begin
  select jsonb_agg(jsonb_build_object('key', 'hold/' || d.id || '/expiry', 'request_hash', '',
      'items', '[]'::jsonb,
      'close', jsonb_build_object('hold_id', d.id, 'state', 'expired')) order by d.id)
    into v_groups from (select id from holds
      where workspace_id = p_workspace and state = 'open' and expires_at <= app_now()
      order by expires_at limit p_limit) d;
  if v_groups is null then return 0; end if;
  perform post_batch(p_workspace, '{"kind": "system", "handle": "system"}', v_groups);
  return jsonb_array_length(v_groups);
end $$;

create or replace function workspaces_with_due_holds() returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct workspace_id from holds where state = 'open' and expires_at <= app_now()
$$;
