-- The proof that the books balance; every line of it can fail on its own, and names the first row
-- that is wrong. It reads everything: scans and hash joins are right here, whatever the session
-- says. What the log itself says is proven by chain_part, and what vouches for it by signed heads
-- (db/proofs.ts adds that line).
create or replace function verify_ledger(p_workspace uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
set enable_seqscan = on set enable_hashjoin = on as $$
declare
  v_sum numeric;
  v_accounts bigint;
  v_legs jsonb := drifted_accounts(p_workspace);
begin
  select coalesce(sum(posted), 0), count(*) into v_sum, v_accounts
    from accounts where workspace_id = p_workspace;
  return jsonb_build_object('accounts', v_accounts, 'transfers', v_legs -> 'transfers',
    'sum', credits_text(v_sum::bigint), 'checks', jsonb_build_array(
      jsonb_build_object('name', 'sum', 'ok', v_sum = 0,
        'detail', 'the balances of all accounts add up to ' || credits_text(v_sum::bigint)),
      v_legs -> 'line', drifted_holds(p_workspace), drifted_windows(p_workspace))
    || unlogged_transfers(p_workspace) || jsonb_build_array(keyless_transfers(p_workspace),
      drifted_charges(p_workspace), drifted_costs(p_workspace),
      drifted_closings(p_workspace), ledger_head(p_workspace)));
end $$;

-- One line of the proof: what was found, and the first of it by name.
create or replace function proof_line(p_name text, p_count bigint, p_what text, p_first text)
returns jsonb language sql immutable as $$
  select jsonb_build_object('name', p_name, 'ok', p_count = 0,
    'detail', p_count || ' ' || p_what || coalesce('; the first: ' || p_first, ''))
$$;

-- Reads every leg once (of archived months what they came to), and counts transfers meanwhile.
-- Summed by pair first: there are few pairs, and one aggregate costs half of one for each side.
create or replace function drifted_accounts(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (
    with pairs as materialized (
      select from_id, to_id, sum(amount) as total, count(*) as transfers
        from transfers where workspace_id = p_workspace group by from_id, to_id),
    closed as (select account_id, sum(amount) as total, sum(legs) as legs
      from closings where workspace_id = p_workspace group by account_id),
    legs as (select account_id, sum(total) as total from (
        select from_id as account_id, -total as total from pairs
        union all select to_id, total from pairs
        union all select account_id, total from closed) l group by account_id)
    select jsonb_build_object(
      'transfers', (select coalesce(sum(transfers), 0) from pairs)
        + (select coalesce(sum(legs), 0)::bigint / 2 from closed),
      'line', proof_line('accounts', count(*), 'accounts differ from the sum of their entries',
        (array_agg(account_name(p_workspace, a.kind, a.owner_id) || ' has '
          || credits_text(a.posted) || ', its entries say '
          || credits_text(coalesce(e.total, 0)::bigint)
          order by a.id))[1]))
    from accounts a left join legs e on e.account_id = a.id
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

-- What open holds keep in the windows of budgets. (What was used in them no row can say again: who
-- stands below whom has changed since.)
create or replace function drifted_windows(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('windows', count(*),
      'windows of budgets differ from what open holds keep in them',
      (array_agg('budget ' || w.budget_id || ' since ' || w.started_at || ' holds ' || w.held
        || ', its open holds say ' || coalesce(o.total, 0)
        order by w.budget_id, w.started_at))[1])
    from budget_windows w left join (
      select k.budget_id, k.started_at, sum(k.amount) as total
      from hold_windows k join holds h on h.workspace_id = k.workspace_id and h.id = k.hold_id
      where k.workspace_id = p_workspace and h.state = 'open' group by 1, 2) o
      on o.budget_id = w.budget_id and o.started_at = w.started_at
    where w.workspace_id = p_workspace and w.held <> coalesce(o.total, 0));
end $$;

-- Transfers that the log does not tell, or tells otherwise (edited, swapped or slipped in), and
-- events of transfers that are gone; in one join, and with the names of accounts looked up once:
-- 2 s for a million, where each by itself took 5 and 2.
create or replace function unlogged_transfers(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on set work_mem = '64MB' as $$
begin
  return (
    with names as materialized (
      select a.id, coalesce(o.handle, a.kind) as name from accounts a
        left join actors o on o.workspace_id = a.workspace_id and o.id = a.owner_id
        where a.workspace_id = p_workspace),
    told as (select id, seq, subject_id, data_json from events
        where workspace_id = p_workspace and stream = 'ledger' and subject_kind = 'transfer'
          and seq > archived_seq(p_workspace)),
    posted as (select t.id, t.event_id, t.kind, t.amount, f.name as "from", o.name as "to"
        from transfers t join names f on f.id = t.from_id join names o on o.id = t.to_id
        where t.workspace_id = p_workspace)
    select jsonb_build_array(
      proof_line('events', count(t.id), 'transfers have no event that says the same',
        'transfer ' || (array_agg(t.id order by t.id) filter (where t.id is not null))[1]),
      proof_line('transfers', count(*) filter (where t.id is null),
        'events tell of a transfer that is gone',
        (array_agg('transfer ' || e.subject_id || ' of event ' || e.seq order by e.seq)
          filter (where t.id is null))[1]))
    from posted t full join told e on e.id = t.event_id and e.subject_id = t.id
    where t.id is null or e.id is null
      or e.data_json ->> 'amount' is distinct from credits_text(t.amount)
      or e.data_json ->> 'kind' is distinct from t.kind
      or e.data_json ->> 'from' is distinct from t."from"
      or e.data_json ->> 'to' is distinct from t."to");
end $$;

create or replace function keyless_transfers(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('keys', count(*), 'transfers have no key',
      (array_agg('transfer ' || t.id order by t.id))[1])
    from transfers t where t.workspace_id = p_workspace and not exists (
      select from ledger_keys k where k.workspace_id = p_workspace and k.transfer_id = t.id
        and k.outcome = 'posted'));
end $$;

-- A priced model call has a transfer of its own that says the same, and none is without its call.
create or replace function drifted_charges(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('charges', count(*), 'model calls differ from their transfers',
      (array_agg(coalesce('call ' || c.call_id, 'transfer ' || t.id)
        order by c.call_id, t.id))[1])
    from (select * from transfers where workspace_id = p_workspace and kind = 'model') t
    full join (select call_id, agent_id, credits, transfer_id,
        row_number() over (partition by transfer_id order by call_id) as place
      from charges where workspace_id = p_workspace and (credits <> 0 or transfer_id is not null)) c
      on c.transfer_id = t.id
    -- Transfers of archived months are gone rightly.
    where c.call_id is null or c.place > 1 or (t.id is null and (c.transfer_id is null
        or c.transfer_id >= coalesce(first_id_at(archived_before(p_workspace)),
          first_id_at('epoch'))))
      or c.credits <> t.amount or c.agent_id <> t.from_id);
end $$;

create or replace function drifted_costs(p_workspace uuid) returns jsonb
language plpgsql stable set enable_seqscan = on set enable_hashjoin = on as $$
begin
  return (select proof_line('costs', count(*), 'accounts differ from what their model calls cost',
      (array_agg(account_name(p_workspace, a.kind, a.owner_id) || ' has '
        || credits_text(a.usd_spent) || ' dollars, its calls say '
        || credits_text(coalesce(c.total, 0)::bigint) order by a.id))[1])
    from accounts a left join (select agent_id, sum(usd_micros) as total from charges
      where workspace_id = p_workspace group by agent_id) c on c.agent_id = a.id
    where a.workspace_id = p_workspace and a.usd_spent <> coalesce(c.total, 0));
end $$;

-- The stream's own row says where the log ends: a tail that was cut off shows.
create or replace function ledger_head(p_workspace uuid) returns jsonb
language plpgsql stable as $$
declare
  s streams;
  v_seq bigint;
  v_hash text;
begin
  select * into s from streams where workspace_id = p_workspace and stream = 'ledger';
  select seq, hash into v_seq, v_hash from events
    where workspace_id = p_workspace and stream = 'ledger' order by seq desc limit 1;
  return jsonb_build_object('name', 'head',
    'ok', coalesce(s.seq = coalesce(v_seq, 0) and s.head is not distinct from v_hash, false),
    'detail', case
      when s.seq is null then 'the workspace has no ledger stream'
      when s.seq <> coalesce(v_seq, 0)
        then 'the log ends at event ' || coalesce(v_seq, 0) || ', its head says ' || s.seq
      when s.head is distinct from v_hash
        then 'the hash of event ' || s.seq || ' is not that of its head'
      else 'the log ends at event ' || s.seq || ', as its head says' end);
end $$;

-- Where the log's archived part ends.
create or replace function archived_seq(p_workspace uuid) returns bigint
language plpgsql stable as $$
begin
  return (select coalesce(max(last_seq), 0) from closings where workspace_id = p_workspace);
end $$;

-- The closings of each archived month are those that the log tells of; each of those events names
-- the month before, so that none can be left out.
create or replace function drifted_closings(p_workspace uuid) returns jsonb
language plpgsql stable as $$
begin
  return (select proof_line('closings', count(*), 'archived months are not as they were closed',
      (array_agg('month ' || to_char(c.month, 'YYYY-MM') order by c.month))[1])
    from (select month, min(event_id::text)::uuid as event_id, count(distinct event_id) as events,
        lag(month) over (order by month) as before
      from closings where workspace_id = p_workspace group by month) c
    left join events e on e.workspace_id = p_workspace and e.id = c.event_id
      and e.type = 'ledger.archived'
    where e.id is null or c.events > 1
      or e.data_json ->> 'month' is distinct from to_char(c.month, 'YYYY-MM')
      or e.data_json ->> 'previous' is distinct from to_char(c.before, 'YYYY-MM')
      or e.data_json ->> 'digest' is distinct from closings_digest(p_workspace, c.month));
end $$;
