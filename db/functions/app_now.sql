-- The one clock of every rule: the wall clock after the last lock, not the transaction's start.
-- Test databases replace this function by one with an offset.
create or replace function app_now() returns timestamptz language sql volatile as
$$ select clock_timestamp() $$;
