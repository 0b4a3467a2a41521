package config

import (
	"crypto/x509"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

func (l *Loaded) checkBackends(r *report) {
	folders := map[string]string{}
	for _, name := range sorted(l.Backends) {
		b, at := l.Backends[name], Path{}.Key("backends").Key(name)
		switch {
		case b.Type == "local" && b.Root == "":
			r.fault(at.Key("root"), "is missing: a local backend needs a folder")
		case b.Type == "memory" && b.Root != "":
			r.fault(at.Key("root"), "a memory backend has no folder")
		case b.Type == "s3" && b.Root != "":
			r.fault(at.Key("root"), "an s3 backend has no folder; a folder in the bucket is its prefix")
		case b.Type == "local" && folders[b.Root] != "":
			r.fault(at.Key("root"), "is the folder of backend %s too", folders[b.Root])
		}
		folders[b.Root] = name
		if b.Type != "local" && b.Reserve != NoSize {
			r.fault(at.Key("reserve"), "a backend of type %s leaves no disk free", b.Type)
		}
		if b.Type == "s3" {
			b.checkStore(r, at)
			continue
		}
		if b.IsPlugin() {
			l.checkPluginBackend(r, at, name, b)
			continue
		}
		of := DefaultBackend()
		of.Type, of.Root, of.Quota, of.Reserve = b.Type, b.Root, b.Quota, b.Reserve
		if !reflect.DeepEqual(b, of) {
			r.fault(at, "has keys that only a backend of type s3, or a plugin, knows")
		}
	}
}

// checkStore finds what is wrong with the settings of an object store.
func (b Backend) checkStore(r *report, at Path) {
	if what := storeFault(b.Endpoint, b.Insecure); what != "" {
		r.fault(at.Key("endpoint"), "%s", what)
	}
	if b.Quota != NoSize {
		r.fault(at.Key("quota"), "is not known to s3: a limit is the bucket's")
	}
	for key, value := range map[string]string{"bucket": b.Bucket, "access_key": b.AccessKey, "secret_key": b.SecretKey} {
		if value == "" {
			r.fault(at.Key(key), "is missing")
		}
	}
	if b.SecretKey != "" && !strings.HasPrefix(b.SecretKey, secretPrefix) {
		r.fault(at.Key("secret_key"), "is plain text; point at it with secret://env/NAME or secret://file/PATH")
	}
	if b.Prefix != "" {
		if err := sdk.CheckPath(strings.TrimSuffix(b.Prefix, "/")); err != nil {
			r.fault(at.Key("prefix"), "is no folder: %v", err)
		}
	}
	const smallest, largest = 5 << 20, 5 << 30
	part, parallel, memory := b.PartSize, b.Parallel, b.Memory
	if part != 0 && (part < smallest || part > largest) {
		r.fault(at.Key("part_size"), "must be 5MiB to 5GiB")
	}
	if parallel > 64 {
		r.fault(at.Key("parallel"), "must be 1 to 64")
	}
	if memory == NoSize {
		r.fault(at.Key("memory"), "must be a size: without a limit busy hours would take what there is")
	}
	if b.Timeout == NoDuration {
		r.fault(at.Key("timeout"), "must be a time: a store that hangs would hold its transfers for ever")
	}
	if b.KMSKey != "" && b.Encryption != "aws:kms" {
		r.fault(at.Key("kms_key"), "is for encryption: aws:kms only")
	}
}

// checkReading refuses a verify exit that wants to read files where they cannot be read before they have their names: in
// an object store, once they have more than one part.
func (l *Loaded) checkReading(r *report) {
	const onePart = 5 << 20 // shorter files are in memory
	for _, id := range sorted(l.Flows) {
		f := l.Flows[id]
		b, ok := l.Backends[f.Backend]
		if f.Backend == "" && len(l.Backends) == 1 {
			b, ok = l.Backends[sorted(l.Backends)[0]], true
		}
		if !ok || b.Type != "s3" || b.Readable || f.MaxSize > 0 && f.MaxSize < onePart {
			continue
		}
		for _, name := range l.verifiers(f) {
			if l.Exits[name].Grants.File {
				r.fault(Path{}.Key("flows").Key(id), "exit %s reads its files at verify, and its backend cannot be read before the end: "+
					"give the backend readable: true, the flow a max_size below 5MiB, or take file: true from the exit", name)
			}
		}
	}
}

// verifiers lists the exits that may be asked at verify about a flow's files.
func (l *Loaded) verifiers(f Flow) (names []string) {
	const verify = string(sdk.PointVerify)
	names = append(names, l.Points[verify]...)
	names = append(names, f.Points[verify]...)
	for _, id := range sorted(l.Listeners) {
		names = append(names, l.Listeners[id].Points[verify]...)
	}
	for _, id := range sorted(l.Partners) {
		names = append(names, l.Partners[id].Points[verify]...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// storeFault says what is wrong with a store's address.
func storeFault(endpoint string, insecure bool) string {
	u, err := url.Parse(endpoint)
	switch {
	case endpoint == "":
		return "is missing"
	case err != nil, u.Host == "", u.Path != "" && u.Path != "/", u.RawQuery != "", u.User != nil, u.Scheme != "http" && u.Scheme != "https":
		return "must be https://host or https://host:port"
	case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
		return "would send the files unencrypted; use https://, or say insecure: true"
	}
	return ""
}

// resolveStore asks for the keys of an object store, and looks at the file that it names.
func (l *Loaded) resolveStore(r *report, secrets Resolver, at Path, b Backend) {
	l.resolveAll(r, secrets, at.Key("access_key"), b.AccessKey)
	l.resolveAll(r, secrets, at.Key("secret_key"), b.SecretKey)
	if b.CA == "" {
		return
	}
	data, err := os.ReadFile(b.CA)
	if err != nil {
		r.fault(at.Key("ca"), "%v", err)
	} else if !x509.NewCertPool().AppendCertsFromPEM(data) {
		r.fault(at.Key("ca"), "%s holds no certificate", b.CA)
	}
}
