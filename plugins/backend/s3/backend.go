package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/postern/postern/sdk"
)

// retries is how often a request is sent at most; the pauses in between grow from 200 ms on.
const retries = 4

// Backend keeps files in one bucket. It is an sdk.Backend with every optional ability but Prober's reservation: space
// is the store's business.
type Backend struct {
	settings Settings
	core     *minio.Core
	prefix   string // "" or with a slash at its end
	sse      encrypt.ServerSide
	pool     *pool
	life     context.Context // of the readers' requests: Close of the reader ends them

	mu   sync.Mutex
	open map[string]bool // ids of the transfers that have a writer
}

// New makes a backend. It asks the store nothing: a server starts whether its store can be reached or not.
func New(s Settings) (*Backend, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	host, secure, _ := s.address()
	transport := s.Transport
	if transport == nil {
		t, err := newTransport(s)
		if err != nil {
			return nil, err
		}
		transport = t
	}
	lookup := minio.BucketLookupAuto
	if s.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(host, &minio.Options{
		Creds: credentials.NewStaticV4(s.AccessKey, s.SecretKey.Reveal(), ""), Secure: secure, Transport: transport,
		Region: s.Region, BucketLookup: lookup, MaxRetries: retries,
	})
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	b := &Backend{settings: s, core: core, open: map[string]bool{}, life: context.Background(), pool: newPool(s.PartSize, s.Memory)}
	if p := strings.TrimSuffix(s.Prefix, "/"); p != "" {
		b.prefix = p + "/"
	}
	switch s.Encryption {
	case "AES256":
		b.sse = encrypt.NewSSE()
	case "aws:kms":
		if b.sse, err = encrypt.NewSSEKMS(s.KMSKey, nil); err != nil {
			return nil, fmt.Errorf("kms_key: %w", err)
		}
	}
	return b, nil
}

// newTransport has a limit for each step that a store may hang in.
func newTransport(s Settings) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		// Many transfers share the connections; the default of two would open and close them all the time.
		MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second,
		ResponseHeaderTimeout: s.Timeout, ExpectContinueTimeout: 5 * time.Second,
		DisableCompression: true, // an object stored with Content-Encoding is its bytes, not what they stand for
		WriteBufferSize:    64 << 10, ReadBufferSize: 64 << 10,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if s.CA != nil {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(s.CA) {
			return nil, errors.New("ca: holds no certificate")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return t, nil
}

// within limits a request that carries so many bytes: the time-out, and 256 KiB a second.
func (b *Backend) within(bytes int64) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), retries*b.settings.Timeout+time.Duration(bytes>>18)*time.Second)
}

// key is the name of a file's object.
func (b *Backend) key(path string) string { return b.prefix + path }

// Everything temporary lies in one hidden folder: it is listed without looking at the files.
const hidden = ".postern/"

func (b *Backend) hiddenKey(id, name string) string { return b.prefix + hidden + id + "/" + name }

// putOptions are those of every object and upload that we make.
func (b *Backend) putOptions(metadata map[string]string) minio.PutObjectOptions {
	return minio.PutObjectOptions{UserMetadata: metadata, ServerSideEncryption: b.sse, StorageClass: b.settings.StorageClass}
}

// take reserves a transfer for one writer.
func (b *Backend) take(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open[id] {
		return false
	}
	b.open[id] = true
	return true
}

func (b *Backend) giveBack(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, id)
}

func check(t sdk.Target) error {
	if err := errors.Join(sdk.CheckPath(t.Path), sdk.CheckID(t.ID)); err != nil {
		return err
	}
	return checkRule(t.OnExists)
}

func checkRule(rule sdk.OnExists) error {
	switch rule {
	case "", sdk.ExistsFail, sdk.ExistsReplace, sdk.ExistsUnique:
		return nil
	}
	return sdk.Refuse(sdk.FileOpen, "on_exists %.60q is no rule", string(rule))
}

// checkLength refuses a path whose key would be longer than S3 allows, a suffix of on_exists unique included.
func (b *Backend) checkLength(path string) error {
	const longest = 1024 - 16
	if n := len(b.key(path)); n > longest {
		return sdk.Refuse(sdk.FileName, "the key has %d bytes, %d are allowed", n, longest)
	}
	return nil
}
