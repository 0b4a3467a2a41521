package wiring

import (
	"log/slog"
	"time"

	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/cmd/internal/config"
)

// OpenAudit opens the audit log for a verb that changes something while no server runs. It is nil where there is to be
// none. The caller holds the data folder's lock and closes it.
func OpenAudit(c *config.Loaded) (*audit.Log, error) {
	if !c.Audit.Enabled {
		return nil, nil
	}
	return audit.Open(audit.Options{Settings: auditOf(&c.Config), Dir: c.AuditDir(), Log: slog.New(slog.DiscardHandler), Now: time.Now})
}
