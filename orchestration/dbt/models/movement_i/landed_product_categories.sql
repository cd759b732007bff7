select
    category_id,
    name,
    updated_at
from {{ source('shop', 'product_categories') }}
