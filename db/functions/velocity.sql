-- Tells of agents that paid more in the window before now than the workspace wants to hear of: one
-- event each, once a window. Reads only what that window wrote. Answers how many it told of.
create or replace function tell_velocity(p_workspace uuid) returns int
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_rule jsonb := (select settings -> 'spend_velocity' from workspaces where id = p_workspace);
  v_now timestamptz := app_now();
  v_window interval := make_interval(mins => (v_rule ->> 'window_minutes')::int);
  v_limit bigint := (v_rule ->> 'credits')::numeric * 1000000;
  v_from uuid := transfers_from(v_now - v_window);
  v_events jsonb;
begin
  if v_limit is null then return 0; end if;
  with paid as (
    select t.from_id as agent_id, sum(t.amount)::bigint as amount from transfers t
      where t.workspace_id = p_workspace and t.id >= v_from and t.created_at > v_now - v_window
        and t.kind in ('spend', 'settlement', 'model')
      group by t.from_id having sum(t.amount) > v_limit),
  told as (
    insert into velocity_alerts as a (workspace_id, agent_id, alerted_at)
      select p_workspace, p.agent_id, v_now from paid p order by p.agent_id
      on conflict (workspace_id, agent_id) do update set alerted_at = excluded.alerted_at
        where a.alerted_at <= excluded.alerted_at - v_window
      returning agent_id)
  select jsonb_agg(jsonb_build_object('id', uuidv7(), 'type', 'credit.velocity',
      'severity', 'alert', 'subject_kind', 'agent', 'subject_id', p.agent_id,
      'subject_key', account_name(p_workspace, 'agent', p.agent_id),
      'data', jsonb_build_object('spent', credits_text(p.amount),
        'window_minutes', v_rule -> 'window_minutes', 'limit', credits_text(v_limit)))
      order by p.agent_id) into v_events
    from paid p where p.agent_id in (select agent_id from told);
  if v_events is null then return 0; end if;
  perform append_events(p_workspace, 'ledger', '{"kind": "system", "handle": "system"}', v_events);
  return jsonb_array_length(v_events);
end $$;
