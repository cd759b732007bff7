select
    customer_id,
    name,
    email,
    segment,
    created_at,
    updated_at
from {{ source('shop', 'customers') }}
