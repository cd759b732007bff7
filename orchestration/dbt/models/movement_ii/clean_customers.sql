select
    customer_id,
    trim(name) as name,
    lower(trim(email)) as email,
    lower(trim(segment)) as segment,
    created_at,
    updated_at
from {{ ref('landed_customers') }}
