select earlier.customer_id
from {{ ref('customers_history') }} as earlier
inner join {{ ref('customers_history') }} as later
    on later.customer_id = earlier.customer_id
    and later.valid_from > earlier.valid_from
where earlier.valid_to is null or later.valid_from < earlier.valid_to
