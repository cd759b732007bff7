select
    product_id,
    category_id,
    upper(trim(sku)) as sku,
    trim(name) as name,
    is_active,
    updated_at
from {{ ref('landed_products') }}
