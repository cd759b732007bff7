-- A small order-to-cash database: 14 tables, filled by a seed, of any size, right in all its references and sums.
--
--   psql -f orchestration/shop/shop.sql -c "SELECT shop.fill(seed => 42, customers => 1000)"
--
-- The same seed and size make the same rows, on every PostgreSQL. Filled again, it is emptied first. A customer has five
-- orders, an order two and a half lines: 1,000 customers make about 70,000 rows in all.
CREATE SCHEMA IF NOT EXISTS shop;

CREATE TABLE IF NOT EXISTS shop.customers (
    customer_id bigint PRIMARY KEY,
    name        text NOT NULL,
    email       text NOT NULL,
    segment     text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.addresses (
    address_id  bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    kind        text NOT NULL,
    street      text NOT NULL,
    city        text NOT NULL,
    country     text NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.product_categories (
    category_id bigint PRIMARY KEY,
    name        text NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.products (
    product_id  bigint PRIMARY KEY,
    category_id bigint NOT NULL REFERENCES shop.product_categories,
    sku         text NOT NULL,
    name        text NOT NULL,
    is_active   boolean NOT NULL,
    updated_at  timestamptz NOT NULL
);
-- What a product costs from a day on.
CREATE TABLE IF NOT EXISTS shop.price_lists (
    price_id    bigint PRIMARY KEY,
    product_id  bigint NOT NULL REFERENCES shop.products,
    unit_price  numeric(12, 2) NOT NULL,
    currency    text NOT NULL,
    starts_on   date NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.sales_orders (
    order_id            bigint PRIMARY KEY,
    customer_id         bigint NOT NULL REFERENCES shop.customers,
    shipping_address_id bigint NOT NULL REFERENCES shop.addresses,
    status              text NOT NULL,
    ordered_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.order_lines (
    order_line_id bigint PRIMARY KEY,
    order_id      bigint NOT NULL REFERENCES shop.sales_orders,
    product_id    bigint NOT NULL REFERENCES shop.products,
    line_number   integer NOT NULL,
    quantity      integer NOT NULL,
    unit_price    numeric(12, 2) NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.shipments (
    shipment_id bigint PRIMARY KEY,
    order_id    bigint NOT NULL REFERENCES shop.sales_orders,
    carrier     text NOT NULL,
    shipped_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.shipment_lines (
    shipment_line_id bigint PRIMARY KEY,
    shipment_id      bigint NOT NULL REFERENCES shop.shipments,
    order_line_id    bigint NOT NULL REFERENCES shop.order_lines,
    quantity         integer NOT NULL,
    updated_at       timestamptz NOT NULL
);
-- A shipment is invoiced, once and whole.
CREATE TABLE IF NOT EXISTS shop.invoices (
    invoice_id  bigint PRIMARY KEY,
    shipment_id bigint NOT NULL UNIQUE REFERENCES shop.shipments,
    currency    text NOT NULL,
    invoiced_at timestamptz NOT NULL,
    due_on      date NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.invoice_lines (
    invoice_line_id  bigint PRIMARY KEY,
    invoice_id       bigint NOT NULL REFERENCES shop.invoices,
    shipment_line_id bigint NOT NULL UNIQUE REFERENCES shop.shipment_lines,
    quantity         integer NOT NULL,
    amount           numeric(14, 2) NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.payments (
    payment_id bigint PRIMARY KEY,
    invoice_id bigint NOT NULL REFERENCES shop.invoices,
    method     text NOT NULL,
    amount     numeric(14, 2) NOT NULL,
    paid_at    timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.returns (
    return_id        bigint PRIMARY KEY,
    shipment_line_id bigint NOT NULL REFERENCES shop.shipment_lines,
    quantity         integer NOT NULL,
    reason           text NOT NULL,
    returned_at      timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS shop.credit_notes (
    credit_note_id bigint PRIMARY KEY,
    return_id      bigint NOT NULL UNIQUE REFERENCES shop.returns,
    invoice_id     bigint NOT NULL REFERENCES shop.invoices,
    amount         numeric(14, 2) NOT NULL,
    issued_at      timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

-- A number in [0, below) that is always the same for the same seed, purpose and id.
CREATE OR REPLACE FUNCTION shop.draw(seed integer, purpose text, id bigint, below integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (('x' || substr(md5(seed || purpose || id), 1, 15))::bit(60)::bigint % below)::integer
$$;

-- One of some words.
CREATE OR REPLACE FUNCTION shop.pick(seed integer, purpose text, id bigint, words text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT words[1 + shop.draw(seed, purpose, id, cardinality(words))]
$$;

CREATE OR REPLACE FUNCTION shop.fill(seed integer, customers integer) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    began constant timestamptz := '2025-01-01 00:00:00+00';
    days constant integer := 540;
    products constant integer := greatest(10, fill.customers / 4);
BEGIN
    TRUNCATE shop.customers, shop.addresses, shop.product_categories, shop.products, shop.price_lists, shop.sales_orders,
        shop.order_lines, shop.shipments, shop.shipment_lines, shop.invoices, shop.invoice_lines, shop.payments,
        shop.returns, shop.credit_notes;

    INSERT INTO shop.customers
    SELECT n, 'Customer ' || n, 'customer' || n || '@example.org',
           shop.pick(fill.seed, 'segment', n, ARRAY['consumer', 'business', 'public']), at, at
    FROM generate_series(1, fill.customers) n,
         LATERAL (SELECT began + make_interval(secs => shop.draw(fill.seed, 'customer', n, 86400)) AS at) t;

    INSERT INTO shop.addresses
    SELECT c.customer_id * 2 - 1 + k, c.customer_id, CASE k WHEN 0 THEN 'billing' ELSE 'shipping' END,
           (1 + shop.draw(fill.seed, 'house', c.customer_id * 2 + k, 200)) || ' Market Street',
           shop.pick(fill.seed, 'city', c.customer_id * 2 + k, ARRAY['Berlin', 'Lyon', 'Turin', 'Porto', 'Gdansk', 'Malmo']),
           shop.pick(fill.seed, 'country', c.customer_id * 2 + k, ARRAY['DE', 'FR', 'IT', 'PT', 'PL', 'SE']), c.updated_at
    FROM shop.customers c, generate_series(0, 1) k;

    INSERT INTO shop.product_categories
    SELECT n, name, began
    FROM unnest(ARRAY['Tools', 'Paper', 'Lighting', 'Kitchen', 'Garden', 'Audio', 'Cables', 'Books'])
        WITH ORDINALITY AS c (name, n);

    INSERT INTO shop.products
    SELECT n, 1 + shop.draw(fill.seed, 'category', n, 8), 'SKU-' || lpad(n::text, 7, '0'), 'Product ' || n,
           shop.draw(fill.seed, 'active', n, 20) > 0, began
    FROM generate_series(1, products) n;

    INSERT INTO shop.price_lists
    SELECT p.product_id * 2 - 1 + k, p.product_id,
           (199 + shop.draw(fill.seed, 'price', p.product_id * 2 + k, 19800)) / 100.0, 'EUR',
           (began + make_interval(days => k * days / 2))::date, began + make_interval(days => k * days / 2)
    FROM shop.products p, generate_series(0, 1) k;

    INSERT INTO shop.sales_orders
    SELECT n, c, c * 2, shop.pick(fill.seed, 'status', n, ARRAY['open', 'cancelled', 'shipped', 'shipped', 'completed',
           'completed', 'completed', 'completed']), at, at + interval '2 hours'
    FROM generate_series(1, fill.customers * 5) n,
         LATERAL (SELECT (1 + shop.draw(fill.seed, 'buyer', n, fill.customers))::bigint AS c,
                         began + make_interval(days => 1 + shop.draw(fill.seed, 'day', n, days),
                                               secs => shop.draw(fill.seed, 'second', n, 86400)) AS at) t;

    INSERT INTO shop.order_lines
    SELECT l.id, o.order_id, l.product_id, l.number, 1 + shop.draw(fill.seed, 'quantity', l.id, 9), p.unit_price, o.updated_at
    FROM shop.sales_orders o
    CROSS JOIN LATERAL (
        SELECT number, o.order_id * 10 + number AS id,
               (1 + shop.draw(fill.seed, 'product', o.order_id * 10 + number, products))::bigint AS product_id
        FROM generate_series(1, 1 + shop.draw(fill.seed, 'lines', o.order_id, 4)) number
    ) l
    CROSS JOIN LATERAL (
        SELECT unit_price FROM shop.price_lists p
        WHERE p.product_id = l.product_id AND p.starts_on <= o.ordered_at::date ORDER BY p.starts_on DESC LIMIT 1
    ) p;

    -- What was ordered is shipped whole, in one shipment or two.
    INSERT INTO shop.shipments
    SELECT o.order_id * 10 + part, o.order_id, shop.pick(fill.seed, 'carrier', o.order_id * 10 + part,
           ARRAY['Post', 'Rider', 'Rail']), at, at
    FROM shop.sales_orders o, generate_series(1, CASE WHEN shop.draw(fill.seed, 'split', o.order_id, 4) = 0 THEN 2 ELSE 1 END) part,
         LATERAL (SELECT o.ordered_at + make_interval(days => part * (1 + shop.draw(fill.seed, 'packing', o.order_id, 4))) AS at) t
    WHERE o.status IN ('shipped', 'completed')
      AND (part = 1 OR EXISTS (SELECT FROM shop.order_lines l WHERE l.order_id = o.order_id AND l.quantity > 1));

    INSERT INTO shop.shipment_lines
    SELECT s.shipment_id * 10 + l.line_number, s.shipment_id, l.order_line_id, q.quantity, s.updated_at
    FROM shop.shipments s
    JOIN shop.order_lines l USING (order_id)
    CROSS JOIN LATERAL (SELECT count(*) AS parts FROM shop.shipments a WHERE a.order_id = s.order_id) n
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n.parts = 1 THEN l.quantity WHEN s.shipment_id % 10 = 1 THEN l.quantity - l.quantity / 2
                    ELSE l.quantity / 2 END AS quantity
    ) q
    WHERE q.quantity > 0;

    INSERT INTO shop.invoices
    SELECT s.shipment_id, s.shipment_id, 'EUR', s.shipped_at + interval '1 day', (s.shipped_at + interval '31 days')::date,
           s.shipped_at + interval '1 day'
    FROM shop.shipments s;

    INSERT INTO shop.invoice_lines
    SELECT sl.shipment_line_id, i.invoice_id, sl.shipment_line_id, sl.quantity, sl.quantity * l.unit_price, i.updated_at
    FROM shop.invoices i
    JOIN shop.shipment_lines sl USING (shipment_id)
    JOIN shop.order_lines l USING (order_line_id);

    -- Seven invoices of ten are paid whole, one in two parts, two not yet.
    INSERT INTO shop.payments
    SELECT i.invoice_id * 10 + part, i.invoice_id, shop.pick(fill.seed, 'method', i.invoice_id, ARRAY['card', 'transfer']),
           CASE WHEN kind < 7 THEN total WHEN part = 1 THEN round(total / 2, 2) ELSE total - round(total / 2, 2) END, at, at
    FROM shop.invoices i
    CROSS JOIN LATERAL (SELECT shop.draw(fill.seed, 'paying', i.invoice_id, 10) AS kind) k
    CROSS JOIN LATERAL (SELECT sum(amount) AS total FROM shop.invoice_lines l WHERE l.invoice_id = i.invoice_id) a
    CROSS JOIN generate_series(1, CASE WHEN kind < 7 THEN 1 WHEN kind = 7 THEN 2 ELSE 0 END) part
    CROSS JOIN LATERAL (
        SELECT i.invoiced_at + make_interval(days => part * (1 + shop.draw(fill.seed, 'waiting', i.invoice_id, 20))) AS at
    ) t;

    INSERT INTO shop.returns
    SELECT sl.shipment_line_id, sl.shipment_line_id, 1,
           shop.pick(fill.seed, 'reason', sl.shipment_line_id, ARRAY['damaged', 'wrong', 'unwanted']), at, at
    FROM shop.shipment_lines sl
    JOIN shop.shipments s USING (shipment_id)
    CROSS JOIN LATERAL (SELECT s.shipped_at + interval '9 days' AS at) t
    WHERE shop.draw(fill.seed, 'return', sl.shipment_line_id, 20) = 0;

    INSERT INTO shop.credit_notes
    SELECT r.return_id, r.return_id, il.invoice_id, r.quantity * l.unit_price, r.returned_at + interval '1 day',
           r.returned_at + interval '1 day'
    FROM shop.returns r
    JOIN shop.shipment_lines sl USING (shipment_line_id)
    JOIN shop.invoice_lines il USING (shipment_line_id)
    JOIN shop.order_lines l USING (order_line_id);
END $$;
