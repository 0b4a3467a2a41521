package config

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// sample uses nearly every key there is.
const sample = `data_dir: ./postern-data
limits:      {max_sessions: 1024, max_transfers: 512, unauthenticated: 64}
timeouts:    {first_byte: 10s, connect: 30s, message: 120s, idle: 60s, abort: 30s}
throttle:    {failures: 20, within: 1m, ban: 1m}
shutdown_grace: 30s
log: {format: json, level: debug}
retention: {done: 30d, failed: 90d, available: none}
listeners:
  pesit:     {protocol: pesit, address: "127.0.0.1:1761", max_connections: 384, refuse: close,
              terms: {sync_interval: 1MiB, sync_window: 8, max_entity: 65535, compression: [horizontal], resync: true}}
  pesit-tls: {protocol: pesit, address: "127.0.0.1:1762", tls: {cert: server.pem, key: server.key, client_ca: server.pem, client_auth: require},
              refuse: say, timeouts: {idle: none}, points: {identify: [directory]}}
partners:
  PARIS:
    name: PARIS.NET
    group: europe
    password: "` + testHash + `"
    local_name: POSTERN
    local_password: secret://env/OUR_PW
    authorized_keys: ["KEY"]
    tls_names: [paris.example.org]
    require: [key, password]
    protocols: [pesit]
    allow_from: [127.0.0.0/8, "2001:db8::1"]
    hours: [{days: [mon, tue, wed, thu, fri], from: "06:00", to: "22:00", timezone: Europe/Paris}]
    max_sessions: 4
    receive: [INVOICES, "ORD*"]
    send: [STATEMENTS]
    messages: false
    default_flow: INVOICES
    labels: {region: north}
    points: {authorize: [grants]}
  MODEL: {template: true}
flows:
  INVOICES:   {path: "in/{{.Partner}}/{{.File}}-{{.ID}}", on_exists: fail, durability: sync}
  STATEMENTS: {path: "out/{{.Partner}}/statement.txt", publish: true, records: lines, delimiter: "\r\n", record_length: 80, fixed: true,
               digest: false, max_size: 20M, max_restarts: 5, retention: 24h, after_send: delete, compression: [], backend: files, points: {authorize: [grants]}}
backends:
  files:     {type: local, root: ./postern-data/files, quota: 10GiB, reserve: 1GiB}
exits:
  vet:
    wasm: ./exits/vet.wasm
    sha256: "120970d812836f19888625587a4606a5ad23cef31c8684e601771552548fc6b9"
    reload: true
    kind: reactor
    grants: {secrets: [password], verify_password: true, partners: [PARIS], http: ["https://ldap.example.org"],
             headers: {"https://ldap.example.org": {Authorization: secret://env/OUR_PW}}, folders: {lists: ./lists}, file: true, clock: true, store: true}
    limits: {memory: 64MiB, deadline: 250ms, fuel: 5M, instances: 8, transfers: 200, block: 64KiB}
    on_error: refuse
    config: {list: partners.csv, key: secret://env/OUR_PW, most: [1, 2.5, true]}
  scan: {process: [./exits/scan, --strict], environment: {TOKEN: secret://env/OUR_PW}, sandbox: {read: [./lists], network: true},
         limits: {memory: none, files: 64, processes: none, deadline: 30s, in_flight: 4}}
plugins: {trust: [], require: none, memory: 2GiB}
points:
  identify:  [vet]
  authorize: []
  verify: [scan]
`

type fixedSecrets map[string]string

func (s fixedSecrets) Resolve(ref string) (sdk.Secret, error) { return sdk.NewSecret(s[ref]), nil }

// loadSample loads the sample with real certificates and a real key beside it.
func loadSample(t *testing.T) *Loaded {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	line, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(line)))
	path := write(t, "postern.yaml", strings.Replace(sample, "KEY", key, 1))
	writeCertificate(t)
	writePlugins(t)
	l, err := Load(Options{Path: path, Protocols: protocols(), Secrets: fixedSecrets{"secret://env/OUR_PW": "sesame"}})
	if err != nil {
		t.Fatalf("the sample does not load:\n%v", err)
	}
	return l
}

