-- Each order with the segment that its customer was in when it was ordered; of an order from before the first version that
-- Atlas has of the customer, the first.
with versions as (
    select
        customer_id,
        segment,
        valid_from,
        valid_to,
        row_number() over (partition by customer_id order by valid_from) as place
    from {{ ref('customers_history') }}
)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    versions.segment
from {{ ref('clean_sales_orders') }} as orders
left join versions
    on versions.customer_id = orders.customer_id
    and (orders.ordered_at >= versions.valid_from or versions.place = 1)
    and (orders.ordered_at < versions.valid_to or versions.valid_to is null)
