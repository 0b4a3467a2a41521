package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const aStore = "type: s3, endpoint: https://s3.example.org, bucket: files, access_key: us, secret_key: secret://env/KEY"

func TestFaultsOfAStoreSayWhatIsWrong(t *testing.T) {
	for backend, want := range map[string]string{
		aStore: "",
		"type: s3, endpoint: http://s3.example.org, bucket: files, access_key: us, secret_key: secret://env/KEY":                 "endpoint: would send the files unencrypted",
		"type: s3, endpoint: http://s3.example.org, insecure: true, bucket: files, access_key: us, secret_key: secret://env/KEY": "",
		"type: s3, endpoint: http://127.0.0.1:9000, bucket: files, access_key: us, secret_key: secret://env/KEY":                 "",
		"type: s3, endpoint: s3.example.org, bucket: files, access_key: us, secret_key: secret://env/KEY":                        "endpoint: must be https://host",
		"type: s3, endpoint: https://s3.example.org, bucket: files, access_key: us, secret_key: plain":                           "secret_key: is plain text",
		"type: s3, endpoint: https://s3.example.org":                                                                             "bucket: is missing",
		aStore + ", part_size: 1MiB":         "part_size: must be 5MiB to 5GiB",
		aStore + ", parallel: 65":            "parallel: must be 1 to 64",
		aStore + ", root: ./files":           "root: an s3 backend has no folder",
		aStore + ", kms_key: abc":            "kms_key: is for encryption: aws:kms only",
		aStore + ", prefix: ../up":           "prefix: is no folder",
		aStore + ", quota: 1GiB":             "quota: is not known to s3",
		"type: local, root: ., bucket: here": "has keys that only a backend of type s3, or a plugin, knows",
	} {
		_, err := Load(Options{Path: written(t, "backends: {files: {"+backend+"}}\n"), Protocols: protocols()})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", backend, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v; want %s", backend, err, want)
		}
	}
}

func TestAVerifyExitThatReadsFilesNeedsAStoreThatCanBeRead(t *testing.T) {
	const rest = `
exits: {scan: {process: [./scan], grants: {file: true}}}
points: {verify: [scan]}
flows: {IN: {path: "in/{{.ID}}"`
	for config, faulty := range map[string]bool{
		"backends: {files: {" + aStore + "}}" + rest + "}}\n":                 true,
		"backends: {files: {" + aStore + ", readable: true}}" + rest + "}}\n": false,
		"backends: {files: {" + aStore + "}}" + rest + ", max_size: 4MiB}}\n": false,
	} {
		_, err := Load(Options{Path: written(t, config), Protocols: protocols()})
		if got := err != nil && strings.Contains(err.Error(), "exit scan reads its files at verify"); got != faulty {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func written(t *testing.T, config string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postern.yaml")
	if err := os.WriteFile(path, []byte("listeners: {p: {protocol: pesit, address: \"127.0.0.1:0\"}}\n"+config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
