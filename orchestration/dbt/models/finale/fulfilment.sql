-- How long orders take from being ordered to their last shipment.
with shipped as (
    select order_id, max(shipped_at) as last_shipped_at, count(*) as shipments
    from {{ ref('clean_shipments') }}
    group by order_id
)

select
    orders.order_id,
    orders.segment,
    orders.ordered_at,
    shipped.last_shipped_at,
    shipped.shipments,
    {{ dbt.datediff('orders.ordered_at', 'shipped.last_shipped_at', 'day') }} as days_to_ship
from {{ ref('orders_as_they_were') }} as orders
inner join shipped on shipped.order_id = orders.order_id
