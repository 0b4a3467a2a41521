package secret

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/postern/postern/sdk"
)

// bcryptOfOpenwall is a vector of the crypt_blowfish test suite: the password is U*U.
const bcryptOfOpenwall = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

func TestANewHashIsArgon2idWithThePublishedCosts(t *testing.T) {
	h := hashOf(t, "sesame")
	if !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$") {
		t.Errorf("the hash is %s", h)
	}
	for given, want := range map[string]bool{"sesame": true, "Sesame": false, "": false} {
		if ok, err := verify(sdk.NewSecret(h), sdk.NewSecret(given)); ok != want || err != nil {
			t.Errorf("%q: %v, %v", given, ok, err)
		}
	}
	if _, err := Hash(sdk.Secret{}, bytes.NewReader(make([]byte, 64))); err == nil {
		t.Error("an empty password was hashed")
	}
	if _, err := Hash(sdk.NewSecret("x"), bytes.NewReader(nil)); err == nil {
		t.Error("hashed without a salt")
	}
}

func TestHashesOfOthersAreCompared(t *testing.T) {
	for _, c := range []struct{ hash, password string }{
		// From the test suite of the reference implementation of Argon2 (version 1.3, test.c).
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
		{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
		{bcryptOfOpenwall, "U*U"},
		{strings.Replace(bcryptOfOpenwall, "$2a$", "$2b$", 1), "U*U"},
		{strings.Replace(bcryptOfOpenwall, "$2a$", "$2y$", 1), "U*U"},
	} {
		if ok, err := verify(sdk.NewSecret(c.hash), sdk.NewSecret(c.password)); !ok || err != nil {
			t.Errorf("%s: %v, %v", c.hash, ok, err)
		}
		if ok, err := verify(sdk.NewSecret(c.hash), sdk.NewSecret(c.password+"x")); ok || err != nil {
			t.Errorf("%s with a wrong password: %v, %v", c.hash, ok, err)
		}
	}
}

func TestHashesThatAskForTooMuchOrAreDamagedAreFaults(t *testing.T) {
	costly, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	const salt, sum = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	argon := func(params string) string { return "$argon2id$v=19$" + params + "$" + salt + "$" + sum }
	if err := CheckHash(sdk.NewSecret(argon("m=65536,t=4,p=1"))); err != nil {
		t.Errorf("the costliest legal hash: %v", err)
	}
	for name, h := range map[string]string{
		"too much memory": argon("m=65537,t=2,p=1"), "too many passes": argon("m=256,t=5,p=1"), "too many lanes": argon("m=256,t=2,p=17"),
		"no passes": argon("m=256,t=0,p=1"), "no lanes": argon("m=256,t=1,p=0"), "no memory": argon("m=0,t=1,p=1"),
		"too little memory": argon("m=7,t=1,p=1"), "a cost missing": argon("m=256,t=1"), "a cost twice": argon("m=256,m=256,t=1"),
		"an unknown cost": argon("m=256,t=1,q=1"), "a cost that is huge": argon("m=99999999999999999999,t=1,p=1"), "a negative cost": argon("m=256,t=-1,p=1"),
		"another version":  "$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + sum,
		"another kind":     "$argon2d$v=19$m=256,t=2,p=1$" + salt + "$" + sum,
		"no hash":          "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$",
		"a short salt":     "$argon2id$v=19$m=256,t=2,p=1$c29t$" + sum,
		"padded base64":    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ=$" + sum,
		"something behind": argon("m=256,t=2,p=1") + "$x",
		"a long hash":      argon("m=256,t=2,p=1") + strings.Repeat("A", 200),
		"bcrypt cost 15":   strings.Replace(string(costly), "$04$", "$15$", 1),
		"bcrypt cost 31":   strings.Replace(string(costly), "$04$", "$31$", 1),
		"bcrypt cost 03":   strings.Replace(string(costly), "$04$", "$03$", 1),
		"bcrypt 2x":        strings.Replace(string(costly), "$2a$", "$2x$", 1),
		"plain text":       "sesame",
		"nothing":          "",
	} {
		if err := CheckHash(sdk.NewSecret(h)); err == nil {
			t.Errorf("%s: accepted %s", name, h)
		}
		if ok, err := verify(sdk.NewSecret(h), sdk.NewSecret("password")); ok || err == nil {
			t.Errorf("%s: compared %v, %v", name, ok, err)
		}
	}
}

func FuzzAHashIsNeverTakenBeyondItsBounds(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add(bcryptOfOpenwall)
	f.Fuzz(func(t *testing.T, s string) {
		a, err := parseArgon(s)
		if err != nil {
			return
		}
		if a.memory > maxMemory || a.time > maxTime || a.time == 0 || a.threads == 0 || a.threads > maxThreads || len(a.salt) < 8 || len(a.sum) < 16 {
			t.Errorf("%q gave %+v", s, a)
		}
		if b, err := parseArgon(a.String()); err != nil || b.String() != a.String() {
			t.Errorf("%q does not come back: %v", s, err)
		}
	})
}
