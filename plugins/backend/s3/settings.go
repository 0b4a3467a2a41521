package s3

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// The bounds of a part, in bytes, and how many parts a file has at most: those of S3 itself.
const (
	MinPart  = 5 << 20
	MaxPart  = 5 << 30
	maxParts = 10_000
)

// Settings say which bucket the files are in, and how it is reached.
type Settings struct {
	Endpoint     string // https://host[:port], or http:// where Insecure allows it
	Insecure     bool   // http:// is allowed beyond this machine
	CA           []byte // PEM certificates that are trusted in place of the system's; nil: the system's
	Region       string // "" asks the store
	Bucket       string
	Prefix       string // of every key, "a/b"; "" none
	AccessKey    string
	SecretKey    sdk.Secret
	PathStyle    bool          // the bucket is in the path and not in the host name
	PartSize     int64         // bytes, MinPart to MaxPart
	Parallel     int           // parts of one file that are uploaded at once, 1 to 64
	Memory       int64         // bytes that the parts of all files may take together
	Timeout      time.Duration // of a request without a body; longer ones have time for their bytes on top
	Encryption   string        // "" as the bucket says, AES256, or aws:kms
	KMSKey       string        // of aws:kms; "" the bucket's
	StorageClass string        // "" the bucket's
	Readable     bool          // the whole file can be read before it has its name, at the price of a copy in the store

	// Transport replaces the client's own HTTP transport. nil: a pool of connections with time limits.
	Transport http.RoundTripper
	Now       func() time.Time // nil: time.Now
}

// DefaultSettings are what is used where nothing is said.
func DefaultSettings() Settings {
	return Settings{PartSize: 8 << 20, Parallel: 2, Memory: 512 << 20, Timeout: 30 * time.Second}
}

// Validate reports every fault at once.
func (s Settings) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if _, _, err := s.address(); err != nil {
		faults = append(faults, err)
	}
	if s.Bucket == "" {
		fault("bucket: is missing")
	}
	if s.AccessKey == "" || s.SecretKey.Empty() {
		fault("access_key, secret_key: both are needed")
	}
	if s.Prefix != "" {
		if err := sdk.CheckPath(strings.TrimSuffix(s.Prefix, "/")); err != nil {
			fault("prefix: %v", err)
		}
	}
	if s.PartSize < MinPart || s.PartSize > MaxPart {
		fault("part_size: must be 5MiB to 5GiB")
	}
	if s.Parallel < 1 || s.Parallel > 64 {
		fault("parallel: must be 1 to 64")
	}
	if s.Memory < s.PartSize*int64(s.Parallel+spare) {
		fault("memory: must hold %d parts of %d bytes: those that one file may need", s.Parallel+spare, s.PartSize)
	}
	if s.Timeout <= 0 {
		fault("timeout: must be more than 0")
	}
	switch {
	case s.Encryption != "" && s.Encryption != "AES256" && s.Encryption != "aws:kms":
		fault("encryption: %q is neither AES256 nor aws:kms", s.Encryption)
	case s.KMSKey != "" && s.Encryption != "aws:kms":
		fault("kms_key: is for encryption: aws:kms only")
	}
	return errors.Join(faults...)
}

// address gives host and port, and whether it is reached over TLS. Without it only this machine may be meant: the keys
// sign what is sent, but everybody on the way could read it.
func (s Settings) address() (host string, secure bool, err error) {
	u, err := url.Parse(s.Endpoint)
	switch {
	case s.Endpoint == "":
		return "", false, errors.New("endpoint: is missing")
	case err != nil, u.Host == "", u.Path != "" && u.Path != "/", u.RawQuery != "", u.User != nil, u.Scheme != "http" && u.Scheme != "https":
		return "", false, errors.New("endpoint: must be https://host or https://host:port")
	case u.Scheme == "http" && !s.Insecure && !loopback(u.Hostname()):
		return "", false, fmt.Errorf("endpoint: http://%s would send the files unencrypted; use https, or say insecure: true", u.Host)
	}
	return u.Host, u.Scheme == "https", nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
