package sqlite

import (
	"context"
	"fmt"

	"github.com/postern/postern/core/catalog"
)

// SetPartner implements catalog.Partners.
func (c *Catalog) SetPartner(ctx context.Context, o catalog.PartnerOverride) error {
	return c.write(ctx, "set partner", func(t *tx) error {
		if o.Partner == "" {
			return fmt.Errorf("%w: an override without a partner", catalog.ErrInvalid)
		}
		if o.Enabled == nil {
			_, err := t.write(`DELETE FROM partner WHERE name = ?`, o.Partner)
			return err
		}
		if o.At.IsZero() {
			o.At = c.now()
		}
		o.At = catalog.Instant(o.At)
		b, crc, err := encode(o)
		if err != nil {
			return err
		}
		_, err = t.write(`INSERT INTO partner (name, body, crc) VALUES (?,?,?)
ON CONFLICT (name) DO UPDATE SET body = excluded.body, crc = excluded.crc`, o.Partner, b, crc)
		return err
	})
}

// PartnerOverrides implements catalog.Partners.
func (c *Catalog) PartnerOverrides(ctx context.Context) (map[string]catalog.PartnerOverride, error) {
	c.reads.calls.Add(1)
	rows, err := c.reads.query(ctx, `SELECT name, body, crc FROM partner`)
	if err != nil {
		return nil, fmt.Errorf("catalog: partner overrides: %w", err)
	}
	defer rows.Close()
	out := map[string]catalog.PartnerOverride{}
	for rows.Next() {
		var name string
		var b []byte
		var crc int64
		if err := rows.Scan(&name, &b, &crc); err != nil {
			return nil, fmt.Errorf("catalog: partner overrides: %w", unscanned(c.path, err))
		}
		var o catalog.PartnerOverride
		if err := unseal(c.path, "the override of partner "+name, b, crc, &o); err != nil {
			return nil, err
		}
		out[o.Partner] = o
	}
	return out, classify(c.path, rows.Err())
}
