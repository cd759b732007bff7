select
    address_id,
    customer_id,
    kind,
    street,
    city,
    country,
    updated_at
from {{ source('shop', 'addresses') }}
