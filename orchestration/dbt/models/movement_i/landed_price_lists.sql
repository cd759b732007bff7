select
    price_id,
    product_id,
    unit_price,
    currency,
    starts_on,
    updated_at
from {{ source('shop', 'price_lists') }}
