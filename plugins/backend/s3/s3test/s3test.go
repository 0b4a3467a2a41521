// Package s3test starts a real S3 server for tests: versitygw over a folder, from its pinned Go module. It is not for
// anything but tests.
//
// The main call is Start.
package s3test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// The keys of every store. They open nothing else.
const (
	AccessKey = "postern-test"
	SecretKey = "postern-test-secret"
	Region    = "us-east-1"
)

// Store is a running server.
type Store struct {
	Address string // host:port on loopback; plain HTTP but of StartTLS
	Root    string // each bucket is a folder in it

	t      testing.TB
	flags  []string
	secure http.RoundTripper // nil: plain HTTP
	client *minio.Core
	serial int
	mu     sync.Mutex
}

// binary finds the server's program in Go's build cache, or builds it there: two processor minutes the first time.
var binary = sync.OnceValues(func() (string, error) {
	_, self, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(self), "..", "..", "..", "..")
	cmd := exec.Command("go", "tool", "-modfile=scripts/tools/versitygw/go.mod", "-n", "versitygw")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOFLAGS=")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(out)), nil
})

// Start starts a server with no bucket, and stops it at the end of the test. Where versitygw cannot be built, without a
// network the first time, the test is skipped.
func Start(t testing.TB) *Store {
	t.Helper()
	return start(&Store{t: t})
}

func start(s *Store) *Store {
	t := s.t
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Skipf("versitygw cannot be built: %v", err)
	}
	s.Root = t.TempDir()
	for range 5 { // the port may be taken by another one between our look and its bind
		if s.begin(program) {
			return s
		}
	}
	t.Fatal("versitygw does not answer")
	return nil
}

func (s *Store) begin(program string) bool {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.Address = l.Addr().String()
	l.Close()
	var said bytes.Buffer
	args := []string{"--port", s.Address, "--access", AccessKey, "--secret", SecretKey, "--region", Region, "--keep-alive", "--quiet"}
	args = append(append(args, s.flags...), "posix")
	if !hasAttributes(s.Root) {
		args = append(args, "--sidecar", s.t.TempDir())
	}
	cmd := exec.Command(program, append(args, s.Root)...)
	cmd.Dir = s.Root
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = cmd.Wait() }()
	stop := func() { _ = cmd.Process.Kill(); <-gone }
	if s.client, err = minio.NewCore(s.Address, options(s.secure)); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		select {
		case <-gone:
			s.t.Logf("versitygw ended: %s", said.String())
			return false
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, err := s.client.ListBuckets(ctx)
		cancel()
		if err == nil {
			s.t.Cleanup(stop)
			return true
		}
		time.Sleep(10 * time.Millisecond) // it tells nobody that it listens
	}
	stop()
	s.t.Logf("versitygw said %s", said.String())
	return false
}

func options(transport http.RoundTripper) *minio.Options {
	return &minio.Options{Creds: credentials.NewStaticV4(AccessKey, SecretKey, ""), Secure: transport != nil, Region: Region, BucketLookup: minio.BucketLookupPath,
		Transport: transport, MaxRetries: 1}
}

// Bucket makes an empty bucket.
func (s *Store) Bucket() string {
	s.t.Helper()
	s.mu.Lock()
	s.serial++
	name := fmt.Sprintf("bucket-%d-%s", s.serial, noise())
	s.mu.Unlock()
	if err := s.client.MakeBucket(context.Background(), name, minio.MakeBucketOptions{}); err != nil {
		s.t.Fatalf("make a bucket: %v", err)
	}
	return name
}

func noise() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Keys lists the objects of a bucket, and its unfinished uploads as key?upload, in order.
func (s *Store) Keys(bucket string) (list []string) {
	s.t.Helper()
	for o := range s.client.Client.ListObjectsIter(context.Background(), bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			s.t.Fatalf("list the bucket: %v", o.Err)
		}
		list = append(list, o.Key)
	}
	for _, u := range s.Uploads(bucket) {
		list = append(list, u.Key+"?upload")
	}
	slices.Sort(list)
	return list
}

// Uploads lists the unfinished uploads of a bucket.
func (s *Store) Uploads(bucket string) []minio.ObjectMultipartInfo {
	s.t.Helper()
	found, err := s.client.ListMultipartUploads(context.Background(), bucket, "", "", "", "", 1000)
	if err != nil {
		s.t.Fatalf("list the uploads: %v", err)
	}
	return found.Uploads
}

// Client asks the store beside the backend.
func (s *Store) Client() *minio.Core { return s.client }