// writePlugins puts the files of the sample's exits there.
func writePlugins(t *testing.T) {
	t.Helper()
	for _, folder := range []string{".", "exits", "lists"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"exits/vet.wasm", "exits/scan"} {
		if err := os.WriteFile(name, []byte("module"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func writeCertificate(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "postern.example.org"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"server.pem": {Type: "CERTIFICATE", Bytes: cert}, "server.key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheSampleLoadsAndItsRecordsSayWhatItSays(t *testing.T) {
	l := loadSample(t)
	s := l.Snapshot()
	p := s.Partners["PARIS"]
	if p.Name != "PARIS.NET" || p.Password.Reveal() != testHash || p.LocalPassword.Reveal() != "sesame" || p.Messages || p.MaxSessions != 4 {
		t.Errorf("partner: %+v", p)
	}
	want := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128")}
	if !reflect.DeepEqual(p.AllowFrom, want) {
		t.Errorf("allow_from: %v, want %v", p.AllowFrom, want)
	}
	if h := p.Hours[0]; h.From != 6*time.Hour || h.To != 22*time.Hour || h.Zone.String() != "Europe/Paris" || h.Days[0] != time.Monday || h.Days[4] != time.Friday {
		t.Errorf("hours: %+v", h)
	}
	f := s.Flows["STATEMENTS"]
	if f.MaxSize != 20_000_000 || f.MaxRestarts != 5 || f.Retention != 24*time.Hour || !f.DeleteSent || f.Digest || f.Compression == nil || f.Backend != "files" || f.Delimiter != "\r\n" {
		t.Errorf("flow: %+v", f)
	}
	f = s.Flows["INVOICES"]
	if f.MaxSize != 0 || f.Backend != "files" || !f.Digest || f.OnExists != sdk.ExistsFail || f.Compression != nil || f.Records != sdk.RecordsStream {
		t.Errorf("flow with defaults: %+v", f)
	}
	if !reflect.DeepEqual(s.ListenerPoints["pesit-tls"], map[sdk.Point][]string{"identify": {"directory"}}) || len(s.PartnerPoints["PARIS"]) != 1 {
		t.Errorf("points: %v, %v", s.ListenerPoints, s.PartnerPoints)
	}
}

func TestDefaultsAndPathsAreFilledIn(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if l.DataDir != filepath.Join(here, "postern-data") || l.Backends["files"].Root != filepath.Join(here, "postern-data", "files") {
		t.Errorf("folders: %s, %s", l.DataDir, l.Backends["files"].Root)
	}
	if l.Limits != DefaultLimits() || l.Timeouts != DefaultTimeouts() || l.Retention != DefaultRetention() || l.Throttle != DefaultThrottle() {
		t.Errorf("defaults: %+v", l.Config)
	}
	if x := l.Listeners["pesit"]; x.MaxConnections != 384 || x.Refuse != "close" || x.Protocol.Name != "pesit" {
		t.Errorf("listener: %+v", x)
	}
	if p := l.Partners["PARIS"]; !p.Messages || p.MaxSessions != NoLimit {
		t.Errorf("partner: %+v", p)
	}
}

func TestAListenersOwnTimersAndTermsWinOverTheDefaults(t *testing.T) {
	l := loadSample(t)
	got := l.ListenerTimeouts("pesit-tls")
	if got.Idle != NoDuration || got.Idle.Std() != 0 || got.Connect.Std() != 30*time.Second {
		t.Errorf("timeouts: %+v", got)
	}
	terms, settings := l.Terms("pesit")
	if terms.Number("sync_interval") != 1<<20 || terms.Number("sync_window") != 8 || !reflect.DeepEqual(terms.Words("compression"), []string{"horizontal"}) {
		t.Errorf("terms: %+v", terms)
	}
	if _, ok := settings.Get("crc"); !ok || len(settings) != 2 {
		t.Errorf("settings: %+v", settings)
	}
}
