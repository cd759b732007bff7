select
    product_id,
    category_id,
    sku,
    name,
    is_active,
    updated_at
from {{ source('shop', 'products') }}
