package wasm_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// answered makes postern_call fail with an error that tells the i32 on the stack.
func answered(body ...any) []byte {
	return code(i64c(-1000), code(body...), 0xac, 0x7d, ret) // -1000 - value
}

// probe asks once and gives the number that answered told.
func probe(t *testing.T, s wasm.Settings, q sdk.Question) int {
	t.Helper()
	_, err := load(t, s).Trial(context.Background(), q)
	n := 0
	if err == nil {
		t.Fatal("the module answered with a verdict")
	}
	_, after, _ := strings.Cut(err.Error(), "it answered ")
	if _, scan := fmt.Sscan(after, &n); scan != nil {
		t.Fatal(err)
	}
	return -1000 - n
}

// says asks once and gives what the module logged.
func says(t *testing.T, s wasm.Settings, q sdk.Question) string {
	t.Helper()
	trial, err := load(t, s).Trial(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(trial.Log, "|")
}

func TestValuesOfSettingsAndFactsAreGivenByTheirNames(t *testing.T) {
	for _, c := range []struct{ get, key, want string }{
		{"config_get", "list", "partners.csv"},
		{"config_get", "web.port", "8080"},
		{"config_get", "rules.0.partner", "P*"},
		{"config_get", "rules.1", "7"},
		{"config_get", "web", `{"port":8080}`},
		{"config_get", "", `{"list":"partners.csv","rules":[{"partner":"P*"},7],"web":{"port":8080}}`},
		{"fact_get", "session", "S1"},
		{"fact_get", "claim.name", "PARIS"},
	} {
		r := newReactor(sdk.PointIdentify)
		log, fetch := r.imp("postern_v1", "log", "iii"), r.imp("postern_v1", c.get, "iiii:i")
		r.data(scratch, c.key)
		s := settings(r.build(i32c(1), i32c(8192), i32c(scratch), i32c(int32(len(c.key))), i32c(8192), i32c(100), call(fetch), call(log)))
		s.Config = []byte(`{"list": "partners.csv", "rules": [{"partner": "P*"}, 7], "web": {"port": 8080}}`)
		if got := says(t, s, question(sdk.PointIdentify)); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.get, c.key, got, c.want)
		}
	}
	for _, c := range []struct {
		what     string
		key      string
		ptr, cap int32
		want     int
	}{
		{"the whole size though the buffer is small", "session", 8192, 1, 2},
		{"the size alone", "session", 0, 0, 2},
		{"a name that is not there", "partner.moon", 8192, 10, -1},
		{"a buffer outside the memory", "session", -4, 10, -3},
		{"a secret without the grant", "claim.secret", 8192, 10, -1},
	} {
		r := newReactor(sdk.PointIdentify)
		fetch := r.imp("postern_v1", "fact_get", "iiii:i")
		r.data(scratch, c.key)
		got := probe(t, settings(r.build(answered(i32c(scratch), i32c(int32(len(c.key))), i32c(c.ptr), i32c(c.cap), call(fetch)))), question(sdk.PointIdentify))
		if got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}

func TestTheTimeOfACallIsTheQuestionsOwn(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	now := r.imp("postern_v1", "now_ms", ":I")
	q := question(sdk.PointIdentify)
	if probe(t, settings(r.build(answered(call(now), i64c(q.Facts.Time.UnixMilli()), 0x51))), q) != 1 {
		t.Error("now_ms is another time")
	}
}

func TestWhatIsNotGrantedAnswersSo(t *testing.T) {
	zeros := func(n int) []byte { return bytes.Repeat(i32c(0), n) }
	for _, c := range []struct {
		name, signature string
		params          []byte
	}{
		{"file_read", "Iii:i", code(i64c(0), zeros(2))},
		{"verify_password", "iii:i", zeros(3)},
		{"http_request", "iiii:i", zeros(4)},
		{"kv_get", "iiii:i", zeros(4)},
		{"kv_put", "iiii:i", zeros(4)},
		{"file_size", ":I", nil},
	} {
		r := newReactor(sdk.PointVerify)
		f := r.imp("postern_v1", c.name, c.signature)
		body := code(c.params, call(f))
		if c.name == "file_size" {
			body = code(body, 0xa7) // i32.wrap_i64
		}
		if got := probe(t, settings(r.build(answered(body))), question(sdk.PointVerify)); got != -2 {
			t.Errorf("%s without its grant: %d, want -2", c.name, got)
		}
	}
}

