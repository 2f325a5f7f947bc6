-- The proof that the books balance; every line of it can fail on its own, and names the first row
-- that is wrong. It reads everything: scans and hash joins are right here, whatever the session
-- says. What the log itself says is proven by verify_stream.
create or replace function verify_ledger(p_workspace uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
set enable_seqscan = on set enable_hashjoin = on as $$
declare
  v_sum numeric;
  v_accounts bigint;
  v_transfers bigint;
begin
  select coalesce(sum(posted), 0), count(*) into v_sum, v_accounts
    from accounts where workspace_id = p_workspace;
  select count(*) into v_transfers from transfers where workspace_id = p_workspace;
  return jsonb_build_object('accounts', v_accounts, 'transfers', v_transfers,
    'sum', credits_text(v_sum::bigint), 'checks', jsonb_build_array(
      jsonb_build_object('name', 'sum', 'ok', v_sum = 0,
        'detail', 'the balances of all accounts add up to ' || credits_text(v_sum::bigint)),
      drifted_accounts(p_workspace), drifted_holds(p_workspace), unlogged_transfers(p_workspace),
      lost_transfers(p_workspace), keyless_transfers(p_workspace)));
end $$;

-- One line of the proof: what was found, and the first of it by name.
create or replace function proof_line(p_name text, p_count bigint, p_what text, p_first text)
returns jsonb language sql immutable as $$
  select jsonb_build_object('name', p_name, 'ok', p_count = 0,
    'detail', p_count || ' ' || p_what || coalesce('; the first: ' || p_first, ''))
$$;

create or replace function drifted_accounts(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('accounts', count(*), 'accounts differ from the sum of their entries',
      (array_agg(account_name(p_workspace, a.kind, a.owner_id) || ' has '
        || credits_text(a.posted) || ', its entries say '
        || credits_text(coalesce(e.total, 0)::bigint)
        order by a.id))[1])
    from accounts a left join (select account_id, sum(amount) as total from entries
      where workspace_id = p_workspace group by account_id) e on e.account_id = a.id
    where a.workspace_id = p_workspace and a.posted <> coalesce(e.total, 0));
end $$;

create or replace function drifted_holds(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('holds', count(*), 'accounts differ from the sum of their open holds',
      (array_agg(account_name(p_workspace, a.kind, a.owner_id) || ' holds '
        || credits_text(a.held) || ', its open holds say '
        || credits_text(coalesce(h.total, 0)::bigint) order by a.id))[1])
    from accounts a left join (select agent_id, sum(amount) as total from holds
      where workspace_id = p_workspace and state = 'open' group by agent_id) h
      on h.agent_id = a.id
    where a.workspace_id = p_workspace and a.held <> coalesce(h.total, 0));
end $$;

-- Transfers that the log does not tell, or tells otherwise: edited, swapped or slipped in.
create or replace function unlogged_transfers(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('events', count(*), 'transfers have no event that says the same',
      (array_agg('transfer ' || t.id order by t.id))[1])
    from transfers t
    join accounts f on f.workspace_id = t.workspace_id and f.id = t.from_id
    join accounts o on o.workspace_id = t.workspace_id and o.id = t.to_id
    left join actors fa on fa.workspace_id = t.workspace_id and fa.id = f.owner_id
    left join actors oa on oa.workspace_id = t.workspace_id and oa.id = o.owner_id
    left join events e on e.workspace_id = t.workspace_id and e.id = t.event_id
      and e.stream = 'ledger' and e.subject_id = t.id
    where t.workspace_id = p_workspace and (e.id is null
      or e.data_json ->> 'amount' is distinct from credits_text(t.amount)
      or e.data_json ->> 'kind' is distinct from t.kind
      or e.data_json ->> 'from' is distinct from coalesce(fa.handle, f.kind)
      or e.data_json ->> 'to' is distinct from coalesce(oa.handle, o.kind)));
end $$;

-- Transfers that the log tells of and that are gone.
create or replace function lost_transfers(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('transfers', count(*), 'events tell of a transfer that is gone',
      (array_agg('transfer ' || e.subject_id || ' of event ' || e.seq order by e.seq))[1])
    from events e left join transfers t on t.workspace_id = e.workspace_id and t.id = e.subject_id
    where e.workspace_id = p_workspace and e.stream = 'ledger' and e.subject_kind = 'transfer'
      and t.id is null);
end $$;

create or replace function keyless_transfers(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('keys', count(*), 'transfers have no key',
      (array_agg('transfer ' || t.id order by t.id))[1])
    from transfers t left join ledger_keys k on k.workspace_id = t.workspace_id
      and k.transfer_id = t.id and k.outcome = 'posted'
    where t.workspace_id = p_workspace and k.key is null);
end $$;
