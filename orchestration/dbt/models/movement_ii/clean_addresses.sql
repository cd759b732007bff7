select
    address_id,
    customer_id,
    lower(trim(kind)) as kind,
    trim(street) as street,
    trim(city) as city,
    upper(trim(country)) as country,
    updated_at
from {{ ref('landed_addresses') }}
