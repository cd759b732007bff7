{{ config(materialized='incremental', unique_key='order_line_id') }}

-- Each order line with what became of it: shipped, invoiced, returned. A line is made anew where anything of it is newer
-- than what is here.
with shipped as (
    select
        shipments.order_line_id,
        sum(shipments.quantity) as shipped_quantity,
        sum(invoices.quantity) as invoiced_quantity,
        {{ total('invoices.amount') }} as invoiced_amount,
        max(shipments.updated_at) as shipped_updated_at,
        max(invoices.updated_at) as invoiced_updated_at
    from {{ ref('clean_shipment_lines') }} as shipments
    left join {{ ref('clean_invoice_lines') }} as invoices
        on invoices.shipment_line_id = shipments.shipment_line_id
    group by shipments.order_line_id
),

returned as (
    select
        shipments.order_line_id,
        sum(returns.quantity) as returned_quantity,
        max(returns.updated_at) as returned_updated_at
    from {{ ref('clean_returns') }} as returns
    inner join {{ ref('clean_shipment_lines') }} as shipments
        on shipments.shipment_line_id = returns.shipment_line_id
    group by shipments.order_line_id
),

joined as (
    select
        order_lines.order_line_id,
        order_lines.order_id,
        orders.customer_id,
        order_lines.product_id,
        products.category_id,
        orders.status,
        orders.ordered_at,
        order_lines.quantity as ordered_quantity,
        order_lines.unit_price,
        order_lines.quantity * order_lines.unit_price as ordered_amount,
        coalesce(shipped.shipped_quantity, 0) as shipped_quantity,
        coalesce(shipped.invoiced_quantity, 0) as invoiced_quantity,
        coalesce(shipped.invoiced_amount, 0) as invoiced_amount,
        coalesce(returned.returned_quantity, 0) as returned_quantity,
        greatest(
            order_lines.updated_at,
            orders.updated_at,
            coalesce(shipped.shipped_updated_at, order_lines.updated_at),
            coalesce(shipped.invoiced_updated_at, order_lines.updated_at),
            coalesce(returned.returned_updated_at, order_lines.updated_at)
        ) as updated_at
    from {{ ref('clean_order_lines') }} as order_lines
    inner join {{ ref('clean_sales_orders') }} as orders on orders.order_id = order_lines.order_id
    inner join {{ ref('clean_products') }} as products on products.product_id = order_lines.product_id
    left join shipped on shipped.order_line_id = order_lines.order_line_id
    left join returned on returned.order_line_id = order_lines.order_line_id
)

select * from joined
{% if is_incremental() %}
where updated_at > (select coalesce(max(seen.updated_at), cast('1970-01-01' as {{ dbt.type_timestamp() }})) from {{ this }} as seen)
{% endif %}