func TestAFileOfAnySizeCanBeReadAtVerify(t *testing.T) {
	const size = 40 << 20 // adding its bytes up burns far more than one call's fuel
	content := bytes.Repeat([]byte{1}, size)
	r := newReactor(sdk.PointVerify)
	read := r.imp("postern_v1", "file_read", "Iii:i")
	// 5: bytes of this read, 6: sum, 7: offset, 8: position in the buffer
	s := settings(r.build(
		block(loop(
			get(7), extend, i32c(1<<20), i32c(256<<10), call(read), set(5),
			get(5), 0x45, brIf(1),
			get(7), get(5), add, set(7), i32c(0), set(8),
			loop(get(6), get(8), code(0x2d, 0, uleb(1<<20)), add, set(6), get(8), i32c(1), add, set(8), get(8), get(5), 0x49, brIf(0)),
			br(0))),
		answered(get(6))))
	s.Grants.File = true
	s.Limits.Deadline = time.Minute
	q := question(sdk.PointVerify)
	q.Facts.File = &sdk.FileFacts{Bytes: size, Content: bytes.NewReader(content)}
	if got := probe(t, s, q); got != size {
		t.Errorf("it added up %d bytes of %d", got, size)
	}
}

// checker knows one password.
type checker struct {
	asked atomic.Int32
	hold  func(ctx context.Context) // may be nil
}

func (c *checker) CheckPassword(ctx context.Context, stored, given sdk.Secret) (bool, error) {
	c.asked.Add(1)
	if c.hold != nil {
		c.hold(ctx)
	}
	return given.Reveal() == "s3cret-word", ctx.Err()
}

const goodHash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"

func verifying(hash string, which int32, times int) []byte {
	r := newReactor(sdk.PointIdentify)
	verify := r.imp("postern_v1", "verify_password", "iii:i")
	r.data(scratch, hash)
	one := code(i32c(scratch), i32c(int32(len(hash))), i32c(which), call(verify))
	return r.build(bytes.Repeat(code(one, drop), times-1), answered(one))
}

func TestAPasswordIsVerifiedWithoutBeingSeen(t *testing.T) {
	for _, c := range []struct {
		what, hash  string
		which       int32
		times, want int
	}{
		{"the right one", goodHash, 0, 1, 1},
		{"the new one, which is not there", goodHash, 1, 1, 0},
		{"a third secret", goodHash, 2, 1, -3},
		{"bcrypt", "$2b$10$abcdefghijklmnopqrstuuGB7kB0s0J1NZeuL6h2kwkV1JmRjAkpG", 0, 1, 1},
		{"plain text as the hash", "s3cret-word", 0, 1, -3},
		{"too much memory", strings.Replace(goodHash, "19456", "65537", 1), 0, 1, -3},
		{"too much time", strings.Replace(goodHash, "t=2", "t=5", 1), 0, 1, -3},
		{"a cost given twice", strings.Replace(goodHash, "t=2", "m=2", 1), 0, 1, -3},
		{"a bcrypt of days", "$2b$31$abcdefghijklmnopqrstuu", 0, 1, -3},
		{"the second time", goodHash, 0, 2, 1},
		{"the third time", goodHash, 0, 3, -3},
	} {
		s := settings(verifying(c.hash, c.which, c.times))
		s.Grants.VerifyPassword, s.Passwords = true, &checker{}
		if got := probe(t, s, question(sdk.PointIdentify)); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}

func TestASecretIsShownOnlyToWhomItIsGrantedAndNeverLogged(t *testing.T) {
	// The module logs its whole question.
	r := newReactor(sdk.PointIdentify)
	log := r.imp("postern_v1", "log", "iii")
	m := r.build(i32c(1), get(1), get(2), call(log))
	s := settings(m)
	if said := says(t, s, question(sdk.PointIdentify)); strings.Contains(said, "s3cret") || strings.Contains(said, "***") || !strings.Contains(said, "PARIS") {
		t.Errorf("without the grant: %q", said)
	}
	s.Grants.Password = true
	if said := says(t, s, question(sdk.PointIdentify)); strings.Contains(said, "s3cret") || !strings.Contains(said, "***") {
		t.Errorf("with the grant: %q", said)
	}
	logger, text := logTo()
	s.Log = logger
	if _, err := load(t, s).Decide(context.Background(), question(sdk.PointIdentify)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "exit=vet") || strings.Contains(text.String(), "s3cret") {
		t.Errorf("the log: %q", text)
	}
}

func TestALogFloodIsCut(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	log := r.imp("postern_v1", "log", "iii")
	r.data(scratch, strings.Repeat("x", 1000))
	s := settings(r.build(i32c(10_000), set(5),
		loop(i32c(1), i32c(scratch), i32c(1000), call(log), get(5), i32c(-1), add, set(5), get(5), brIf(0))))
	logger, text := logTo()
	s.Log = logger
	e := load(t, s)
	for range 20 {
		if _, err := e.Decide(context.Background(), question(sdk.PointIdentify)); err != nil {
			t.Fatal(err)
		}
	}
	if text.Len() > 600<<10 || text.Len() < 60<<10 {
		t.Errorf("20 floods of 10 MB logged %d bytes", text.Len())
	}
}
