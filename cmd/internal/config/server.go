package config

import (
	"time"

	"github.com/postern/postern/core/throttle"
)

// Limits are exact under races; over one of them a call is closed or refused, counted and logged.
type Limits struct {
	MaxSessions     Limit `koanf:"max_sessions" doc:"Sessions of the server at once."`
	MaxTransfers    Limit `koanf:"max_transfers" doc:"Running transfers of the server at once."`
	Bandwidth       Size  `koanf:"bandwidth" doc:"Bytes a second of all files received, and as many of all files sent."`
	Unauthenticated Limit `koanf:"unauthenticated" doc:"Calls at once that have not yet said who they are."`
}

// DefaultLimits returns the limits where none are given.
func DefaultLimits() Limits {
	return Limits{MaxSessions: 1024, MaxTransfers: 512, Unauthenticated: 64, Bandwidth: NoSize}
}

// Timeouts are the timers of a call. In a listener a zero value means the server's.
type Timeouts struct {
	FirstByte Duration `koanf:"first_byte" doc:"From the connection to its first byte."`
	Connect   Duration `koanf:"connect" doc:"From the connection to the end of the negotiation."`
	Message   Duration `koanf:"message" doc:"For an answer, and for the peer to take what we send."`
	Idle      Duration `koanf:"idle" doc:"Between transfers of one session: 1m where left out, and 15m with sftp, where it is also how long a client may think while its files are open."`
	Abort     Duration `koanf:"abort" doc:"For the peer to close after an abort."`
}

// DefaultTimeouts returns the timers where none are given. How long a session may be idle is the listener's.
func DefaultTimeouts() Timeouts {
	return Timeouts{FirstByte: Seconds(10), Connect: Seconds(30), Message: Seconds(120), Abort: Seconds(30)}
}

// idle is how long a session may be idle where nothing is given: people type at some clients of SFTP.
func (l Listener) idle() Timeouts {
	if l.Protocol.Name == sftp {
		return Timeouts{Idle: Duration(15 * time.Minute)}
	}
	return Timeouts{Idle: Seconds(60)}
}

func (t Timeouts) or(u Timeouts) Timeouts {
	pick := func(a, b Duration) Duration {
		if a == 0 {
			return b
		}
		return a
	}
	return Timeouts{pick(t.FirstByte, u.FirstByte), pick(t.Connect, u.Connect), pick(t.Message, u.Message),
		pick(t.Idle, u.Idle), pick(t.Abort, u.Abort)}
}

// Throttle bans an address for a while after too many failed authentications. A success clears the address.
type Throttle struct {
	Failures Limit    `koanf:"failures" doc:"Failed authentications of one address before it is banned."`
	Within   Duration `koanf:"within" doc:"The span in which they are counted."`
	Ban      Duration `koanf:"ban" doc:"How long the address is banned."`
}

// DefaultThrottle returns the throttle where none is given.
func DefaultThrottle() Throttle {
	return Throttle{Failures: 20, Within: Duration(time.Minute), Ban: Duration(time.Minute)}
}

func (t Throttle) check(r *report, at Path) {
	if t.Failures > throttle.MostFailures {
		r.fault(at.Key("failures"), "must be at most %d, or none", throttle.MostFailures)
	}
	if t.Within == NoDuration {
		r.fault(at.Key("within"), "needs a time; to switch the throttle off, write failures: none")
	}
	if t.Ban == NoDuration {
		r.fault(at.Key("ban"), "needs a time; to switch the throttle off, write failures: none")
	}
}

// Log is the log on stderr.
type Log struct {
	Format string `koanf:"format" enum:"text,json" doc:"How a line looks."`
	Level  string `koanf:"level" enum:"debug,info,warn,error" doc:"The least level that is written."`
}

// DefaultLog returns the log settings where none are given.
func DefaultLog() Log { return Log{Format: "text", Level: "info"} }
