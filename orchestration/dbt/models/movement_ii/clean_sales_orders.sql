select
    order_id,
    customer_id,
    shipping_address_id,
    lower(trim(status)) as status,
    ordered_at,
    updated_at
from {{ ref('landed_sales_orders') }}
