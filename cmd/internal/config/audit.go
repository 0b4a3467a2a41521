package config

import (
	"path/filepath"
	"time"
)

// Audit says where the audit log is, and what happens when it cannot be written.
type Audit struct {
	Enabled bool     `koanf:"enabled" doc:"Whether there is an audit log."`
	Dir     string   `koanf:"dir" doc:"Folder of the log; default: audit in the data folder."`
	MaxSize Size     `koanf:"max_size" doc:"A new file is begun after so many bytes."`
	MaxAge  Duration `koanf:"max_age" doc:"A new file is begun when the first record of the last one is so old."`
	Sync    Duration `koanf:"sync" doc:"Records are on the disk after so long, those of operators at once; none: when the system likes."`
	Keep    Duration `koanf:"keep" doc:"Files are removed when their last record is so old; none: never."`
	OnError string   `koanf:"on_error" enum:"continue,refuse" doc:"Whether calls and requests are refused while the log cannot be written."`
}

// The answers to an audit log that cannot be written.
const (
	AuditContinue = "continue"
	AuditRefuse   = "refuse"
)

// DefaultAudit returns the settings of the audit log where none are given.
func DefaultAudit() Audit {
	return Audit{Enabled: true, MaxSize: 64 << 20, MaxAge: Days(1), Sync: Duration(time.Second), Keep: NoDuration, OnError: AuditContinue}
}

// AuditDir is the folder of the audit log.
func (c *Config) AuditDir() string {
	if c.Audit.Dir != "" {
		return c.Audit.Dir
	}
	return filepath.Join(c.DataDir, "audit")
}

func (a Audit) check(r *report, at Path) {
	if a.MaxSize == NoSize {
		r.fault(at.Key("max_size"), "needs a size: a file that grows for ever cannot be put away")
	}
	if a.Sync > Duration(time.Minute) {
		r.fault(at.Key("sync"), "is more than a minute; to leave it to the system, write none")
	}
}
