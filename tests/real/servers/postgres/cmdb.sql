-- Equipment register: who holds which thing.
create table if not exists employee (
    id text primary key,
    login text unique not null,
    full_name text
);

create table if not exists asset (
    id serial primary key,
    tag text unique not null,
    kind text not null,
    model text,
    status text not null default 'in_stock',
    assigned_to text references employee (id),
    updated_at timestamptz not null default now(),
    serial_number text unique,
    hostname text,
    ip text,
    mac text,
    assigned_at timestamptz,
    purchased_on date,
    warranty_until date,
    location text
);
create index if not exists asset_assigned_to_idx on asset (assigned_to);
create index if not exists asset_hostname_idx on asset (hostname);

create or replace function assign_asset(tag text, employee_id text) returns asset as $$
    update asset
       set assigned_to = employee_id, status = 'assigned', assigned_at = now(), updated_at = now()
     where asset.tag = assign_asset.tag
 returning *
$$ language sql volatile strict;
