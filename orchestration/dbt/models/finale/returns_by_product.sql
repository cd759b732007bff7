select
    products.product_id,
    products.sku,
    sum(lines.shipped_quantity) as shipped_quantity,
    sum(lines.returned_quantity) as returned_quantity
from {{ ref('order_lines_fulfilled') }} as lines
inner join {{ ref('clean_products') }} as products on products.product_id = lines.product_id
group by 1, 2
