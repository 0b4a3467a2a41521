package config

import (
	"reflect"
	"strings"
	"testing"
)

const smallJSON = `{
  "timeouts": {"idle": "5m", "abort": "none"},
  "listeners": {"pesit": {"protocol": "pesit", "address": "127.0.0.1:0", "terms": {"sync_window": 4, "sync_interval": "64KiB", "resync": false}}},
  "partners": {"PARIS": {"password": "HASH", "protocols": ["pesit"], "receive": ["IN"], "labels": {"a.b": "c"},
    "hours": [{"from": "06:00", "to": "22:00"}, {"days": ["sat"], "from": "00:00", "to": "00:00"}]}},
  "flows": {"IN": {"path": "in/{{.Partner}}/{{.File}}", "max_size": 1048576, "max_restarts": 3}}
}`

const smallTOML = `[timeouts]
idle = "5m"
abort = "none"

[listeners.pesit]
protocol = "pesit"
address = "127.0.0.1:0"
terms = { sync_window = 4, sync_interval = "64KiB", resync = false }

[partners.PARIS]
password = 'HASH'
protocols = ["pesit"]
receive = [
  "IN", # a comment
]
labels."a.b" = "c"

[[partners.PARIS.hours]]
from = "06:00"
to = "22:00"
[[partners.PARIS.hours]]
days = ["sat"]
from = "00:00"
to = "00:00"

[flows.IN]
path = "in/{{.Partner}}/{{.File}}"
max_size = 1048576
max_restarts = 3
`

const smallYAML = `timeouts: {idle: 5m, abort: none}
listeners:
  pesit:
    protocol: pesit
    address: 127.0.0.1:0
    terms: {sync_window: 4, sync_interval: 64KiB, resync: false}
partners:
  PARIS:
    password: HASH
    protocols: &p [pesit]
    receive: [IN]
    labels: {a.b: c}
    hours: [{from: "06:00", to: "22:00"}, {days: [sat], from: "00:00", to: "00:00"}]
flows:
  IN: {path: "in/{{.Partner}}/{{.File}}", max_size: 1MiB, max_restarts: 3}
exits:
`

func TestTheThreeFormatsSayTheSame(t *testing.T) {
	hash := func(s string) string { return strings.Replace(s, "HASH", testHash, 1) }
	a := mustLoad(t, "postern.yaml", hash(smallYAML))
	b := mustLoad(t, "postern.json", hash(smallJSON))
	c := mustLoad(t, "postern.toml", hash(smallTOML))
	b.DataDir, c.DataDir, b.Backends, c.Backends = a.DataDir, a.DataDir, a.Backends, a.Backends // each has a folder of its own
	if got := Diff(a, b).Keys(); len(got) > 0 {
		t.Errorf("YAML and JSON differ in %v", got)
	}
	if got := Diff(a, c).Keys(); len(got) > 0 {
		t.Errorf("YAML and TOML differ in %v", got)
	}
	for _, l := range []*Loaded{b, c} {
		one, _ := a.Terms("pesit")
		other, _ := l.Terms("pesit")
		if !reflect.DeepEqual(one, other) {
			t.Errorf("terms: %v and %v", one, other)
		}
	}
}

func TestYAMLAnchorsAndMergeKeysWork(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small+`  A: &base {path: a, durability: none, on_exists: unique}
  B: {<<: *base, path: b}
  C: {<<: [{durability: close}, *base]}
`)
	if b, c := l.Flows["B"], l.Flows["C"]; b.Path != "b" || b.Durability != "none" || c.Durability != "close" || c.Path != "a" || c.OnExists != "unique" {
		t.Errorf("flows: %+v, %+v", b, c)
	}
}

func TestFilesThatWouldFillTheMemoryAreRefused(t *testing.T) {
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		n, m := string(rune('0'+i)), string(rune('1'+i))
		bomb += "a" + m + ": &a" + m + " [*a" + n + strings.Repeat(",*a"+n, 9) + "]\n"
	}
	for _, c := range []struct{ says, file, text, want string }{
		{"aliases of aliases", "a.yaml", bomb, "holds too many values, aliases counted"},
		{"an alias of itself", "a.yaml", "a: &a [*a]\n", "is nested too deeply"},
		{"deep JSON", "a.json", strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50), "is nested too deeply"},
		{"deep TOML", "a.toml", "a = " + strings.Repeat("[", 50) + strings.Repeat("]", 50), "is nested too deeply"},
	} {
		_, err := load(t, c.file, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.200v", c.says, err)
		}
	}
}
