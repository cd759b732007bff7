select
    {{ dbt.date_trunc('month', 'lines.ordered_at') }} as month,
    categories.name as category,
    count(distinct lines.order_id) as orders,
    {{ total('lines.ordered_amount') }} as ordered_amount,
    {{ total('lines.invoiced_amount') }} as invoiced_amount
from {{ ref('order_lines_fulfilled') }} as lines
inner join {{ ref('clean_product_categories') }} as categories on categories.category_id = lines.category_id
where lines.status <> 'cancelled'
group by 1, 2
