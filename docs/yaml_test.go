package docs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// base is the configuration that a fragment of a page stands in.
const base = `
data_dir: ./postern-data
listeners:
  pesit: {protocol: pesit, address: "127.0.0.1:1761"}
partners:
  PARIS: {password: secret://env/PARIS_PW, protocols: [pesit], receive: [IN], send: [OUT]}
flows:
  IN:         {path: "in/{{.Partner}}/{{.File}}-{{.ID}}"}
  OUT:        {path: "out/{{.Partner}}/{{.File}}", publish: true}
  INVOICES:   {path: "invoices/{{.File}}-{{.ID}}"}
  STATEMENTS: {path: "out/{{.Partner}}/statement.txt", publish: true}
backends:
  files: {type: local, root: ./postern-data/files}
`

// TestEveryConfigurationLoads gives each yaml block to "config check": a whole file as it is, a fragment in the place of
// what bears its names in a small configuration. A block marked not-yet must be refused as not in this version yet;
// one marked checked-below names files that the page's own examples make and check, as they do parts in
// files of other names.
func TestEveryConfigurationLoads(t *testing.T) {
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			part := b.file() != "" && b.file() != "postern.yaml" && !strings.Contains(b.info, "not-yet")
			if b.lang != "yaml" || part || strings.Contains(b.info, "checked-below") {
				continue
			}
			t.Run(fmt.Sprintf("%s:%d", page, b.line), func(t *testing.T) {
				t.Parallel()
				sh := newShell(t)
				text := b.text
				if b.file() == "" {
					text = within(t, text)
				}
				sh.write(block{info: "file=postern.yaml", text: text})
				check := "postern config check"
				if strings.Contains(b.info, "not-yet") {
					check = "out=$(postern config check 2>&1); [ $? = 2 ] && echo \"$out\" | grep -q 'not in this version yet' || { echo \"$out\"; exit 1; }"
				}
				sh.run(fmt.Sprintf("%s:%d", page, b.line), check)
			})
		}
	}
}

// within puts a fragment into the base configuration.
func within(t *testing.T, fragment string) string {
	t.Helper()
	var whole, part map[string]any
	for _, x := range []struct {
		text string
		to   *map[string]any
	}{{base, &whole}, {fragment, &part}} {
		if err := yaml.Unmarshal([]byte(x.text), x.to); err != nil {
			t.Fatalf("not YAML: %v\n%s", err, x.text)
		}
	}
	for key, value := range part {
		named, ok := value.(map[string]any)
		there, both := whole[key].(map[string]any)
		if ok && both {
			maps.Copy(there, named)
			continue
		}
		whole[key] = value
	}
	out, err := yaml.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// writeExits puts the files of exits there that the pages name: a module that works, and a program that is never started,
// because a check does not load it.
func writeExits(t *testing.T, dir string) {
	t.Helper()
	for _, folder := range []string{"exits", "lists"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string][]byte{"vet.wasm": vet(t), "scan": []byte("exit")} {
		if err := os.WriteFile(filepath.Join(dir, "exits", name), content, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// writeCertificates puts the files there that the pages name: server.pem, server.key, ca.pem and ca.crl, the host keys of SSH
// and a partner's authorized keys.
func writeCertificates(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte("ca")}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: form.NotBefore, NextUpdate: form.NotAfter}, form, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*pem.Block{
		"server.pem": {Type: "CERTIFICATE", Bytes: cert}, "ca.pem": {Type: "CERTIFICATE", Bytes: cert}, "server.key": {Type: "PRIVATE KEY", Bytes: private},
		"ca.crl": {Type: "X509 CRL", Bytes: list}, "host_ed25519": {Type: "PRIVATE KEY", Bytes: private}, "host_rsa": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const keys = "cert-authority ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ca@example.org\n"
	if err := os.WriteFile(filepath.Join(dir, "paris.keys"), []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
}
