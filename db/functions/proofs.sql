-- The proof that the books balance; every line of it can fail on its own.
-- It reads everything: scans and hash joins are right here, whatever the session says.
create or replace function verify_ledger(p_workspace uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
set enable_seqscan = on set enable_hashjoin = on as $$
declare
  v_sum numeric;
  v_accounts bigint;
  v_transfers bigint;
  v_drift bigint;
  v_held bigint;
  v_orphans bigint;
  v_keyless bigint;
  v_checks jsonb := '[]';
begin
  select coalesce(sum(posted), 0), count(*) into v_sum, v_accounts
    from accounts where workspace_id = p_workspace;
  select count(*) into v_transfers from transfers where workspace_id = p_workspace;
  select count(*) into v_drift from accounts a left join (
      select account_id, sum(amount) as total from entries
      where workspace_id = p_workspace group by account_id) e on e.account_id = a.id
    where a.workspace_id = p_workspace and a.posted <> coalesce(e.total, 0);
  select count(*) into v_held from accounts a left join (
      select agent_id, sum(amount) as total from holds
      where workspace_id = p_workspace and state = 'open' group by agent_id) h on h.agent_id = a.id
    where a.workspace_id = p_workspace and a.held <> coalesce(h.total, 0);
  select count(*) into v_orphans from transfers t
    where t.workspace_id = p_workspace and not exists (
      select from events e where e.workspace_id = p_workspace and e.id = t.event_id
        and e.stream = 'ledger' and e.subject_id = t.id);
  select count(*) into v_keyless from transfers t
    where t.workspace_id = p_workspace and not exists (
      select from ledger_keys k where k.workspace_id = p_workspace and k.outcome = 'posted'
        and k.transfer_id = t.id);
  v_checks := jsonb_build_array(
    jsonb_build_object('name', 'sum', 'ok', v_sum = 0,
      'detail', 'the balances of all accounts add up to ' || credits_text(v_sum::bigint)),
    jsonb_build_object('name', 'accounts', 'ok', v_drift = 0,
      'detail', v_drift || ' accounts differ from the sum of their entries'),
    jsonb_build_object('name', 'holds', 'ok', v_held = 0,
      'detail', v_held || ' accounts differ from the sum of their open holds'),
    jsonb_build_object('name', 'events', 'ok', v_orphans = 0,
      'detail', v_orphans || ' transfers have no event of their own'),
    jsonb_build_object('name', 'keys', 'ok', v_keyless = 0,
      'detail', v_keyless || ' transfers have no key'));
  return jsonb_build_object('accounts', v_accounts, 'transfers', v_transfers,
    'sum', credits_text(v_sum::bigint), 'checks', v_checks);
end $$;
