-- What each rate was, since when, by whom and why; what counts now stands in the settings, too.

create table rates (
  workspace_id uuid not null references workspaces,
  name text not null check (name ~ '^[a-z0-9_.-]{1,64}$'),
  version int not null,
  -- Micro-credits; null = switched off.
  amount bigint check (amount >= 0),
  updated_by text not null,
  reason text,
  updated_at timestamptz not null,
  primary key (workspace_id, name, version)
);
create trigger rates_append_only before update or delete on rates
  for each row execute function refuse_change();
create trigger rates_never_truncated before truncate on rates
  for each statement execute function refuse_change();

-- What was set before there were versions: when, by whom and why is in the log at best.
insert into rates (workspace_id, name, version, amount, updated_by, updated_at)
  select w.id, r.key, 1, (r.value::numeric * 1000000)::bigint, 'system', w.created_at
  from workspaces w, jsonb_each_text(w.settings -> 'rates') r
  where r.key ~ '^[a-z0-9_.-]{1,64}$';

-- A fee that is deducted may come out of the escrow: its own kind, and once like every award.
drop trigger transfers_award on transfers;
create trigger transfers_award after insert on transfers for each row
  when (new.kind in
      ('reward', 'escrow_payout', 'fee', 'escrow_fee', 'delegation', 'review', 'approval')
    and new.subject_id is not null and new.beneficiary_id is not null)
  execute function claim_award();

-- A fixed rate of credits for tokens: then dollars may be left to the provider or the library.
alter table prices
  alter column input_usd_per_mtok drop not null,
  alter column output_usd_per_mtok drop not null,
  add column input_credits_per_mtok text,
  add column output_credits_per_mtok text,
  add column cached_input_credits_per_mtok text,
  add check ((input_usd_per_mtok is null) = (output_usd_per_mtok is null)),
  add check ((input_credits_per_mtok is null) = (output_credits_per_mtok is null));

-- `fixed`: nobody knows dollars, and the credits follow the fixed rate.
alter table charges drop constraint charges_source_check,
  add constraint charges_source_check
    check (source in ('reported', 'override', 'library', 'fixed', 'unpriced'));
