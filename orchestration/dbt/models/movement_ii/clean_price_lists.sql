select
    price_id,
    product_id,
    cast(unit_price as {{ money() }}) as unit_price,
    upper(trim(currency)) as currency,
    cast(starts_on as date) as starts_on,
    updated_at
from {{ ref('landed_price_lists') }}
