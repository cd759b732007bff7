-- The shop as Atlas publishes it, for who wants to try the dbt project without a sync: tables of chart and navigate with
-- the columns that a source named `shop` gets there. Half a year after it began, one customer of four changes segment, and
-- each changed price is a new version: so navigate has history to tell.
--
--   psql -f orchestration/shop/layers.sql      after shop.fill
CREATE SCHEMA IF NOT EXISTS chart;
CREATE SCHEMA IF NOT EXISTS navigate;

DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT table_name AS name,
               (SELECT column_name FROM information_schema.columns c
                WHERE c.table_schema = 'shop' AND c.table_name = t.table_name AND c.ordinal_position = 1) AS key
        FROM information_schema.tables t WHERE table_schema = 'shop' ORDER BY table_name
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS chart.shop_%1$s, navigate.shop_%1$s CASCADE', held.name);
        EXECUTE format(
            'CREATE TABLE chart.shop_%1$s AS
             SELECT s.*, 1::bigint AS _atlas_batch_id, row_number() OVER ()::integer AS _atlas_seq,
                    s.updated_at AS _atlas_extracted_at, md5(s.%2$s::text)::uuid AS _atlas_key_hash
             FROM shop.%1$s s', held.name, held.key);
        EXECUTE format(
            'CREATE TABLE navigate.shop_%1$s AS
             SELECT md5(s.%2$s::text)::uuid AS key_hash, s.updated_at AS valid_from, NULL::timestamptz AS valid_to,
                    true AS is_current, false AS is_deleted, s.updated_at AS recorded_at, s.*
             FROM shop.%1$s s', held.name, held.key);
        EXECUTE format('GRANT SELECT ON chart.shop_%1$s, navigate.shop_%1$s TO atlas_reader', held.name);
    END LOOP;
END $$;

INSERT INTO navigate.shop_customers
SELECT key_hash, valid_from + interval '180 days', NULL, true, false, recorded_at + interval '180 days', customer_id, name,
       email, CASE segment WHEN 'business' THEN 'public' ELSE 'business' END, created_at, updated_at + interval '180 days'
FROM navigate.shop_customers WHERE customer_id % 4 = 0;
UPDATE navigate.shop_customers o SET valid_to = n.valid_from, is_current = false
FROM navigate.shop_customers n WHERE n.key_hash = o.key_hash AND n.valid_from > o.valid_from;
UPDATE chart.shop_customers c SET segment = n.segment, updated_at = n.updated_at
FROM navigate.shop_customers n WHERE n.customer_id = c.customer_id AND n.is_current;
