-- Moves credits for several callers at once: whatever waited goes in one call. Each write was
-- decided on facts of its epoch; when somebody changed who may do what since then, it is stale.
-- p_writes: [{epoch, actor, group}], see post_batch. Answers one result a write, in their order.
create or replace function commit_credits(p_workspace uuid, p_writes jsonb) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_epoch bigint;
  v_groups jsonb;
  v_results jsonb;
begin
  perform pg_advisory_xact_lock_shared(control_lock(p_workspace));
  select control_epoch into v_epoch from workspaces where id = p_workspace;
  select jsonb_agg(value -> 'group' || jsonb_build_object('actor', value -> 'actor') order by place)
    into v_groups from jsonb_array_elements(p_writes) with ordinality w(value, place)
    where (value ->> 'epoch')::bigint = v_epoch;
  if v_groups is not null then
    v_results := post_batch(p_workspace, '{"kind": "system", "handle": "system"}', v_groups);
  end if;
  return (select jsonb_agg(case when is_stale then '{"outcome": "stale"}'::jsonb
      else v_results -> (count_fresh::int - 1) end order by place)
    from (select place, is_stale, count(*) filter (where not is_stale) over (order by place)
        as count_fresh
      from (select place, (value ->> 'epoch')::bigint <> v_epoch as is_stale
        from jsonb_array_elements(p_writes) with ordinality w(value, place)) w) w);
end $$;

-- A budget's running window: what is used and held of it, and when it ends.
create or replace function budget_now(
  p_workspace uuid, p_budget uuid, p_period text, p_zone text
) returns jsonb language plpgsql stable as $$
declare
  w budget_windows;
begin
  select * into w from budget_windows where workspace_id = p_workspace and budget_id = p_budget
    and started_at = period_start(p_period, app_now(), p_zone);
  return jsonb_build_object('used', coalesce(w.used, 0)::text, 'held', coalesce(w.held, 0)::text,
    'resets_at', period_end(p_period, app_now(), p_zone));
end $$;
