-- What each customer is worth, by the segment that it was in then.
select
    orders.customer_id,
    orders.segment,
    count(distinct orders.order_id) as orders,
    {{ total('lines.invoiced_amount') }} as invoiced_amount
from {{ ref('orders_as_they_were') }} as orders
inner join {{ ref('order_lines_fulfilled') }} as lines on lines.order_id = orders.order_id
group by 1, 2
