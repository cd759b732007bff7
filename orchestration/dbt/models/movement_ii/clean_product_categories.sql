select
    category_id,
    trim(name) as name,
    updated_at
from {{ ref('landed_product_categories') }}
