-- Each version of a customer, as Atlas keeps it: which segment it was in when.
select
    customer_id,
    lower(trim(segment)) as segment,
    valid_from,
    valid_to,
    is_current
from {{ source('shop_history', 'customers') }}
where not is_deleted
