select
    order_id,
    customer_id,
    shipping_address_id,
    status,
    ordered_at,
    updated_at
from {{ source('shop', 'sales_orders') }}
